package guide

import (
	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// The pages that are done in the Azure portal.

func registration(v Values) Page {
	return Page{
		ID: Registration, Title: i18n.T("Register the application"),
		Article: i18n.T("Step 1"),
		About:   i18n.T("The application stands for your base at Microsoft. openfire-o365 can create it for you; this is how to do it by hand."),
		Parts:   once(create(v), secondRedirect(v), declare(v), grant(v), identifiers(v)),
	}
}

func create(v Values) Part {
	return Part{
		Title: i18n.T("Create the application"), Link: v.Cloud.CreateLink(), Drawing: drawCreate(v),
		Steps: []Step{
			{Do: i18n.T("Open the registration form with your administrator account. Without this link: %s > %s.", portal.AppRegistrations.Text(), portal.NewRegistration.Text())},
			{Do: i18n.T("%s:", portal.Name.Text()), Values: []string{azure.ApplicationName}},
			{Do: i18n.T("%s: choose %s.", portal.AccountTypes.Text(), portal.Multitenant.Text())},
			{Do: i18n.T("%s: choose the platform %s and paste your base's way back:", portal.RedirectURI.Text(), portal.Web.Text()), Values: []string{v.Redirect}},
			{Do: i18n.T("Choose %s.", portal.Register.Text())},
		},
		Notes: []i18n.Text{
			i18n.T("The article goes through the Azure portal, %s > %s > %s: it is the same form.", portal.EntraID.Text(), portal.Add.Text(), portal.AppRegistration.Text()),
			i18n.T("The address must be exact, letter for letter, and under Web: under another platform Microsoft would refuse the secret."),
			i18n.T("Multitenant, because a base goes through Microsoft's address that is common to all directories."),
		},
	}
}

func secondRedirect(v Values) Part {
	return Part{
		Title: i18n.T("Add a second way back (optional)"), Link: v.Cloud.AppLink("Authentication", v.ClientID), Drawing: drawAuthentication(v),
		Steps: []Step{
			{Do: i18n.T("In the application just made, choose %s.", portal.Authentication.Text())},
			{Do: i18n.T("Under %s, add this URI, then save:", portal.Web.Text()), Values: []string{azure.LoopbackRedirect}},
		},
		Notes: []i18n.Text{i18n.T("With it the browser comes back to openfire-o365 by itself after the sign-in; without it you will paste an address.")},
	}
}

func declare(v Values) Part {
	p := Part{
		Title: i18n.T("Declare the permissions"), Link: v.Cloud.AppLink("CallAnAPI", v.ClientID), Drawing: drawDeclare(v),
		Steps: []Step{
			{Do: i18n.T("Choose %s, then %s.", portal.Permissions.Text(), portal.AddPermission.Text())},
			{Do: i18n.T("%s: choose %s.", portal.MicrosoftAPIs.Text(), portal.Graph.Text())},
			{Do: i18n.T("Choose %s.", portal.Delegated.Text())},
			{Do: i18n.T("Search for and tick each of these permissions:"), Values: azure.Permissions(v.Incoming)},
			{Do: i18n.T("Choose %s.", portal.AddPermissions.Text())},
		},
	}
	if v.Incoming {
		p.Notes = append(p.Notes, i18n.T("IMAP.AccessAsUser.All is for incoming mail only."))
	}
	p.Notes = append(p.Notes, i18n.T("OpenFire's article lists others, which the base does not use:"))
	for _, u := range azure.UnneededPermissions() {
		p.Notes = append(p.Notes, i18n.T("%s: %s", u.Name, u.Why))
	}
	return p
}

func grant(v Values) Part {
	return Part{
		Title: i18n.T("Consent for everybody"), Link: v.Cloud.AppLink("CallAnAPI", v.ClientID), Drawing: drawGrant(),
		Steps: []Step{
			{Do: i18n.T("Above the list choose %s and confirm.", portal.GrantConsent.Text())},
			{Do: i18n.T("Every line then shows %s.", portal.GrantedFor.Text())},
		},
		Notes: []i18n.Text{i18n.T("Is the button grey? Your account may not consent for everybody: it takes the role %s. Without this consent Microsoft will ask the mailbox for its own when it signs in.", portal.CloudAppAdministrator.Text())},
	}
}

func identifiers(v Values) Part {
	return Part{
		Title: i18n.T("Copy the two identifiers"), Link: v.Cloud.AppLink("Overview", v.ClientID), Drawing: drawIdentifiers(),
		Steps: []Step{
			{Do: i18n.T("Choose %s.", portal.Overview.Text())},
			{Do: i18n.T("Copy %s and paste it into openfire-o365.", portal.ClientID.Text())},
			{Do: i18n.T("Copy %s and paste it in turn.", portal.TenantID.Text())},
		},
		Notes: []i18n.Text{i18n.T("The object ID between the two is not asked for.")},
	}
}

func secret(v Values) Page {
	link := v.Cloud.AppLink("Credentials", v.ClientID)
	return Page{
		ID: Secret, Title: i18n.T("Create the client secret"),
		Article: i18n.T("Step 2"),
		About:   i18n.T("The secret is the application's password. It is shown once only, and it expires: openfire-o365 will warn you in time."),
		Parts: once(Part{
			Title: i18n.T("Add a secret"), Link: link, Drawing: drawNewSecret(),
			Steps: []Step{
				{Do: i18n.T("In the application choose %s, then %s.", portal.Secrets.Text(), portal.NewSecret.Text())},
				{Do: i18n.T("%s:", portal.Description.Text()), Values: []string{azure.ApplicationName}},
				{Do: i18n.T("%s: take the longest time (730 days).", portal.Expires.Text())},
				{Do: i18n.T("Choose %s.", portal.Add.Text())},
			},
		}, Part{
			Title: i18n.T("Copy its value"), Link: link, Drawing: drawSecretValue(),
			Steps: []Step{
				{Do: i18n.T("Copy the column %s at once: it is shown only once.", portal.Value.Text())},
				{Do: i18n.T("Paste it into openfire-o365; it stays invisible there.")},
				{Do: i18n.T("Give it the date of the column %s as well.", portal.Expires.Text())},
			},
			Notes: []i18n.Text{
				i18n.T("The column %s is not the secret: Microsoft would refuse it.", portal.SecretID.Text()),
				i18n.T("Send it to nobody and note it nowhere else: if it is lost, another one is made."),
			},
		}),
	}
}

func users(v Values) Page {
	return Page{
		ID: Users, Title: i18n.T("Assign the mailbox"),
		Article: i18n.T("Optional"),
		About:   i18n.T("Needed only if Microsoft answers AADSTS50105, or if the application requires assignment. The article asks for it when the mailbox is not your administrator account."),
		Parts: []Part{{
			Title: i18n.T("Add the user"), Link: v.Cloud.AppLink("Overview", v.ClientID), Drawing: drawUsers(v),
			Steps: []Step{
				{Do: i18n.T("%s > %s: choose OpenFire.", portal.Overview.Text(), portal.Managed.Text())},
				{Do: i18n.T("Choose %s.", portal.UsersAndGroups.Text())},
				{Do: i18n.T("Choose %s.", portal.AddUser.Text())},
			},
			Notes: []i18n.Text{i18n.T("Another way: %s > OpenFire.", portal.Enterprise.Text())},
		}, {
			Title: i18n.T("Assign it"), Drawing: drawAssign(v),
			Steps: []Step{
				{Do: i18n.T("Choose %s.", portal.NoneSelected.Text())},
				{Do: i18n.T("Search for the mailbox and tick it, then choose %s:", portal.Select.Text()), Values: []string{v.Mailbox}},
				{Do: i18n.T("Choose %s.", portal.Assign.Text())},
			},
			Notes: []i18n.Text{i18n.T("Or open the application to everybody: %s > %s, No.", portal.Properties.Text(), portal.AssignmentRequired.Text())},
		}},
	}
}
