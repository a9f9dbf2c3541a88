package guide

import "github.com/openfire-fr/openfire-o365/internal/i18n"

// adminMenu is the menu of the Microsoft 365 admin center.
func adminMenu(mark int) []Item {
	return []Item{{}, item(portal.Users.Short(), 0), on(portal.ActiveUsers.Short(), mark), {}, {}}
}

func drawLicence(v Values) *Drawing {
	return &Drawing{
		Shows: i18n.T("A user's sheet and its licences."), Bar: portal.AdminCenter.Short(), Menu: adminMenu(1),
		Rows: []Row{
			one(Heading, item(i18n.Literal(v.Mailbox), 0)),
			{Tabs, []Item{on(portal.Licenses.Short(), 2)}},
			{Check, []Item{on(i18n.T("… Exchange Online"), 0), {}}},
		},
	}
}

func drawSMTP(v Values) *Drawing {
	return &Drawing{
		Shows: i18n.T("A mailbox's email apps."), Bar: portal.AdminCenter.Short(), Menu: adminMenu(1),
		Rows: []Row{
			one(Heading, item(i18n.Literal(v.Mailbox), 0)),
			{Tabs, []Item{{}, on(portal.Mail.Short(), 0), {}}},
			one(Line, item(portal.EmailApps.Short(), 0)),
			one(Line, on(portal.ManageEmailApps.Short(), 2)),
			{Check, []Item{{}, {On: true}, on(portal.AuthenticatedSMTP.Short(), 3)}},
			one(Button, item(portal.SaveChanges.Short(), 4)),
		},
	}
}

func drawSendAs(v Values) *Drawing {
	return &Drawing{
		Shows: i18n.T("The Send as permissions of another sender's mailbox."), Bar: portal.AdminCenter.Short(), Menu: adminMenu(1),
		Rows: []Row{
			one(Heading, item(i18n.T("another sender"), 0)),
			{Tabs, []Item{{}, on(portal.Mail.Short(), 0), {}}},
			one(Line, on(portal.SendAs.Short(), 2)),
			one(Tool, item(portal.AddSendAs.Short(), 3)),
			{Check, []Item{on(i18n.Literal(v.Mailbox), 0), {}}},
			one(Button, item(portal.Add.Short(), 0)),
		},
	}
}

func drawConsent(v Values) *Drawing {
	return &Drawing{
		Shows: i18n.T("The page on which Microsoft asks for the mailbox's consent."),
		Bar:   i18n.T("Microsoft's sign-in page"),
		Rows: []Row{
			one(Line, on(i18n.Literal(v.Mailbox), 2)),
			heading(portal.PermissionsRequested),
			greys(), greys(), greys(),
			one(Button, item(portal.Accept.Short(), 3)),
		},
	}
}

func drawSettings() *Drawing {
	return &Drawing{
		Shows: i18n.T("OpenFire's general settings, part Microsoft Outlook."), Bar: i18n.Literal("OpenFire"),
		Menu: []Item{on(base.Configuration.Short(), 0), item(base.GeneralSettings.Short(), 0), item(base.DeveloperMode.Short(), 1), {}},
		Rows: []Row{
			one(Button, item(base.Save.Short(), 3)),
			heading(base.Outlook),
			field(base.ClientID, i18n.Literal(someID), 2),
			field(base.ClientSecret, i18n.Literal("••••••••"), 2),
		},
	}
}

func drawServer(v Values) *Drawing {
	return &Drawing{
		Shows: i18n.T("The outgoing server in OpenFire."), Bar: i18n.Literal("OpenFire"),
		Menu: []Item{on(base.Technical.Short(), 0), item(base.OutgoingServers.Short(), 0), item(base.New.Short(), 1), {}},
		Rows: []Row{
			field(base.Authenticate, base.OAuth.Short(), 2),
			field(base.SMTPServer, i18n.Literal("smtp.office365.com"), 3),
			field(base.Encryption, base.StartTLS.Short(), 0),
			field(base.Username, i18n.Literal(v.Mailbox), 4),
			field(base.Password, i18n.Text{}, 0),
			one(Button, item(base.Connect.Short(), 5)),
			one(Line, on(base.TokenValid.Short(), 6)),
		},
	}
}
