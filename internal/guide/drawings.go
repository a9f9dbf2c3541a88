package guide

import (
	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// The drawings of the pages.

const (
	someID = "1f2e3d4c-…"
)

func item(t i18n.Text, mark int) Item { return Item{Text: t, Mark: mark} }
func on(t i18n.Text, mark int) Item   { return Item{Text: t, On: true, Mark: mark} }
func one(s Shape, i Item) Row         { return Row{s, []Item{i}} }
func heading(l Label) Row             { return one(Heading, Item{Text: l.Short()}) }
func greys() Row                      { return one(Line, Item{}) }
func field(l Label, value i18n.Text, mark int) Row {
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
		Shows: i18n.T("The form that registers an application."), Bar: portal.Entra.Short(),
		Rows: []Row{
			heading(portal.RegisterApplication),
			field(portal.Name, i18n.Literal(azure.ApplicationName), 2),
			one(Line, item(portal.AccountTypes.Short(), 0)),
			one(Choice, item(portal.SingleTenant.Short(), 0)),
			one(Choice, on(portal.Multitenant.Short(), 3)),
			one(Line, item(portal.RedirectURI.Short(), 0)),
			field(portal.Web, i18n.Literal(v.Redirect), 4),
			one(Button, item(portal.Register.Short(), 5)),
		},
	}
}

func drawAuthentication(v Values) *Drawing {
	return &Drawing{
		Shows: i18n.T("The application's Authentication page, with both ways back."), Bar: portal.Entra.Short(),
		Menu: appMenu(portal.Authentication, 1),
		Rows: []Row{
			heading(portal.Authentication),
			one(Line, Item{Text: portal.Web.Short(), On: true}),
			field(portal.RedirectURI, i18n.Literal(v.Redirect), 0),
			field(portal.RedirectURI, i18n.Literal(azure.LoopbackRedirect), 2),
		},
	}
}

func drawDeclare(v Values) *Drawing {
	d := &Drawing{
		Shows: i18n.T("The choice of Microsoft Graph's delegated permissions."), Bar: portal.Entra.Short(),
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
		d.Rows = append(d.Rows, one(Check, on(i18n.Literal(name), 4)))
	}
	d.Rows = append(d.Rows, one(Button, item(portal.AddPermissions.Short(), 5)))
	return d
}

func drawGrant() *Drawing {
	return &Drawing{
		Shows: i18n.T("The list of the application's permissions and the button of consent."), Bar: portal.Entra.Short(),
		Menu: appMenu(portal.Permissions, 0),
		Rows: []Row{
			heading(portal.ConfiguredPermission),
			one(Tool, item(portal.GrantConsent.Short(), 1)),
			one(Check, on(i18n.Literal("SMTP.Send"), 0)),
			one(Line, on(portal.GrantedFor.Short(), 2)),
		},
	}
}

func drawIdentifiers() *Drawing {
	return &Drawing{
		Shows: i18n.T("The application's Overview page and its identifiers."), Bar: portal.Entra.Short(),
		Menu: appMenu(portal.Overview, 1),
		Rows: []Row{
			heading(portal.Overview),
			field(portal.ClientID, i18n.Literal(someID), 2),
			greys(),
			field(portal.TenantID, i18n.Literal("9a8b7c6d-…"), 3),
		},
	}
}

func drawNewSecret() *Drawing {
	return &Drawing{
		Shows: i18n.T("Adding a client secret."), Bar: portal.Entra.Short(),
		Menu: appMenu(portal.Secrets, 1),
		Rows: []Row{
			{Tabs, []Item{on(portal.ClientSecrets.Short(), 0), {}}},
			one(Tool, item(portal.NewSecret.Short(), 1)),
			heading(portal.AddSecret),
			field(portal.Description, i18n.Literal(azure.ApplicationName), 2),
			field(portal.Expires, portal.Longest.Short(), 3),
			one(Button, item(portal.Add.Short(), 4)),
		},
	}
}

func drawSecretValue() *Drawing {
	return &Drawing{
		Shows: i18n.T("The list of secrets: the Value column is to be copied."), Bar: portal.Entra.Short(),
		Rows: []Row{
			{Tabs, []Item{on(portal.ClientSecrets.Short(), 0), {}}},
			{Table, []Item{item(portal.Description.Short(), 0), {Text: i18n.Literal(azure.ApplicationName)}, item(portal.Expires.Short(), 3), {Text: i18n.T("11/22/2028")},
				item(portal.Value.Short(), 1), {Text: i18n.Literal("abc8Q~…")}, item(portal.SecretID.Short(), 0), {Text: i18n.Literal(someID)}}},
		},
	}
}

func drawUsers(v Values) *Drawing {
	return &Drawing{
		Shows: i18n.T("The users of the enterprise application."), Bar: portal.Entra.Short(),
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
		Shows: i18n.T("The assignment of the mailbox."), Bar: portal.Entra.Short(),
		Rows: []Row{
			heading(portal.AddAssignment),
			field(portal.UsersAndGroups, portal.NoneSelected.Short(), 1),
			{Check, []Item{on(i18n.Literal(v.Mailbox), 2), {}}},
			one(Button, item(portal.Select.Short(), 0)),
			one(Button, item(portal.Assign.Short(), 3)),
		},
	}
}
