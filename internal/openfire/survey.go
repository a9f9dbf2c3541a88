package openfire

import (
	"context"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// The models the token file's blocks are written into.
const (
	ParamModel = "ir.config_parameter"
	MailModel  = "ir.mail_server"
	FetchModel = "fetchmail.server"
)

// The system parameters that apply looks at. None is a secret.
const (
	ParamClientID = "microsoft_outlook_client_id"
	ParamSecret   = "microsoft_outlook_client_secret"
	ParamEndpoint = "microsoft_outlook.endpoint"
	paramBaseURL  = "web.base.url"
	paramCatchall = "mail.catchall.domain"
	paramBounce   = "mail.bounce.alias"
	paramForced   = "mail.force.smtp.from"
	paramNeutral  = "database.is_neutralized"
)

// Server is a mail server of the base, outgoing or incoming.
type Server struct {
	Record
	Model     string
	Outlook   bool // its switch is on
	Connected bool // it has a refresh token
	Password  bool // it has a password
}

// User is the account it signs in as.
func (s Server) User() string { return s.Text(userField(s.Model)) }

// Active reports a server that is not archived.
func (s Server) Active() bool { return s.Bool("active") }

func userField(model string) string {
	if model == FetchModel {
		return "user"
	}
	return "smtp_user"
}

func PasswordField(model string) string {
	if model == FetchModel {
		return "password"
	}
	return "smtp_pass"
}

// MailConfig is what a base tells about its mail: which fields its models have,
// its parameters and its servers. No secret is read for it.
type MailConfig struct {
	Version  string // of Odoo
	Params   map[string]string
	Outgoing []Server // outgoing ones, archived ones too
	Incoming []Server // incoming ones

	fields    map[string]map[string]Field // by model; a model that is not there has none
	HasSecret bool                        // the base has this very client secret
}

// MailConfig reads how the base sends and fetches mail, and whether it has that
// client secret. Errors are those of Remote; a base without the Outlook module is one.
func (r *Client) MailConfig(ctx context.Context, secret secret.String) (MailConfig, error) {
	s := MailConfig{Version: r.Version, fields: map[string]map[string]Field{}}
	var err error
	if s.Params, err = r.Params(ctx, ParamClientID, ParamEndpoint, paramBaseURL, paramCatchall, paramBounce, paramForced, paramNeutral); err != nil {
		return s, err
	}
	if !secret.Empty() {
		same, err := r.Search(ctx, ParamModel, []any{"key", "=", ParamSecret}, []any{"value", "=", secret.Reveal()})
		if err != nil {
			return s, err
		}
		s.HasSecret = len(same) > 0
	}
	if s.Outgoing, err = r.servers(ctx, s, MailModel); err != nil {
		return s, err
	}
	if !s.outlook(MailModel) {
		return s, &problem.Problem{Exit: problem.Mail, ID: "base.module",
			What: i18n.T("The Microsoft Outlook module is not installed in the base (ir.mail_server lacks its fields)."),
			Do:   i18n.T("Write to OpenFire support (support@openfire.fr, +33 2 30 96 02 65) to have it installed.")}
	}
	there, err := r.HasModel(ctx, FetchModel)
	if err == nil && there {
		s.Incoming, err = r.servers(ctx, s, FetchModel)
	}
	return s, err
}

// queriedFields are all the fields that some version knows.
func queriedFields(model string) []string {
	names := []string{"name", "active", userField(model), PasswordField(model), "use_microsoft_outlook_service",
		"microsoft_outlook_refresh_token", "microsoft_outlook_access_token", "microsoft_outlook_access_token_expiration", "microsoft_outlook_uri"}
	if model == FetchModel {
		return append(names, "server", "port", "is_ssl", "server_type", "type", "state")
	}
	return append(names, "smtp_host", "smtp_port", "smtp_encryption", "smtp_authentication", "from_filter", "sequence")
}

// servers reads a model's records: of passwords and tokens only whether there
// is one.
func (r *Client) servers(ctx context.Context, s MailConfig, model string) ([]Server, error) {
	fields, err := r.Fields(ctx, model, queriedFields(model)...)
	if err != nil {
		return nil, err
	}
	s.fields[model] = fields
	shown := slices.DeleteFunc(queriedFields(model), func(name string) bool {
		_, there := fields[name]
		return !there || strings.HasPrefix(name, "microsoft_outlook_") || name == PasswordField(model)
	})
	records, err := r.SearchRead(ctx, model, shown)
	if err != nil {
		return nil, err
	}
	set := func(name string) ([]int, error) {
		if _, there := fields[name]; !there || len(records) == 0 {
			return nil, nil
		}
		return r.Search(ctx, model, []any{name, "!=", false})
	}
	connected, err := set("microsoft_outlook_refresh_token")
	if err != nil {
		return nil, err
	}
	passwords, err := set(PasswordField(model))
	var found []Server
	for _, record := range records {
		found = append(found, Server{Record: record, Model: model, Connected: slices.Contains(connected, record.ID()), Password: slices.Contains(passwords, record.ID()),
			Outlook: record.Bool("use_microsoft_outlook_service") || record.Text("smtp_authentication") == "outlook" || record.Text("server_type") == "outlook"})
	}
	return found, err
}

func (s MailConfig) HasField(model, field string) bool {
	_, there := s.fields[model][field]
	return there
}

// Modern: the switch is a choice of the authentication, not a tick of its own.
func (s MailConfig) Modern(model string) bool {
	if model == FetchModel {
		return s.fields[model]["server_type"].Takes("outlook")
	}
	return s.fields[model]["smtp_authentication"].Takes("outlook")
}

// outlook: the model has the token fields and a switch we know.
func (s MailConfig) outlook(model string) bool {
	return s.HasField(model, "microsoft_outlook_refresh_token") && (s.Modern(model) || s.HasField(model, "use_microsoft_outlook_service"))
}

// Major is the major version of Odoo.
func (s MailConfig) Major() int { return Major(s.Version) }

// OutgoingServer is the outgoing server of a mailbox, and Fetching its incoming one; an
// Outlook server before another, an active one before an archived one.
func (s MailConfig) OutgoingServer(mailbox string) (Server, bool) { return ours(s.Outgoing, mailbox) }

// IncomingServer is the incoming server of a mailbox.
func (s MailConfig) IncomingServer(mailbox string) (Server, bool) { return ours(s.Incoming, mailbox) }

func ours(servers []Server, mailbox string) (Server, bool) {
	var best Server
	found := false
	worth := func(s Server) (n int) {
		for i, good := range []bool{s.Active(), s.Outlook, s.Connected} {
			if good {
				n += 1 << i
			}
		}
		return n
	}
	for _, s := range servers {
		if strings.EqualFold(s.User(), mailbox) && (!found || worth(s) > worth(best)) {
			best, found = s, true
		}
	}
	return best, found
}

// OtherConnected are active Outlook servers connected as somebody else.
func (s MailConfig) OtherConnected(mailbox string) []Server {
	return slices.DeleteFunc(slices.Clone(s.Outgoing), func(o Server) bool {
		return !o.Active() || !o.Outlook || !o.Connected || strings.EqualFold(o.User(), mailbox)
	})
}
