package faults

import (
	"slices"
	"strconv"
	"sync"

	"github.com/openfire-fr/openfire-o365/azure"
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

// complete sets the ID of a fault of Entra, and the link unless the entry has one.
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
}
