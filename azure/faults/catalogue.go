package faults

import (
	"slices"
	"sync"
)

// Catalogue returns all entries in the order of the setup: registration, secret,
// account, consent, policy, tokens, mail, base. The sandbox reproduces each.
//
// The entries are static data; they are joined when the first one is needed.
func Catalogue() []Fault { return catalogue() }

var catalogue = sync.OnceValue(func() []Fault {
	return slices.Concat(applicationFaults, secretFaults, accountFaults, consentFaults, policyFaults, tokenFaults,
		smtpFaults, sendingFaults, imapFaults, baseFaults)
})
