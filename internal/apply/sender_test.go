package apply_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/apply"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

const compta = "compta@client.fr"

// sending returns the token file of the mailbox.
func sending() (f tokenfile.File) {
	f.SetMailbox(compta, false)
	return f
}

// senderBase returns a base with the mailbox's server and the servers in others, as
// "name sequence host smtp_user from_filter".
func senderBase(odoo string, params map[string]string, others ...string) openfire.MailConfig {
	c := openfire.MailConfig{Version: odoo, Params: map[string]string{}}
	for key, value := range params {
		c.Params[key] = value
	}
	for i, line := range append([]string{"Ours 10 smtp.office365.com " + compta + " " + compta}, others...) {
		f := strings.Fields(line)
		record := openfire.Record{"id": json.Number(fmt.Sprint(i + 1)), "name": f[0], "active": true,
			"sequence": json.Number(f[1]), "smtp_host": f[2], "smtp_user": f[3], "from_filter": false}
		if len(f) > 4 {
			record["from_filter"] = f[4]
		}
		c.Outgoing = append(c.Outgoing, openfire.Server{Record: record, Model: openfire.MailModel, Outlook: i == 0,
			Connected: i == 0})
	}
	return c
}

// TestRemediesAreThoseThatHelpInEachVersion checks which changes are offered, what
// they write and how the base then sends the mail of another user.
func TestRemediesAreThoseThatHelpInEachVersion(t *testing.T) {
	t.Parallel()
	const first, last = "Relay 5 smtp.relay.fr relay", "Relay 20 smtp.relay.fr relay"
	catchall := map[string]string{"mail.catchall.domain": "client.fr"}
	for name, c := range map[string]struct {
		base openfire.MailConfig
		want string
	}{
		"10, alone":               {senderBase("10.0", nil), ""},
		"10, relay first":         {senderBase("10.0", nil, first), "below: sequence=4 > Ours ?; archive: active=false > Ours ?"},
		"10, relay last":          {senderBase("10.0", nil, last), ""},
		"10, relay of the domain": {senderBase("10.0", nil, "Relay 20 smtp.client.fr relay"), "archive: active=false > Ours ?"},
		"10, catchall":            {senderBase("10.0", catchall), ""},
		"11, relay first":         {senderBase("11.0", nil, first), "below: sequence=4 > Ours ?; archive: active=false > Ours ?"},
		"12, alone":               {senderBase("12.0", nil), "mailbox: mail.force.smtp.from=compta@client.fr > Ours compta"},
		"14, catchall":            {senderBase("14.0", catchall), "mailbox: mail.force.smtp.from=compta@client.fr > Ours compta"},
		"14, relay first": {senderBase("14.0", nil, first), "mailbox: sequence=4 mail.force.smtp.from=compta@client.fr > Ours " +
			"compta; below: sequence=4 > Ours ?; archive: active=false > Ours ?"},
		"16, alone":               {senderBase("16.0", nil), "mailbox: mail.default.from=compta@client.fr > Ours compta"},
		"16, relay first":         {senderBase("16.0", nil, first), "mailbox: mail.default.from=compta@client.fr > Ours compta; archive: active=false > Ours ?"},
		"16, relay last":          {senderBase("16.0", nil, last), "mailbox: mail.default.from=compta@client.fr > Ours compta; archive: active=false > Ours ?"},
		"16, as the mailbox":      {senderBase("16.0", map[string]string{"mail.default.from": compta}, first), ""},
		"16, relay of the domain": {senderBase("16.0", nil, "Relay 5 smtp.relay.fr relay client.fr"), "archive: active=false > Ours ?"},
		"18, no alias domain":     {senderBase("18.0", nil), ""},
		"18, alias domain":        {company(senderBase("18.0", nil), "client.fr"), "mailbox: default_from=compta > Ours compta"},
		"19, other alias domain":  {company(senderBase("19.0", nil, first), "autre.fr"), "mailbox: default_from=compta@client.fr > Ours compta; archive: active=false > Ours notifications"},
	} {
		s := apply.NewSenders(c.base, sending(), "")
		var got []string
		for _, r := range apply.Remedies(c.base, s) {
			text := r.Kind + ":"
			for _, w := range r.Writes {
				text += fmt.Sprintf(" %s=%v", w.Changes[0].Field, w.Changes[0].New)
			}
			from, _, _ := strings.Cut(r.After.Other.From, "@")
			got = append(got, text+" > "+r.After.Other.Server.Text("name")+" "+from)
			if r.After.OtherNeedsSendAs() != (from != "compta") {
				t.Errorf("%s: %s: needs Send As: %t", name, r.Kind, r.After.OtherNeedsSendAs())
			}
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %s\nwant %s", name, strings.Join(got, "; "), c.want)
		}
	}
}

func company(c openfire.MailConfig, domain string) openfire.MailConfig {
	c.Company = openfire.Company{AliasDomain: 3, DomainName: domain, DefaultFrom: "notifications@" + domain,
		Bounce: "bounce@" + domain}
	return c
}

// TestMailboxAndOtherUsersAreJudgedSeparately checks that each kind of mail has its own
// problem, and that another server connected to Microsoft is none.
func TestMailboxAndOtherUsersAreJudgedSeparately(t *testing.T) {
	t.Parallel()
	twice := senderBase("16.0", nil, "Second 5 smtp.office365.com bob@client.fr")
	twice.Outgoing[1].Outlook, twice.Outgoing[1].Connected = true, true
	for name, c := range map[string]struct {
		base       openfire.MailConfig
		own, other string
	}{
		"16, alone":    {senderBase("16.0", nil), "", "their own address"},
		"16, default":  {senderBase("16.0", map[string]string{"mail.default.from": compta}), "", ""},
		"16, relay":    {senderBase("16.0", nil, "Relay 20 smtp.relay.fr relay"), "", `through the server "Relay"`},
		"16, two":      {twice, "", ""},
		"14, relay":    {senderBase("14.0", nil, "Relay 5 smtp.relay.fr relay"), `through the server "Relay"`, `through the server "Relay"`},
		"10, catchall": {senderBase("10.0", map[string]string{"mail.catchall.domain": "client.fr"}), "as postmaster-odoo@client.fr", "their own address"},
		"18, alias":    {company(senderBase("18.0", nil), "client.fr"), "", "as notifications@client.fr"},
	} {
		s := apply.NewSenders(c.base, sending(), "")
		own, other := s.OwnProblem().In("en"), s.OtherProblem().In("en")
		if !strings.Contains(own, c.own) || (own == "") != (c.own == "") {
			t.Errorf("%s: own mail: %q", name, own)
		}
		if !strings.Contains(other, c.other) || (other == "") != (c.other == "") {
			t.Errorf("%s: other users: %q", name, other)
		}
	}
}
