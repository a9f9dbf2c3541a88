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

// fallbacks are the faults of unknown AADSTS codes, by OAuth error (RFC 6749
// section 5.2); the last one is for all other errors.
var fallbacks = []Fault{
	{ID: "temporarily_unavailable", Error: "temporarily_unavailable", Where: FromToken, Status: 503, Who: Nobody, Passes: true,
		What: i18n.T("Microsoft is temporarily unavailable or asks to wait."),
		Do:   i18n.T("Wait. The next run will try again.")},
	{ID: "server_error", Error: "server_error", Where: FromToken, Status: 503, Who: Nobody, Passes: true,
		What: i18n.T("Microsoft had an internal error."),
		Do:   i18n.T("Wait. The next run will try again.")},
	{ID: "invalid_client", Error: "invalid_client", Where: FromToken, Who: AppOwner, Status: 401,
		What: i18n.T("Microsoft rejected the application or its client secret."),
		Do:   i18n.T("Check the Application (client) ID and the client secret, then run setup again. The tokens are kept.")},
	{ID: "access_denied", Error: "access_denied", Where: Callback, Who: User,
		What: i18n.T("The sign-in was refused or cancelled on Microsoft's page."),
		Do:   i18n.T("Try again. If the page asked for an administrator, ask an administrator to consent.")},
	{ID: "invalid_grant", Error: "invalid_grant", Where: FromToken, Who: User, Status: 400,
		What: i18n.T("Microsoft requires a new sign-in of this mailbox."),
		Do:   i18n.T("Run \"openfire-o365 setup\" to sign in again.")},
	{ID: "interaction_required", Error: "interaction_required", Where: FromToken, Who: User, Status: 400,
		What: i18n.T("Microsoft requires a sign-in in the browser, because of multi-factor authentication or a policy."),
		Do:   i18n.T("Run \"openfire-o365 setup\" to sign in again.")},
	{ID: "refused", Where: FromToken, Who: AppOwner, Status: 400,
		What: i18n.T("Microsoft rejected the request of the application."),
		Do:   i18n.T("Check the app registration (account types, redirect URI, permissions) against Microsoft's message above.")},
}
