package azure

import (
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/lang"
)

// LoopbackRedirect is the second redirect URI of the registration. Entra
// ignores the port of a localhost address, not its path
// (learn.microsoft.com/entra/identity-platform/reply-url, "Localhost exceptions").
const LoopbackRedirect = "http://localhost/openfire-o365"

// Field is one value of the registration page, with the label the portal gives it.
type Field struct {
	Label lang.Text
	Value lang.Text
}

// Registration is what an administrator fills in on "Register an application",
// in the page's order.
func Registration(redirectURI string) []Field {
	return []Field{
		{lang.Text{FR: "Nom (Name)", EN: "Name (Nom)"}, lang.Same("OpenFire")},
		{lang.Text{FR: "Types de comptes pris en charge (Supported account types)", EN: "Supported account types (Types de comptes pris en charge)"},
			lang.Text{FR: "Comptes dans un annuaire d'organisation (Tout annuaire Microsoft Entra ID - Multilocataire)",
				EN: "Accounts in any organizational directory (Any Microsoft Entra ID tenant - Multitenant)"}},
		{lang.Text{FR: "URI de redirection (Redirect URI), plateforme Web", EN: "Redirect URI (URI de redirection), platform Web"}, lang.Same(redirectURI)},
	}
}

// Permissions are the delegated permissions to declare under Microsoft Graph,
// as the portal names them. OpenFire's article lists more; a base uses these.
func Permissions(incoming bool) []string {
	names := []string{"offline_access", "SMTP.Send"}
	if incoming {
		names = append(names, "IMAP.AccessAsUser.All")
	}
	return names
}

// CreateLink opens the portal where an application is registered.
func (c Cloud) CreateLink() string {
	return c.Portal + "/#view/Microsoft_AAD_RegisteredApps/CreateApplicationBlade/quickStartType~/null/isMSAApp~/false"
}

// AppLink opens one page of the application's: Overview, Authentication,
// Credentials or CallAnAPI.
func (c Cloud) AppLink(page, clientID string) string {
	return c.Portal + "/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/" + page + "/appId/" + clientID
}

// Link is where a fault is mended; empty when there is nothing to click or the
// client id it needs is not known.
func (c Cloud) Link(f Fault, clientID string) string {
	if strings.Contains(f.Link, "{appid}") && clientID == "" {
		return c.Portal + "/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade"
	}
	link := strings.ReplaceAll(f.Link, "{appid}", clientID)
	if strings.HasPrefix(link, "/") {
		link = c.Portal + link
	}
	return link
}

// MailLink is the Microsoft 365 admin center's list of mailboxes.
const MailLink = "https://admin.microsoft.com/#/users"
