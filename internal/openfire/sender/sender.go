// Package sender predicts which outgoing server of a base sends a mail, and with
// which sender, by the rule of the base's version.
package sender

import (
	"cmp"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// Route is how a base sends the mail of one user.
type Route struct {
	Server   openfire.Server // its ID is 0 if the base has no active outgoing server
	From     string          // address in the header From
	Envelope string          // address in the SMTP command MAIL
}

// Through reports whether the mail is sent through that server.
func (r Route) Through(s openfire.Server) bool { return s.ID() != 0 && r.Server.ID() == s.ID() }

// ForeignSender returns an address other than the mailbox that the mail is sent as,
// or "" if there is none. Exchange refuses the mail unless the mailbox may send as
// that address (Send As).
func (r Route) ForeignSender(mailbox string) string {
	for _, address := range []string{r.From, r.Envelope} {
		if !strings.EqualFold(address, mailbox) {
			return address
		}
	}
	return ""
}

// Find returns how the base sends a mail of sender that has no server of its own,
// which is nearly all mail. The rule depends on the version:
//
//   - 10: OpenFire's own rule (of_base, send_email). It compares smtp_user with the
//     sender's address.
//   - 11 to 14: the first server by sequence, with the From of mail.force.smtp.from.
//   - 15 and 16: ir.mail_server._find_mail_server, with mail.default.from. OpenFire's
//     override is not reached, because mail.mail.send opens the session first.
//   - 17 and 18: the same, with the alias domain of the company, and from_filter may
//     be a list.
//   - 19: the same, without the users' own servers (see openfire.MailConfig.Outgoing).
func Find(config openfire.MailConfig, sender string) Route {
	c := rule{config}
	servers := slices.DeleteFunc(slices.Clone(c.Outgoing), func(s openfire.Server) bool { return !s.Active() })
	slices.SortStableFunc(servers, func(a, b openfire.Server) int {
		return cmp.Or(cmp.Compare(a.Int("sequence"), b.Int("sequence")), a.ID()-b.ID())
	})
	route := Route{From: sender}
	switch {
	case len(servers) == 0:
	case c.Features().Has(openfire.FromFilter):
		route.Server, route.From = c.filtered(servers, sender)
	case openfire.Major(c.Version) > 10:
		route.Server, route.From = servers[0], cmp.Or(c.forcedFrom(sender), sender)
	default:
		route.Server = nearest(servers, sender)
	}
	route.Envelope = c.envelope(route, sender)
	return route
}

// rule is the rule of a base's version.
type rule struct{ openfire.MailConfig }

// nearest is the rule of OpenFire 10: among the servers whose host ends in the
// sender's domain, else all, the one whose user is the sender, else the first. The
// comparisons are case-sensitive.
func nearest(servers []openfire.Server, sender string) openfire.Server {
	name, domain, _ := strings.Cut(sender, "@")
	near := slices.DeleteFunc(slices.Clone(servers), func(s openfire.Server) bool {
		return !strings.HasSuffix(s.Text("smtp_host"), domain)
	})
	if len(near) > 0 {
		servers = near
	}
	own := slices.IndexFunc(servers, func(s openfire.Server) bool { return s.User() == sender || s.User() == name })
	return servers[max(own, 0)]
}

// forcedFrom returns the address that replaces a sender in From and in the envelope
// in Odoo 12 to 14 (_get_email_from), or "" if none does.
func (c rule) forcedFrom(sender string) string {
	_, domain, _ := strings.Cut(sender, "@")
	catchall := c.Params[openfire.ParamCatchall]
	switch forced, dynamic := c.Params[openfire.ParamForcedFrom], c.Params[openfire.ParamDynamicFrom]; {
	case !c.Features().Has(openfire.ForcedFrom) || c.Features().Has(openfire.FromFilter):
	case forced != "":
		return forced
	case dynamic != "" && catchall != "" && !strings.EqualFold(domain, catchall):
		return dynamic
	}
	return ""
}

// filtered returns the server and the From of Odoo 15 and later: the server whose
// from_filter matches the sender, else the one that matches the default sender, else
// the first without a filter, else the first. An address in a filter takes precedence
// over a domain.
func (c rule) filtered(servers []openfire.Server, sender string) (openfire.Server, string) {
	fallback := c.defaultFrom()
	for _, from := range []string{sender, fallback} {
		_, domain, _ := strings.Cut(from, "@")
		for _, wanted := range []string{from, domain} {
			if i := slices.IndexFunc(servers, func(s openfire.Server) bool { return c.filters(s, wanted) }); i >= 0 && wanted != "" {
				return servers[i], from
			}
		}
	}
	open := slices.IndexFunc(servers, func(s openfire.Server) bool { return s.Text("from_filter") == "" })
	return servers[max(open, 0)], cmp.Or(fallback, sender)
}

// filters reports whether an address or a domain is in the server's from_filter.
func (c rule) filters(s openfire.Server, wanted string) bool {
	parts := []string{s.Text("from_filter")}
	if c.Features().Has(openfire.AliasDomain) {
		parts = strings.Split(parts[0], ",")
	}
	return slices.ContainsFunc(parts, func(part string) bool {
		return strings.EqualFold(strings.TrimSpace(part), wanted)
	})
}

// defaultFrom returns the address that Odoo 15 and later puts into From if no server
// matches the sender, or "" if none is configured. One in the server's odoo.conf
// (email_from) is not known.
func (c rule) defaultFrom() string {
	if c.Features().Has(openfire.AliasDomain) {
		return c.Company.DefaultFrom
	}
	from, domain := c.Params[openfire.ParamDefaultFrom], c.Params[openfire.ParamCatchall]
	switch {
	case from == "" || strings.Contains(from, "@"):
		return from
	case domain == "":
		return ""
	}
	return from + "@" + domain
}

// envelope returns the envelope sender of a route. Up to Odoo 14 it is the bounce
// address if there is one (odoo/odoo#8426), since 15 only if the server's from_filter
// matches it.
func (c rule) envelope(r Route, sender string) string {
	bounce := ""
	switch domain := c.Params[openfire.ParamCatchall]; {
	case c.Features().Has(openfire.AliasDomain):
		bounce = c.Company.Bounce
	case domain != "":
		bounce = cmp.Or(c.Params[openfire.ParamBounce], "postmaster-odoo") + "@" + domain
	}
	_, domain, _ := strings.Cut(bounce, "@")
	used := c.forcedFrom(sender) == ""
	if c.Features().Has(openfire.FromFilter) {
		used = r.Server.Text("from_filter") == "" || c.filters(r.Server, bounce) || c.filters(r.Server, domain)
	}
	if bounce == "" || !used {
		return r.From
	}
	return bounce
}
