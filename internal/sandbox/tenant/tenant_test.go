package tenant

import (
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
)

// TestExchangeAcceptsTheSignInNameOrASharedMailbox checks which XOAUTH2 users open
// which mailbox with the token of each kind of account.
func TestExchangeAcceptsTheSignInNameOrASharedMailbox(t *testing.T) {
	t.Parallel()
	now := time.Unix(1800000000, 0)
	for _, c := range []struct{ mailbox, user, opens string }{
		{"anna@client.fr", "Anna@client.fr", "Anna@client.fr"},
		{"anna@client.fr", "bob@client.fr", ""},
		{"upn-differs@client.fr", "upn-differs@client.fr", ""},
		{"upn-differs@client.fr", "upn-differs@client.onmicrosoft.com", "upn-differs@client.fr"},
		{"alias@client.fr", "alias@client.fr", ""},
		{"alias@client.fr", "compta@client.fr", "compta@client.fr"},
		{"shared@client.fr", "shared@client.fr", "shared@client.fr"},
		{"anna@client.fr", "shared@client.fr", ""},
		{"shared-denied@client.fr", "shared-denied@client.fr", ""},
		{"guest@client.fr", "guest@client.fr", ""},
		{"guest@client.fr", "guest_autre.fr#EXT#@client.onmicrosoft.com", ""},
		{"unlicensed@client.fr", "unlicensed@client.fr", ""},
	} {
		g := Grant{Mailbox: AccountOf(c.mailbox).UPN, Audience: azure.Resource[:len(azure.Resource)-1], Scope: "SMTP.Send",
			Expires: now.Unix() + 1}
		opens, ok := Authorize(now, g.Sign(AccessPrefix), c.user, azure.ScopeSMTP)
		if ok != (c.opens != "") || ok && opens != c.opens {
			t.Errorf("%s with the token of %s opens %q: %v", c.user, c.mailbox, opens, ok)
		}
		if _, ok := Authorize(now, g.Sign(AccessPrefix), c.user, azure.ScopeIMAP); ok {
			t.Errorf("%s: another scope is accepted", c.user)
		}
	}
}
