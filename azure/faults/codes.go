package faults

import (
	_ "embed"
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// codesText lists the AADSTS codes that have no entry in the catalogue: one a
// line, with fields separated by tabs.
//
//go:embed codes.txt
var codesText string

// fromList returns the fault of a listed code. The code's meaning is in English in
// all languages.
func fromList(code int) (Fault, bool) {
	_, rest, found := strings.Cut(codesText, "\n"+strconv.Itoa(code)+"\t")
	line, _, _ := strings.Cut(rest, "\n")
	field := strings.Split(line, "\t")
	if !found || len(field) != 5 {
		return Fault{}, false
	}
	f := Fault{Where: FromToken, Code: code, Error: field[0], Status: 400,
		Who: Actor(field[1]), Passes: field[2] == "passes", Dead: field[2] == "dead"}
	name := f.Name()
	f.Sample = name + ": " + field[4]
	if field[3] != "-" {
		name += " (" + field[3] + ")"
	}
	f.What, f.Do = adviceFor(f.Who)
	f.What = i18n.T("%s: %s. %s", f.What, name, field[4])
	f.complete()
	return f, true
}

// adviceFor returns the explanation of a listed code, by who must act.
func adviceFor(who Actor) (what, do i18n.Text) {
	switch who {
	case Nobody:
		return i18n.T("Microsoft asks to wait"),
			i18n.T("Try again in a few minutes; the next run tries by itself.")
	case EntraAdmin:
		return i18n.T("A setting of the directory forbids this sign-in"),
			i18n.T("Entra > Sign-in logs: open the refused sign-in; it bears this code and names the setting or policy. Then run \"openfire-o365 setup\" again.")
	case AppOwner:
		return i18n.T("The application's registration will not do"),
			i18n.T("OpenFire application > Authentication, API permissions, Certificates & secrets: compare with what setup shows, then run \"openfire-o365 setup\" again.")
	case Support:
		return i18n.T("The request that the base or this program made to Microsoft will not do"),
			i18n.T("Send this message to OpenFire support.")
	}
	return i18n.T("Microsoft expects something else of whoever signs in"),
		i18n.T("Run \"openfire-o365 setup\" again, sign in as the mailbox itself in a private window, and follow Microsoft's page.")
}

// fallbacks are the faults of unknown AADSTS codes, by OAuth error (RFC 6749
// section 5.2); the last one is for all other errors.
var fallbacks = []Fault{
	{ID: "temporarily_unavailable", Error: "temporarily_unavailable", Where: FromToken, Status: 503, Who: Nobody, Exit: problem.Temporary, Passes: true,
		What: i18n.T("Microsoft is unavailable for the moment or asks to wait."),
		Do:   i18n.T("Nothing to do: the next run will try again.")},
	{ID: "server_error", Error: "server_error", Where: FromToken, Status: 503, Who: Nobody, Exit: problem.Temporary, Passes: true,
		What: i18n.T("Microsoft had a failure while answering."),
		Do:   i18n.T("Nothing to do: the next run will try again.")},
	{ID: "invalid_client", Error: "invalid_client", Where: FromToken, Who: AppOwner, Exit: problem.Application, Status: 401,
		What: i18n.T("Microsoft refuses the application or its client secret."),
		Do:   i18n.T("Check the Application (client) ID and the secret, then run setup again. The tokens are kept.")},
	{ID: "access_denied", Error: "access_denied", Where: Callback, Who: User, Exit: problem.SignIn,
		What: i18n.T("The sign-in was refused or cancelled on Microsoft's page."),
		Do:   i18n.T("Try again; if the page asked for an administrator, the administrator must consent.")},
	{ID: "invalid_grant", Error: "invalid_grant", Where: FromToken, Who: User, Exit: problem.SignIn, Status: 400,
		What: i18n.T("Microsoft asks for a new sign-in of this mailbox."),
		Do:   i18n.T("Run \"openfire-o365 setup\" to sign in again.")},
	{ID: "interaction_required", Error: "interaction_required", Where: FromToken, Who: User, Exit: problem.SignIn, Status: 400,
		What: i18n.T("Microsoft wants a sign-in in the browser (multi-factor authentication or a policy)."),
		Do:   i18n.T("Run \"openfire-o365 setup\" to sign in again.")},
	{ID: "refused", Where: FromToken, Who: AppOwner, Exit: problem.Application, Status: 400,
		What: i18n.T("Microsoft refuses the request as the application makes it."),
		Do:   i18n.T("Check the application's registration (accounts, redirect URI, permissions); Microsoft's message above says which.")},
}
