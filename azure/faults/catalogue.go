package faults

import (
	"slices"
	"strconv"
	"sync"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// Catalogue returns all entries in the order of the setup: registration, secret,
// account, consent, policy, tokens, mail, base. The sandbox reproduces each.
//
// The entries are static data; they are joined when the first one is needed.
func Catalogue() []Fault { return catalogue() }

var catalogue = sync.OnceValue(func() []Fault {
	all := slices.Concat(applicationFaults, accountFaults, tokenFaults, mailFaults, baseFaults)
	for i := range all {
		all[i].complete()
	}
	return all
})

// complete sets the ID of a fault of Entra, and the link and the exit code unless
// the entry has them. The code depends on who must act, and for Entra on whether a
// new sign-in helps.
func (f *Fault) complete() {
	if f.Code != 0 {
		f.ID = "aadsts" + strconv.Itoa(f.Code)
	}
	switch {
	case f.Link != "":
	case f.Who == ExchangeAdmin:
		f.Link = azure.MailLink
	case f.Who == AppOwner:
		f.Link = azure.PageApps
	}
	switch {
	case f.Exit != problem.OK:
	case f.Passes:
		f.Exit = problem.Temporary
	case f.Code == 0:
		f.Exit = problem.Mail
	case f.Who == User, slices.Contains([]string{"invalid_grant", "interaction_required", "access_denied"}, f.Error):
		f.Exit = problem.SignIn
	default:
		f.Exit = problem.Application
	}
}
