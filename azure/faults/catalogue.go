package faults

import (
	"slices"
	"sync"
)

// Catalogue returns every refusal the program explains by itself, in the order
// in which a person meets them: registration, secret, account, consent, policy,
// tokens, mail, base. A fault that the sandbox cannot play cannot enter.
//
// The entries lie in the program as data; putting them together is left until
// something goes wrong.
func Catalogue() []Fault { return catalogue() }

var catalogue = sync.OnceValue(func() []Fault {
	return slices.Concat(applicationFaults, secretFaults, accountFaults, consentFaults, policyFaults, tokenFaults, smtpFaults, sendingFaults, imapFaults, baseFaults)
})
