package openfire

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// The models of the objects in the token file.
const (
	ParamModel = "ir.config_parameter"
	MailModel  = "ir.mail_server"
	FetchModel = "fetchmail.server"

	AliasDomainModel = "mail.alias.domain" // Odoo 17 and later
)

// The system parameters of the Outlook module. ParamSecret is confidential.
const (
	ParamClientID = "microsoft_outlook_client_id"
	ParamSecret   = "microsoft_outlook_client_secret"
	ParamEndpoint = "microsoft_outlook.endpoint"
)

// The parameters that determine how a base sends mail. They are not confidential.
const (
	ParamBaseURL  = "web.base.url"
	ParamCatchall = "mail.catchall.domain"
	ParamBounce   = "mail.bounce.alias"
	ParamNeutral  = "database.is_neutralized"

	ParamDynamicFrom = "mail.dynamic.smtp.from"
	ParamForcedFrom  = "mail.force.smtp.from" // Odoo 12 to 14
	ParamDefaultFrom = "mail.default.from"    // Odoo 15 and 16
)

// The fields of Odoo's microsoft.outlook.mixin.
const (
	RefreshTokenField = "microsoft_outlook_refresh_token"
	AccessTokenField  = "microsoft_outlook_access_token"
	ExpirationField   = "microsoft_outlook_access_token_expiration" // Unix seconds, UTC
	uriField          = "microsoft_outlook_uri"
)

// TokenFields are the fields that contain tokens.
var TokenFields = []string{RefreshTokenField, AccessTokenField, ExpirationField}

// Server is an outgoing or incoming mail server of the base.
type Server struct {
	Record
	Model     string
	Outlook   bool // it uses Outlook OAuth
	Connected bool // it has a refresh token
	Password  bool // it has a password
}

// User returns the account that the server signs in with.
func (s Server) User() string { return s.Text(userField(s.Model)) }

// Active reports whether the server is not archived.
func (s Server) Active() bool { return s.Bool("active") }

func userField(model string) string {
	if model == FetchModel {
		return "user"
	}
	return "smtp_user"
}

// PasswordField returns the name of a model's password field.
func PasswordField(model string) string {
	if model == FetchModel {
		return "password"
	}
	return "smtp_pass"
}

// MailConfig is the mail configuration of a base: its parameters, its mail servers
// and the fields of their models. It contains no secrets.
type MailConfig struct {
	Version   string // of Odoo
	Params    map[string]string
	Company   Company  // of the main company, since Odoo 17
	Outgoing  []Server // including archived ones, without the users' own (owner_user_id, Odoo 19)
	Incoming  []Server // including archived ones
	HasSecret bool     // the base has the client secret passed to Client.MailConfig
	Foreign   bool     // the base sends its secret and tokens to a host that is not Microsoft's (ParamEndpoint)

	fields map[string]map[string]field // by model; a missing model has none
}

// MailConfig reads the mail configuration of the base, and whether the base has
// that client secret. It returns an error if the base lacks the Outlook module.
func (client *Client) MailConfig(ctx context.Context, secret secret.String) (MailConfig, error) {
	c := MailConfig{Version: client.Version, fields: map[string]map[string]field{}}
	var err error
	if c.Params, err = client.Params(ctx, ParamClientID, ParamEndpoint,
		ParamBaseURL, ParamCatchall, ParamBounce, ParamForcedFrom, ParamDynamicFrom, ParamDefaultFrom,
		ParamNeutral); err != nil {
		return c, err
	}
	c.Foreign = client.cloud.CheckEndpoint(c.Params[ParamEndpoint]) != nil
	if !secret.Empty() {
		same, err := client.search(ctx, ParamModel,
			[]any{"key", "=", ParamSecret}, []any{"value", "=", secret.Reveal()})
		if err != nil {
			return c, err
		}
		c.HasSecret = len(same) > 0
	}
	if c.Features().Has(AliasDomain) {
		if c.Company, err = client.company(ctx); err != nil {
			return c, err
		}
	}
	if c.Outgoing, err = client.servers(ctx, c, MailModel); err != nil {
		return c, err
	}
	if !c.hasField(MailModel, RefreshTokenField) || !c.hasField(MailModel, "use_microsoft_outlook_service") &&
		!c.ServerFeatures(MailModel).Has(OutlookSelection) {
		return c, &problem.Problem{Exit: problem.Mail, ID: "base.module",
			What: i18n.T("The Microsoft Outlook module is not installed in the base (its fields are missing in " +
				"ir.mail_server)."),
			Do: i18n.T("Ask OpenFire support to install it (support@openfire.fr, +33 2 30 96 02 65).")}
	}
	var count json.Number
	err = client.call(ctx, "ir.model", "search_count", []any{[]any{[]any{"model", "=", FetchModel}}}, nil, &count)
	if err == nil && count != "" && count != "0" {
		c.Incoming, err = client.servers(ctx, c, FetchModel)
	}
	return c, err
}

// queriedFields returns the names of the fields to read from a model, for all
// versions of Odoo.
func queriedFields(model string) []string {
	names := []string{"name", "active", userField(model), PasswordField(model), "use_microsoft_outlook_service"}
	names = append(append(names, TokenFields...), uriField)
	if model == FetchModel {
		return append(names, "server", "port", "is_ssl", "server_type", "type", "state")
	}
	return append(names, "smtp_host", "smtp_port", "smtp_encryption", "smtp_authentication", "from_filter", "sequence",
		"owner_user_id")
}

// servers reads the records of a model. For passwords and tokens it reads only
// whether they are set.
func (client *Client) servers(ctx context.Context, c MailConfig, model string) ([]Server, error) {
	fields, err := client.fields(ctx, model, queriedFields(model)...)
	if err != nil {
		return nil, err
	}
	c.fields[model] = fields
	shown := slices.DeleteFunc(queriedFields(model), func(name string) bool {
		return !c.hasField(model, name) || strings.HasPrefix(name, "microsoft_outlook_") || name == PasswordField(model)
	})
	records, err := client.SearchRead(ctx, model, shown)
	if err != nil {
		return nil, err
	}
	having := func(name string) ([]int, error) {
		if !c.hasField(model, name) || len(records) == 0 {
			return nil, nil
		}
		return client.search(ctx, model, []any{name, "!=", false})
	}
	connected, err := having(RefreshTokenField)
	if err != nil {
		return nil, err
	}
	passwords, err := having(PasswordField(model))
	var found []Server
	for _, record := range records {
		if _, owned := record["owner_user_id"].([]any); owned {
			continue
		}
		found = append(found, Server{
			Record: record, Model: model,
			Connected: slices.Contains(connected, record.ID()),
			Password:  slices.Contains(passwords, record.ID()),
			Outlook: record.Bool("use_microsoft_outlook_service") ||
				record.Text("smtp_authentication") == "outlook" || record.Text("server_type") == "outlook",
		})
	}
	return found, err
}

func (c MailConfig) hasField(model, field string) bool {
	_, exists := c.fields[model][field]
	return exists
}

// Features returns the features of the base's version.
func (c MailConfig) Features() Features { return FeaturesOf(Major(c.Version)) }

// ServerFeatures returns the features that the fields of a model show. They may be
// newer than the base's version, because modules of a newer Odoo may have been
// backported.
func (c MailConfig) ServerFeatures(model string) (f Features) {
	if c.fields[model]["smtp_authentication"].takes("outlook") || c.fields[model]["server_type"].takes("outlook") {
		f |= OutlookSelection
	}
	if c.hasField(model, "server_type") {
		f |= ServerType
	}
	if c.hasField(model, "from_filter") {
		f |= FromFilter
	}
	return f
}

// OutgoingServer returns the outgoing server that signs in with the first of the
// accounts that has one. It prefers connected servers, then Outlook servers, then
// active ones.
func (c MailConfig) OutgoingServer(accounts ...string) (Server, bool) {
	return best(c.Outgoing, accounts)
}

// IncomingServer returns an incoming server with the same preferences.
func (c MailConfig) IncomingServer(accounts ...string) (Server, bool) {
	return best(c.Incoming, accounts)
}

func best(servers []Server, accounts []string) (best Server, found bool) {
	score := func(s Server) (n int) {
		for i, good := range []bool{s.Active(), s.Outlook, s.Connected} {
			if good {
				n += 1 << i
			}
		}
		return n
	}
	for _, account := range accounts {
		for _, s := range servers {
			if strings.EqualFold(s.User(), account) && (!found || score(s) > score(best)) {
				best, found = s, true
			}
		}
		if found {
			break
		}
	}
	return best, found
}

// OtherConnected returns the active Outlook servers that are connected with none of
// the accounts.
func (c MailConfig) OtherConnected(accounts ...string) []Server {
	return slices.DeleteFunc(slices.Clone(c.Outgoing), func(o Server) bool {
		return !o.Active() || !o.Outlook || !o.Connected ||
			slices.ContainsFunc(accounts, func(a string) bool { return strings.EqualFold(o.User(), a) })
	})
}
