// Package tokenfile defines the format of the token file: its objects, their
// validation and their JSON encoding. It does no I/O; package store does.
package tokenfile

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/openfire/input"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// Format is the version of the token file format.
const Format = "openfire-o365/1"

// File is one token file: what a base needs to send mail as one mailbox. The JSON
// keys are the names of Odoo's models and fields.
type File struct {
	Base        openfire.Base
	OdooVersion string // "16.0"
	Azure       Azure
	Client      Client
	Mail        Outgoing
	Fetch       *Incoming // nil if incoming mail is not connected

	unknown map[string]map[string]json.RawMessage // unknown keys by object, kept unchanged
}

// Azure is the data that only this program uses.
type Azure struct {
	TenantID, ApplicationObjectID, ServicePrincipalID, SecretKeyID, RedirectURI string

	// Created lists what setup created through Microsoft Graph, as "kind:id", for
	// --undo; "kind?" is an object that setup was about to create when it stopped.
	// RetiredKeyIDs are secrets to delete once the base has the new one.
	Created, RetiredKeyIDs []string

	Loopback                bool   // http://localhost/openfire-o365 is registered
	SecretExpires           string // YYYY-MM-DD; "" when not known
	Mailbox                 string // the address that sends; see File.Mailbox
	SignedInAs, SignedInOID string // the sign-in name (UPN) and the object id of the account
	RefreshIssued           time.Time
	BaseRefreshIssued       time.Time // when the base's refresh token was issued
}

// Client is the application, as stored in ir.config_parameter.
type Client struct {
	ID       string
	Secret   secret.String
	Endpoint string // microsoft_outlook.endpoint; "" for Odoo's default
}

// Tokens are the three token fields of the mixin microsoft.outlook.mixin.
type Tokens struct {
	Refresh, Access secret.String
	Expiration      int64 // of Access, Unix epoch in seconds, UTC
}

// Left returns how long the access token remains valid, 0 or less if it has
// expired.
func (t Tokens) Left(now time.Time) time.Duration {
	if t.Access.Empty() {
		return 0
	}
	return t.Due().Sub(now)
}

// Due returns when the access token expires.
func (t Tokens) Due() time.Time { return time.Unix(t.Expiration, 0) }

// Outgoing is an ir.mail_server.
type Outgoing struct {
	Name, Host, Encryption, User, Password, FromFilter string

	Port int
	Tokens
}

// Incoming is a fetchmail.server.
type Incoming struct {
	Name, Server, User, Password string

	Port int
	Tokens
}

// Block is one direction of mail: its tokens, and the scope that the base
// sends with each renewal.
type Block struct {
	Incoming bool
	Scope    string
	Tokens   *Tokens
}

// New returns the file of a new setup. An unknown version is replaced by 16.0.
func New(b openfire.Base, odoo string) File {
	if odoo == "" {
		odoo = "16.0"
	}
	return File{Base: b, OdooVersion: odoo}
}

// Major returns the major number of the base's version.
func (f File) Major() int { return openfire.Major(f.OdooVersion) }

// Features returns the features of the base's version.
func (f File) Features() openfire.Features { return openfire.FeaturesOf(f.Major()) }

// CheckBase returns an error for the file of another base, for example a copy made
// for this base: it would be refreshed with the other base's address. The error is
// a *problem.Problem with exit code 2.
func (f File) CheckBase(b openfire.Base) error {
	if f.Base == b {
		return nil
	}
	return &problem.Problem{Exit: problem.Usage, ID: OtherBase,
		What: i18n.T("The token file of %s contains the tokens of %s.", b.URL(), f.Base.URL()),
		Do:   i18n.T("Restore the right file, or delete this one and run setup for this base.")}
}

// OtherBase is the ID of the problem that CheckBase returns.
const OtherBase = "base.name"

// Mailbox returns the address of the mailbox that sends, "" before it is known. Files
// without azure.mailbox have it in from_filter, if that is one address, or in
// smtp_user.
func (f File) Mailbox() string {
	filter, err := input.ParseMailbox(f.Mail.FromFilter)
	if err != nil || f.Mail.User == "" {
		filter = ""
	}
	return cmp.Or(f.Azure.Mailbox, filter, f.Mail.User)
}

// Accounts returns the account that the mail servers sign in with, then the mailbox,
// which is usually the same.
func (f File) Accounts() []string { return []string{f.Mail.User, f.Mailbox()} }

// SetUser sets the account that the mail servers sign in with (smtp_user). Exchange
// accepts it as the XOAUTH2 user with the tokens of the file.
func (f *File) SetUser(user string) {
	f.Mail.User = user
	if f.Fetch != nil {
		f.Fetch.User = user
	}
}

// TakeTokens copies the tokens of another file of the same mailbox.
func (f *File) TakeTokens(from File) {
	f.Mail.Tokens, f.Azure.RefreshIssued = from.Mail.Tokens, from.Azure.RefreshIssued
	if f.Fetch != nil && from.Fetch != nil {
		f.Fetch.Tokens = from.Fetch.Tokens
	}
}

// SetMailbox fills both objects for a mailbox, with the host names that Microsoft
// documents. It removes tokens that were issued for another mailbox.
func (f *File) SetMailbox(mailbox string, incoming bool) {
	var sending, fetching Tokens
	user := mailbox
	if strings.EqualFold(f.Mailbox(), mailbox) {
		sending, user = f.Mail.Tokens, f.Mail.User
		if f.Fetch != nil {
			fetching = f.Fetch.Tokens
		}
	}
	name := "Office 365 " + mailbox
	f.Azure.Mailbox = mailbox
	f.Mail = Outgoing{Name: name, Host: "smtp.office365.com", Port: 587, Encryption: "starttls", User: user,
		Tokens: sending}
	if f.Features().Has(openfire.FromFilter) {
		f.Mail.FromFilter = mailbox
	}
	f.Fetch = nil
	if incoming {
		f.Fetch = &Incoming{Name: name, Server: "outlook.office365.com", Port: 993, User: user, Tokens: fetching}
	}
}

// Blocks returns the directions that are connected, outgoing first.
func (f *File) Blocks() []Block {
	blocks := []Block{{false, azure.Use{Odoo: f.Major()}.RefreshScope(), &f.Mail.Tokens}}
	if f.Fetch != nil {
		blocks = append(blocks, Block{true, azure.Use{Odoo: f.Major(), Incoming: true}.RefreshScope(), &f.Fetch.Tokens})
	}
	return blocks
}

// Complete reports whether the file contains all that a refresh needs.
func (f File) Complete() bool {
	for _, b := range f.Blocks() {
		if b.Tokens.Refresh.Empty() {
			return false
		}
	}
	return f.Client.ID != "" && !f.Client.Secret.Empty() && f.Mail.User != ""
}

// Adopt takes over the values read from the base, and keeps what the base does not
// store: the registration, the expiry of the secret, and unknown keys.
func (f *File) Adopt(pulled File) {
	kept := f.Azure
	if f.Client.Secret != pulled.Client.Secret {
		kept.SecretExpires, kept.SecretKeyID = "", ""
	}
	if !strings.EqualFold(f.Mailbox(), pulled.Mailbox()) {
		kept.SignedInAs, kept.SignedInOID = "", ""
	}
	kept.Mailbox = pulled.Azure.Mailbox
	kept.TenantID, kept.RedirectURI = pulled.Azure.TenantID, pulled.Azure.RedirectURI
	f.OdooVersion, f.Client, f.Azure = pulled.OdooVersion, pulled.Client, kept
	f.Mail, f.Fetch = pulled.Mail, pulled.Fetch
}
