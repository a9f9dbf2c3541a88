package azure

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/lang"
)

// codesText is what is known of Entra's codes that have no entry of their own:
// one line each, fields apart by tabs. It is searched, never parsed as a whole.
//
//go:embed codes.txt
var codesText string

// listed answers for a code without an entry, by who must act. The code's
// meaning is told in English, as Microsoft's portals do.
func listed(code int) (Fault, bool) {
	_, rest, found := strings.Cut(codesText, "\n"+strconv.Itoa(code)+"\t")
	line, _, _ := strings.Cut(rest, "\n")
	field := strings.Split(line, "\t")
	if !found || len(field) != 5 {
		return Fault{}, false
	}
	f := Fault{ID: "aadsts" + strconv.Itoa(code), Where: FromToken, Code: code, Error: field[0], Who: Actor(field[1]), Status: 400,
		Sample: "AADSTS" + strconv.Itoa(code) + ": " + field[4], Source: "reference-error-codes", Passes: field[2] == "passes", Dead: field[2] == "dead"}
	name := "AADSTS" + strconv.Itoa(code)
	if field[3] != "-" {
		name += " (" + field[3] + ")"
	}
	f.What, f.Do = answerOf(f.Who)
	f.What = lang.Text{FR: "%s : %s. En anglais : %s", EN: "%s: %s. %s"}.With(f.What, name, field[4])
	switch {
	case f.Passes:
		f.Exit = lang.Temporary
	case f.Who == User, slices.Contains([]string{"invalid_grant", "interaction_required", "access_denied"}, f.Error):
		f.Exit = lang.SignIn
	default:
		f.Exit = lang.Application
	}
	if f.Who == AppOwner {
		f.Link = pageApps
	}
	return f, true
}

// answerOf is what a code without an entry asks of whoever must act.
func answerOf(who Actor) (what, do lang.Text) {
	switch who {
	case Nobody:
		return lang.Text{FR: "Microsoft demande d'attendre", EN: "Microsoft asks to wait"},
			lang.Text{FR: "Réessayez dans quelques minutes ; le prochain passage réessaie de lui-même.", EN: "Try again in a few minutes; the next run tries by itself."}
	case EntraAdmin:
		return lang.Text{FR: "Un réglage de l'annuaire interdit cette connexion", EN: "A setting of the directory forbids this sign-in"},
			lang.Text{FR: "Entra > Journaux de connexion (Sign-in logs) : ouvrez la connexion refusée ; elle porte ce code et nomme le réglage ou la stratégie. Puis relancez « openfire-o365 setup ».",
				EN: "Entra > Sign-in logs: open the refused sign-in; it bears this code and names the setting or policy. Then run \"openfire-o365 setup\" again."}
	case AppOwner:
		return lang.Text{FR: "L'inscription de l'application ne convient pas", EN: "The application's registration will not do"},
			lang.Text{FR: "Application OpenFire > Authentification (Authentication), API autorisées (API permissions), Certificats & secrets (Certificates & secrets) : comparez avec ce que setup affiche, puis relancez « openfire-o365 setup ».",
				EN: "OpenFire application > Authentication, API permissions, Certificates & secrets: compare with what setup shows, then run \"openfire-o365 setup\" again."}
	case Support:
		return lang.Text{FR: "La demande faite à Microsoft par la base ou par ce programme ne convient pas", EN: "The request that the base or this program made to Microsoft will not do"},
			lang.Text{FR: "Envoyez ce message au support OpenFire.", EN: "Send this message to OpenFire support."}
	}
	return lang.Text{FR: "Microsoft attend autre chose de la personne qui se connecte", EN: "Microsoft expects something else of whoever signs in"},
		lang.Text{FR: "Relancez « openfire-o365 setup », connectez-vous avec la boîte aux lettres elle-même dans une fenêtre privée, et suivez la page de Microsoft.",
			EN: "Run \"openfire-o365 setup\" again, sign in as the mailbox itself in a private window, and follow Microsoft's page."}
}

// fallbacks answer for numbers that the catalogue does not list, by OAuth error
// (RFC 6749 section 5.2); the last one answers for everything.
var fallbacks = []Fault{
	{ID: "temporarily_unavailable", Error: "temporarily_unavailable", Where: FromToken, Who: Nobody, Exit: lang.Temporary, Passes: true, Status: 503,
		What: lang.Text{FR: "Microsoft est momentanément indisponible ou demande d'attendre.", EN: "Microsoft is unavailable for the moment or asks to wait."},
		Do:   lang.Text{FR: "Rien à faire : le prochain passage réessaiera.", EN: "Nothing to do: the next run will try again."}},
	{ID: "server_error", Error: "server_error", Where: FromToken, Who: Nobody, Exit: lang.Temporary, Passes: true, Status: 503,
		What: lang.Text{FR: "Microsoft a eu une panne en répondant.", EN: "Microsoft had a failure while answering."},
		Do:   lang.Text{FR: "Rien à faire : le prochain passage réessaiera.", EN: "Nothing to do: the next run will try again."}},
	{ID: "invalid_client", Error: "invalid_client", Where: FromToken, Who: AppOwner, Exit: lang.Application, Status: 401,
		What: lang.Text{FR: "Microsoft refuse l'application ou son secret client.", EN: "Microsoft refuses the application or its client secret."},
		Do: lang.Text{FR: "Vérifiez l'ID d'application (client) et le secret, puis relancez setup. Les jetons sont gardés.",
			EN: "Check the Application (client) ID and the secret, then run setup again. The tokens are kept."}},
	{ID: "access_denied", Error: "access_denied", Where: InReturn, Who: User, Exit: lang.SignIn,
		What: lang.Text{FR: "La connexion a été refusée ou annulée sur la page de Microsoft.", EN: "The sign-in was refused or cancelled on Microsoft's page."},
		Do:   lang.Text{FR: "Recommencez ; si la page demandait un administrateur, c'est à lui de donner son accord.", EN: "Try again; if the page asked for an administrator, the administrator must consent."}},
	{ID: "invalid_grant", Error: "invalid_grant", Where: FromToken, Who: User, Exit: lang.SignIn, Status: 400,
		What: lang.Text{FR: "Microsoft demande une nouvelle connexion de cette boîte aux lettres.", EN: "Microsoft asks for a new sign-in of this mailbox."},
		Do:   lang.Text{FR: "Relancez « openfire-o365 setup » pour vous connecter à nouveau.", EN: "Run \"openfire-o365 setup\" to sign in again."}},
	{ID: "interaction_required", Error: "interaction_required", Where: FromToken, Who: User, Exit: lang.SignIn, Status: 400,
		What: lang.Text{FR: "Microsoft veut une connexion dans le navigateur (double authentification ou stratégie).", EN: "Microsoft wants a sign-in in the browser (multi-factor authentication or a policy)."},
		Do:   lang.Text{FR: "Relancez « openfire-o365 setup » pour vous connecter à nouveau.", EN: "Run \"openfire-o365 setup\" to sign in again."}},
	{ID: "refused", Where: FromToken, Who: AppOwner, Exit: lang.Application, Status: 400,
		What: lang.Text{FR: "Microsoft refuse la demande telle que l'application la fait.", EN: "Microsoft refuses the request as the application makes it."},
		Do: lang.Text{FR: "Vérifiez l'inscription de l'application (comptes, URI de redirection, autorisations) ; le message de Microsoft ci-dessus dit quoi.",
			EN: "Check the application's registration (accounts, redirect URI, permissions); Microsoft's message above says which."}},
}
