package apply

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/openfire/input"
	"github.com/openfire-fr/openfire-o365/internal/openfire/sender"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// Senders is how a base sends the mail of a mailbox and that of another user.
type Senders struct {
	Mailbox, User string
	Server        openfire.Server // the mailbox's
	Own, Other    sender.Route    // the mail of Mailbox, and of User
}

// NewSenders determines how a base sends mail. user is the address of another user;
// "" stands for any user with an address at the mailbox's domain.
func NewSenders(c openfire.MailConfig, f tokenfile.File, user string) Senders {
	if _, domain, _ := strings.Cut(f.Mailbox(), "@"); user == "" {
		user = "?@" + domain
	}
	server, _ := c.OutgoingServer(f.Accounts()...)
	return sendersOf(c, server, f.Mailbox(), user)
}

func sendersOf(c openfire.MailConfig, server openfire.Server, mailbox, user string) Senders {
	return Senders{Mailbox: mailbox, User: user, Server: server, Own: sender.Find(c, mailbox), Other: sender.Find(c, user)}
}

// Colleague returns the address of an active user of the base other than the mailbox,
// at the mailbox's domain, or "" if there is none.
func Colleague(ctx context.Context, base *openfire.Client, mailbox string) (string, error) {
	found, err := base.SearchRead(ctx, "res.users", []string{"login", "email"},
		[]any{"active", "=", true}, []any{"share", "=", false})
	_, domain, _ := strings.Cut(mailbox, "@")
	for _, user := range found {
		address, err := input.ParseMailbox(cmp.Or(user.Text("email"), user.Text("login")))
		_, at, _ := strings.Cut(address, "@")
		if err == nil && strings.EqualFold(at, domain) && !strings.EqualFold(address, mailbox) {
			return address, nil
		}
	}
	return "", err
}

// sentAsMailbox reports whether the mail of a route is sent through the mailbox's
// server, as the mailbox.
func (s Senders) sentAsMailbox(r sender.Route) bool {
	return r.Through(s.Server) && r.ForeignSender(s.Mailbox) == ""
}

// OtherNeedsSendAs reports whether Exchange accepts the other user's mail only if the
// mailbox has the permission Send As.
func (s Senders) OtherNeedsSendAs() bool {
	return s.Other.Through(s.Server) && s.Other.ForeignSender(s.Mailbox) != ""
}

// OwnProblem returns what keeps the mailbox's own mail from being sent as the
// mailbox, or no text.
func (s Senders) OwnProblem() i18n.Text {
	foreign := s.Own.ForeignSender(s.Mailbox)
	switch {
	case !s.Own.Through(s.Server):
		return i18n.T("OpenFire sends the mail of %s through the server \"%s\", not through \"%s\".",
			s.Mailbox, s.Own.Server.Text("name"), s.Server.Text("name"))
	case foreign != "":
		return i18n.T("OpenFire sends the mail of %s as %s. Exchange refuses it unless %[1]s has the permission Send As "+
			"for that address.", s.Mailbox, foreign)
	}
	return i18n.Text{}
}

// OtherProblem is OwnProblem for the mail of other users. Another server that is
// connected to Microsoft is not a problem.
func (s Senders) OtherProblem() i18n.Text {
	foreign := s.Other.ForeignSender(s.Mailbox)
	switch other := s.Other.Server; {
	case !s.Other.Through(s.Server) && other.Outlook && other.Connected:
	case !s.Other.Through(s.Server):
		return i18n.T("OpenFire sends the mail of other users through the server \"%s\", not through \"%s\".",
			other.Text("name"), s.Server.Text("name"))
	case strings.EqualFold(foreign, s.User):
		return i18n.T("OpenFire sends the mail of other users through %s, but with their own address as the sender. "+
			"Exchange refuses it unless %[1]s has the permission Send As for their mailboxes.", s.Mailbox)
	case foreign != "":
		return i18n.T("OpenFire sends the mail of other users as %s. Exchange refuses it unless %s has the permission "+
			"Send As for that address.", foreign, s.Mailbox)
	}
	return i18n.Text{}
}

// The kinds of Remedy.
const (
	AsMailbox = "mailbox" // the base sends all mail as the mailbox
	Below     = "below"   // the mailbox's server comes before the others
	Archive   = "archive" // the servers that are preferred to the mailbox's are archived
)

// Remedy is a change of the base that makes it send more mail through the mailbox's
// server.
type Remedy struct {
	Kind   string
	Writes []Write
	After  Senders // how the base then sends mail
}

// Remedies returns the changes that improve how the base sends mail. None of them
// moves the mailbox's own mail to another server.
func Remedies(c openfire.MailConfig, s Senders) (found []Remedy) {
	first := []Write{comeFirst(c, s.Server)}
	as := asMailbox(c, s.Mailbox)
	for _, r := range []Remedy{
		{Kind: AsMailbox, Writes: as}, {Kind: AsMailbox, Writes: slices.Concat(first, as)},
		{Kind: Below, Writes: first}, {Kind: Archive, Writes: archive(c, s)},
	} {
		r.After = sendersOf(After(c, r.Writes), s.Server, s.Mailbox, s.User)
		known := len(found) > 0 && found[0].Kind == r.Kind
		complete := r.Kind != AsMailbox || len(as) > 0 && r.After.sentAsMailbox(r.After.Own) &&
			r.After.sentAsMailbox(r.After.Other)
		if r.After.rank() > s.rank() && complete && !known {
			found = append(found, r)
		}
	}
	return found
}

// rank counts what is right: the more, the better.
func (s Senders) rank() (n int) {
	for _, good := range []bool{s.Own.Through(s.Server), s.sentAsMailbox(s.Own),
		s.Other.Through(s.Server), s.sentAsMailbox(s.Other)} {
		if good {
			n++
		}
	}
	return n
}

// asMailbox returns the write that makes the base send the mail of all users as the
// mailbox, or nothing if its version cannot: Odoo 10 and 11, and from 17 on a company
// without an alias domain. A new alias domain is not created, because Odoo then also
// sends replies to its catchall address.
func asMailbox(c openfire.MailConfig, mailbox string) []Write {
	features := c.Features()
	param := func(key string) []Write {
		return []Write{{Model: openfire.ParamModel, Changes: []Change{{key, c.Params[key], mailbox, false}}}}
	}
	switch {
	case features.Has(openfire.AliasDomain) && c.Company.AliasDomain == 0:
	case features.Has(openfire.AliasDomain):
		from := mailbox
		if name, domain, _ := strings.Cut(mailbox, "@"); strings.EqualFold(domain, c.Company.DomainName) {
			from = name
		}
		return []Write{{Model: openfire.AliasDomainModel, ID: c.Company.AliasDomain,
			Changes: []Change{{"default_from", c.Company.DefaultFrom, from, false}}}}
	case features.Has(openfire.FromFilter):
		return param(openfire.ParamDefaultFrom)
	case features.Has(openfire.ForcedFrom):
		return param(openfire.ParamForcedFrom)
	}
	return nil
}

// comeFirst returns the write that gives a server the lowest sequence.
func comeFirst(c openfire.MailConfig, server openfire.Server) Write {
	old := server.Int("sequence")
	least := old
	for _, o := range c.Outgoing {
		if o.Active() && o.ID() != server.ID() {
			least = min(least, o.Int("sequence")-1)
		}
	}
	return Write{Model: openfire.MailModel, ID: server.ID(), Changes: []Change{{"sequence", old, least, false}}}
}

// archive returns the writes that archive the servers preferred to the mailbox's.
func archive(c openfire.MailConfig, s Senders) (writes []Write) {
	for range c.Outgoing {
		for _, r := range []sender.Route{s.Own, s.Other} {
			if !r.Through(s.Server) && r.Server.ID() != 0 {
				w := Write{Model: openfire.MailModel, ID: r.Server.ID(), Changes: []Change{{"active", true, false, false}}}
				writes = append(writes, w)
				c = After(c, writes[len(writes)-1:])
				s = sendersOf(c, s.Server, s.Mailbox, s.User)
				break
			}
		}
	}
	return writes
}

// After returns the configuration as it will be after the writes. A new server has
// the ID -1.
func After(c openfire.MailConfig, writes []Write) openfire.MailConfig {
	c.Params, c.Outgoing = maps.Clone(c.Params), slices.Clone(c.Outgoing)
	for _, w := range writes {
		switch w.Model {
		case openfire.ParamModel:
			for _, change := range w.Changes {
				c.Params[change.Field], _ = change.New.(string)
			}
		case openfire.AliasDomainModel:
			from, _ := w.Changes[0].New.(string)
			if !strings.Contains(from, "@") {
				from += "@" + c.Company.DomainName
			}
			c.Company.DefaultFrom = from
		case openfire.MailModel:
			i := slices.IndexFunc(c.Outgoing, func(o openfire.Server) bool { return o.ID() == w.ID })
			if i < 0 {
				i = len(c.Outgoing)
				fresh := openfire.Record{"id": json.Number("-1"), "active": true, "sequence": json.Number("10")}
				c.Outgoing = append(c.Outgoing, openfire.Server{Record: fresh, Model: w.Model, Outlook: true})
			}
			c.Outgoing[i].Record = changed(c.Outgoing[i].Record, w.Changes)
		}
	}
	return c
}

// changed returns a copy of a record with the changes, as the base would return it.
func changed(r openfire.Record, changes []Change) openfire.Record {
	r = maps.Clone(r)
	for _, c := range changes {
		if c.Secret {
			continue
		}
		switch v := c.New.(type) {
		case int:
			r[c.Field] = json.Number(strconv.Itoa(v))
		case int64:
			r[c.Field] = json.Number(strconv.FormatInt(v, 10))
		default:
			r[c.Field] = v
		}
	}
	return r
}
