package azure

import "strings"

// LoopbackRedirect is the second redirect URI of the registration. Entra
// ignores the port of a localhost address, not its path
// (learn.microsoft.com/entra/identity-platform/reply-url, "Localhost exceptions").
const LoopbackRedirect = "http://localhost/openfire-o365"

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
// Credentials or CallAnAPI; the list of applications while its client id is not
// known.
func (c Cloud) AppLink(page, clientID string) string {
	if clientID == "" {
		return c.Portal + pageApps
	}
	return c.Portal + "/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/" + page + "/appId/" + clientID
}

// Link is where a fault is mended; empty when there is nothing to click or the
// client id it needs is not known.
func (c Cloud) Link(f Fault, clientID string) string {
	if strings.Contains(f.Link, "{appid}") && clientID == "" {
		return c.Portal + pageApps
	}
	link := strings.ReplaceAll(f.Link, "{appid}", clientID)
	if strings.HasPrefix(link, "/") {
		link = c.Portal + link
	}
	return link
}

// MailLink is the Microsoft 365 admin center's list of mailboxes.
const MailLink = "https://admin.microsoft.com/#/users"
