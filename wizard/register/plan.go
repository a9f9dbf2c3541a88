package register

import (
	"context"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
)

// ChooseAutomatic shows the plan and asks whether to create the application through
// Graph.
func (r *Registration) ChooseAutomatic(ctx context.Context) (bool, error) {
	needs, err := r.needs(ctx)
	if err != nil {
		return false, err
	}
	return r.choose(ctx, i18n.T("Create all of this for me?"), func() {
		if !r.refused { // the plan would hide the error
			r.printPlan(needs)
		}
		r.agreed, r.refused = true, false
	})
}

// ChooseNewSecret asks whether to create a secret through Graph, which is possible
// only for an application that setup registered.
func (r *Registration) ChooseNewSecret(ctx context.Context) (bool, error) {
	if r.Draft.File.Azure.ApplicationObjectID == "" {
		return false, nil
	}
	return r.choose(ctx, i18n.T("Create the client secret for me?"), func() {})
}

// choose calls show, then asks once whether to use Graph. Without --register the
// answer is no if values of an application were given in advance or nobody can be
// asked.
func (r *Registration) choose(ctx context.Context, title i18n.Text, show func()) (bool, error) {
	d := r.Draft.Dialog
	if r.choice != "" && !d.Reopened("register") {
		return r.choice == prompt.Yes, nil
	}
	if _, told := d.Given("register"); !told {
		_, byID := d.Given("client-id")
		_, bySecret := d.Given("client-secret")
		if byID || bySecret || d.Unattended() || r.Draft.Remembered("register") == prompt.No {
			return false, nil
		}
		show()
	}
	choice, err := d.Ask(ctx, prompt.Question{ID: "register", Default: prompt.Yes, Title: title,
		Help: i18n.T("Yes: you sign in once as an administrator, and everything is done in under a minute. No: " +
			"setup shows each value and you enter it in the portal yourself.")})
	r.choice = choice
	if choice == prompt.No && r.Draft.Exists {
		r.Draft.Remember("register", choice)
	}
	return choice == prompt.Yes, err
}

// needs returns the permissions that the application needs.
func (r *Registration) needs(ctx context.Context) (azure.PermissionNeeds, error) {
	incoming, err := r.Draft.AskIncoming(ctx)
	if r.Article {
		return azure.ArticlePermissions(r.Draft.File.Major()), err
	}
	return azure.Use{Odoo: r.Draft.File.Major(), Incoming: incoming}.MinimalPermissions(), err
}

// redirects returns the redirect URIs that the application needs.
func (r *Registration) redirects() []string {
	return []string{r.Draft.Base.RedirectURI(), azure.LoopbackRedirect}
}

// printPlan prints what will be created at Microsoft.
func (r *Registration) printPlan(n azure.PermissionNeeds) {
	t := r.tell()
	t.Print(i18n.T("The following will be created in your Microsoft directory, and nothing else:"))
	t.Fact(i18n.T("a multitenant application and its enterprise application"), azure.ApplicationName)
	t.Fact(i18n.T("its redirect URIs (Web platform)"), r.redirects()...)
	t.Fact(i18n.T("delegated permissions of Microsoft Graph, granted for all users"), strings.Join(n.Graph, " "))
	t.Fact(i18n.T("delegated permissions of Office 365 Exchange Online, granted for all users"),
		strings.Join(n.Exchange, " "))
	if len(n.Roles) > 0 {
		t.Fact(i18n.T("application permissions of Office 365 Exchange Online"), strings.Join(n.Roles, " "))
	}
	t.Fact(i18n.T("a client secret with the longest lifetime allowed"), i18n.T("730 days").In(t.Lang))
	t.Print(i18n.T("If the application requires assignment, the mailbox will be assigned to it."))
	if !r.Article && !r.DryRun {
		t.Print(i18n.T("OpenFire's article lists other permissions that your base does not use (see \"setup " +
			"--dry-run\")."))
	}
}

// Preview prints what Register would create, and why it omits some permissions of
// the article.
func (r *Registration) Preview(ctx context.Context) error {
	needs, err := r.needs(ctx)
	if err != nil {
		return err
	}
	r.printPlan(needs)
	if r.Article {
		return nil
	}
	r.tell().Print(i18n.T("OpenFire's article also lists these permissions. The base does not need them " +
		"(--permissions article grants them anyway):"))
	for _, u := range azure.UnneededPermissions() {
		if !slices.Contains(needs.Graph, u.Name) {
			r.tell().Note(i18n.T("%s: %s", u.Name, u.Why))
		}
	}
	return nil
}

// text returns what the entry is, in words.
func (e entry) text() i18n.Text {
	switch e.Kind {
	case application:
		return i18n.T("the application %s, with its secrets", azure.ApplicationName)
	case servicePrincipal:
		return i18n.T("the enterprise application")
	case grant:
		return i18n.T("a consent for all users")
	case scope:
		return i18n.T("the permission %s in a consent", e.ID)
	case assignment:
		return i18n.T("an assignment to the application")
	case clientSecret:
		return i18n.T("a client secret")
	case audience:
		return i18n.T("the supported account types")
	case redirectURI:
		return i18n.T("the redirect URI %s", e.ID)
	}
	return i18n.T("a permission of the application")
}
