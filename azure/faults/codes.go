package faults

import (
	_ "embed"
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// codesText lists the AADSTS codes that have no entry in the catalogue: one a
// line, with fields separated by tabs.
//
//go:embed codes.txt
var codesText string

// fromList returns the fault of a listed code. The meaning of the code is in English
// in every language.
func fromList(code int) (Fault, bool) {
	_, rest, found := strings.Cut(codesText, "\n"+strconv.Itoa(code)+"\t")
	line, _, _ := strings.Cut(rest, "\n")
	field := strings.Split(line, "\t")
	if !found || len(field) != 5 {
		return Fault{}, false
	}
	f := Fault{ID: "aadsts" + strconv.Itoa(code), Where: FromToken, Code: code, Error: field[0], Status: 400,
		Who: Actor(field[1]), Passes: field[2] == "passes", Dead: field[2] == "dead"}
	name := f.Name()
	f.Sample = name + ": " + field[4]
	if field[3] != "-" {
		name += " (" + field[3] + ")"
	}
	f.What, f.Do = adviceFor(f.Who)
	f.What = i18n.T("%s: %s. %s", f.What, name, field[4])
	f.addLink()
	return f, true
}

// adviceFor returns the explanation of a listed code, by who must act.
func adviceFor(who Actor) (what, do i18n.Text) {
	switch who {
	case Nobody:
		return i18n.T("Microsoft reports a temporary error or asks to wait"),
			i18n.T("Try again in a few minutes, or wait for the next run.")
	case EntraAdmin:
		return i18n.T("A setting of the directory blocks this sign-in"),
			i18n.T("In Entra > Sign-in logs, open the failed sign-in with this code: it shows the setting or the policy. Correct it, then run \"openfire-o365 setup\" again.")
	case AppOwner:
		return i18n.T("The app registration is not correct"),
			i18n.T("Run \"openfire-o365 setup\" and compare what it shows with the OpenFire application > Authentication, API permissions, and Certificates & secrets.")
	case Support:
		return i18n.T("Microsoft rejected the request of the base or of openfire-o365"),
			i18n.T("Send this message to OpenFire support.")
	}
	return i18n.T("Microsoft rejected the sign-in"),
		i18n.T("Run \"openfire-o365 setup\" again, sign in with the mailbox itself in a private window, and follow the instructions on Microsoft's page.")
}
