package base

import (
	"cmp"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/base/orm"
)

// outgoing is an active server of ir.mail_server.
type outgoing struct {
	id int
	orm.Row
}

// search returns the active servers by sequence, without the users' own (Odoo 19).
func (o *outlook) search() (found []outgoing) {
	t := o.Tables[openfire.MailModel]
	for _, id := range t.IDs() {
		if _, owned := t.Rows[id]["owner_user_id"].(int64); t.Rows[id]["active"] == true && !owned {
			found = append(found, outgoing{id, t.Rows[id]})
		}
	}
	slices.SortStableFunc(found, func(a, b outgoing) int {
		return cmp.Compare(a.Row["sequence"].(int64), b.Row["sequence"].(int64))
	})
	return found
}

// findServer returns the server for a message whose sender chose none, and the
// address in its From. It returns no server if none is active.
func (o *outlook) findServer(from string) (outgoing, string) {
	servers := o.search()
	switch {
	case len(servers) == 0:
		return outgoing{}, from
	case o.Major >= 15:
		return o.findMailServer(servers, from)
	case o.Major >= 11:
		return servers[0], from
	}
	return ofServer(servers, from), from
}

// ofServer is send_email of OpenFire's module of_base for Odoo 10.
func ofServer(servers []outgoing, from string) outgoing {
	at := strings.LastIndex(from, "@")
	var ofDomain []outgoing
	for _, s := range servers {
		if strings.HasSuffix(orm.Text(s.Row["smtp_host"]), from[at+1:]) { // smtp_host =like '%domain'
			ofDomain = append(ofDomain, s)
		}
	}
	if ofDomain != nil {
		servers = ofDomain
	}
	for _, s := range servers {
		if user := orm.Text(s.Row["smtp_user"]); user == from || user == from[:max(at, 0)] {
			return s
		}
	}
	return servers[0]
}

// findMailServer is _find_mail_server of odoo/addons/base/models/ir_mail_server.py.
func (o *outlook) findMailServer(servers []outgoing, from string) (outgoing, string) {
	for _, sender := range []string{from, o.notificationsEmail()} {
		if sender == "" {
			continue
		}
		for _, target := range []string{sender, sender[strings.LastIndex(sender, "@")+1:]} {
			for _, s := range servers {
				if slices.Contains(o.fromFilter(s), strings.ToLower(target)) {
					return s, sender
				}
			}
		}
	}
	spoofed := cmp.Or(o.notificationsEmail(), from)
	for _, s := range servers {
		if s.Row["from_filter"] == false {
			return s, spoofed
		}
	}
	return servers[0], spoofed
}

// fromFilter returns the addresses and domains of a server's from_filter. It is one
// value before Odoo 17.
func (o *outlook) fromFilter(s outgoing) (parts []string) {
	text := strings.ToLower(orm.Text(s.Row["from_filter"]))
	if o.Major < 17 {
		return []string{text}
	}
	for part := range strings.SplitSeq(text, ",") {
		parts = append(parts, strings.TrimSpace(part))
	}
	return parts
}

// notificationsEmail is _get_default_from_address.
func (o *outlook) notificationsEmail() string {
	if o.Major >= 17 {
		return orm.Text(o.Company()["default_from_email"])
	}
	from, domain := o.Param("mail.default.from"), o.Param("mail.catchall.domain")
	if from != "" && !strings.Contains(from, "@") {
		if domain == "" {
			return ""
		}
		return from + "@" + domain
	}
	return from
}

// bounceAddress is _get_default_bounce_address.
func (o *outlook) bounceAddress() string {
	if o.Major >= 17 {
		return orm.Text(o.Company()["bounce_email"])
	}
	if domain := o.Param("mail.catchall.domain"); domain != "" {
		return cmp.Or(o.Param("mail.bounce.alias"), "postmaster-odoo") + "@" + domain
	}
	return ""
}

// emailFrom is _get_email_from of Odoo 12 to 14: an address that replaces the
// sender's, or "".
func (o *outlook) emailFrom(from string) string {
	if o.Major < 12 || o.Major > 14 {
		return ""
	}
	domain := o.Param("mail.catchall.domain")
	if forced := o.Param("mail.force.smtp.from"); forced != "" {
		return forced
	}
	if domain != "" && !strings.HasSuffix(from, "@"+domain) {
		return o.Param("mail.dynamic.smtp.from")
	}
	return ""
}

// senders returns the From and the envelope sender of a message of from that is sent
// through a server with smtpFrom (_prepare_email_message).
func (o *outlook) senders(s outgoing, from, smtpFrom string) (header, envelope string) {
	if forced := o.emailFrom(from); forced != "" {
		return encapsulate(from, forced), forced
	}
	header, bounce := smtpFrom, o.bounceAddress()
	if smtpFrom != from {
		header = encapsulate(from, smtpFrom)
	}
	_, domain, _ := strings.Cut(bounce, "@")
	filter := o.fromFilter(s)
	allowed := o.Major < 15 || s.Row["from_filter"] == false || slices.Contains(filter, strings.ToLower(bounce)) ||
		slices.Contains(filter, strings.ToLower(domain))
	if bounce == "" || !allowed {
		return header, smtpFrom
	}
	return header, bounce
}

// encapsulate returns the address to with the name of from.
func encapsulate(from, to string) string {
	name, _, _ := strings.Cut(from, "@")
	return `"` + name + `" <` + to + `>`
}
