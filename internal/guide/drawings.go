package guide

import (
	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/lang"
)

// The drawings of the pages.

const (
	someID = "1f2e3d4c-…"
)

func item(t lang.Text, mark int) Item { return Item{Text: t, Mark: mark} }
func on(t lang.Text, mark int) Item   { return Item{Text: t, On: true, Mark: mark} }
func one(s Shape, i Item) Row         { return Row{s, []Item{i}} }
func heading(l Label) Row             { return one(Heading, Item{Text: l.Short()}) }
func greys() Row                      { return one(Line, Item{}) }
func field(l Label, value lang.Text, mark int) Row {
	return Row{Field, []Item{item(l.Short(), mark), {Text: value}}}
}

// appMenu is the menu of an application, with one entry open.
func appMenu(open Label, mark int) []Item {
	menu := []Item{}
	for _, l := range []Label{portal.Overview, {}, portal.Authentication, portal.Secrets, portal.Permissions, {}} {
		i := Item{Text: l.Short()}
		if l == open {
			i.On, i.Mark = true, mark
		}
		menu = append(menu, i)
	}
	return menu
}

func drawCreate(v Values) *Drawing {
	return &Drawing{
		Shows: lang.Text{FR: "Le formulaire d'inscription d'une application.", EN: "The form that registers an application."}, Bar: portal.Entra.Short(),
		Rows: []Row{
			heading(portal.RegisterApplication),
			field(portal.Name, lang.Same(azure.ApplicationName), 2),
			one(Line, item(portal.AccountTypes.Short(), 0)),
			one(Choice, item(portal.SingleTenant.Short(), 0)),
			one(Choice, on(portal.Multitenant.Short(), 3)),
			one(Line, item(portal.RedirectURI.Short(), 0)),
			field(portal.Web, lang.Same(v.Redirect), 4),
			one(Button, item(portal.Register.Short(), 5)),
		},
	}
}

func drawAuthentication(v Values) *Drawing {
	return &Drawing{
		Shows: lang.Text{FR: "La page Authentification de l'application, avec les deux adresses de retour.", EN: "The application's Authentication page, with both ways back."}, Bar: portal.Entra.Short(),
		Menu: appMenu(portal.Authentication, 1),
		Rows: []Row{
			heading(portal.Authentication),
			one(Line, Item{Text: portal.Web.Short(), On: true}),
			field(portal.RedirectURI, lang.Same(v.Redirect), 0),
			field(portal.RedirectURI, lang.Same(azure.LoopbackRedirect), 2),
		},
	}
}

func drawDeclare(v Values) *Drawing {
	d := &Drawing{
		Shows: lang.Text{FR: "Le choix des autorisations déléguées de Microsoft Graph.", EN: "The choice of Microsoft Graph's delegated permissions."}, Bar: portal.Entra.Short(),
		Menu: appMenu(portal.Permissions, 0),
		Rows: []Row{
			heading(portal.Permissions),
			one(Tool, item(portal.AddPermission.Short(), 1)),
			{Tabs, []Item{on(portal.MicrosoftAPIs.Short(), 0), {}}},
			one(Line, on(portal.Graph.Short(), 2)),
			one(Choice, on(portal.Delegated.Short(), 3)),
		},
	}
	for _, name := range azure.Permissions(v.Incoming) {
		d.Rows = append(d.Rows, one(Check, on(lang.Same(name), 4)))
	}
	d.Rows = append(d.Rows, one(Button, item(portal.AddPermissions.Short(), 5)))
	return d
}

func drawGrant() *Drawing {
	return &Drawing{
		Shows: lang.Text{FR: "La liste des autorisations de l'application et le bouton de consentement.", EN: "The list of the application's permissions and the button of consent."}, Bar: portal.Entra.Short(),
		Menu: appMenu(portal.Permissions, 0),
		Rows: []Row{
			heading(portal.ConfiguredPermission),
			one(Tool, item(portal.GrantConsent.Short(), 1)),
			one(Check, on(lang.Same("SMTP.Send"), 0)),
			one(Line, on(portal.GrantedFor.Short(), 2)),
		},
	}
}

func drawIdentifiers() *Drawing {
	return &Drawing{
		Shows: lang.Text{FR: "La page Vue d'ensemble de l'application et ses identifiants.", EN: "The application's Overview page and its identifiers."}, Bar: portal.Entra.Short(),
		Menu: appMenu(portal.Overview, 1),
		Rows: []Row{
			heading(portal.Overview),
			field(portal.ClientID, lang.Same(someID), 2),
			greys(),
			field(portal.TenantID, lang.Same("9a8b7c6d-…"), 3),
		},
	}
}

func drawNewSecret() *Drawing {
	return &Drawing{
		Shows: lang.Text{FR: "L'ajout d'un secret client.", EN: "Adding a client secret."}, Bar: portal.Entra.Short(),
		Menu: appMenu(portal.Secrets, 1),
		Rows: []Row{
			{Tabs, []Item{on(portal.ClientSecrets.Short(), 0), {}}},
			one(Tool, item(portal.NewSecret.Short(), 1)),
			heading(portal.AddSecret),
			field(portal.Description, lang.Same(azure.ApplicationName), 2),
			field(portal.Expires, portal.Longest.Short(), 3),
			one(Button, item(portal.Add.Short(), 4)),
		},
	}
}

func drawSecretValue() *Drawing {
	return &Drawing{
		Shows: lang.Text{FR: "La liste des secrets : la colonne Valeur est à copier.", EN: "The list of secrets: the Value column is to be copied."}, Bar: portal.Entra.Short(),
		Rows: []Row{
			{Tabs, []Item{on(portal.ClientSecrets.Short(), 0), {}}},
			{Table, []Item{item(portal.Description.Short(), 0), {Text: lang.Same(azure.ApplicationName)}, item(portal.Expires.Short(), 3), {Text: lang.Text{FR: "22/11/2028", EN: "11/22/2028"}},
				item(portal.Value.Short(), 1), {Text: lang.Same("abc8Q~…")}, item(portal.SecretID.Short(), 0), {Text: lang.Same(someID)}}},
		},
	}
}

func drawUsers(v Values) *Drawing {
	return &Drawing{
		Shows: lang.Text{FR: "Les utilisateurs de l'application d'entreprise.", EN: "The users of the enterprise application."}, Bar: portal.Entra.Short(),
		Menu: []Item{item(portal.Overview.Short(), 0), item(portal.Properties.Short(), 0), {}, on(portal.UsersAndGroups.Short(), 2), {}},
		Rows: []Row{
			heading(portal.UsersAndGroups),
			one(Tool, item(portal.AddUser.Short(), 3)),
			greys(), greys(),
		},
	}
}

func drawAssign(v Values) *Drawing {
	return &Drawing{
		Shows: lang.Text{FR: "L'affectation de la boîte aux lettres.", EN: "The assignment of the mailbox."}, Bar: portal.Entra.Short(),
		Rows: []Row{
			heading(portal.AddAssignment),
			field(portal.UsersAndGroups, portal.NoneSelected.Short(), 1),
			{Check, []Item{on(lang.Same(v.Mailbox), 2), {}}},
			one(Button, item(portal.Select.Short(), 0)),
			one(Button, item(portal.Assign.Short(), 3)),
		},
	}
}
