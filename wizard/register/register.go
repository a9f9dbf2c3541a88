// Package register makes a base's application at Microsoft through Graph, adds
// secrets to it, and removes what it has made. Everything is entered in a journal
// in the token file before it is made, so that a run after any interruption goes
// on and makes nothing twice.
package register

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/entra"
	"github.com/openfire-fr/openfire-o365/azure/graph"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/oauthflow"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
	"github.com/openfire-fr/openfire-o365/wizard/draft"
	"github.com/openfire-fr/openfire-o365/wizard/signin"
)

// Options are what the command line says about the application.
type Options struct {
	GraphClient string // public client that signs administrators in to Graph; "" for Microsoft's own
	Article     bool   // the application gets the article's permissions, not only those a base uses
	DryRun      bool   // show what would be made at Microsoft, and stop
}

// Registration is the conversation that makes a base's application. All exported
// fields are needed.
type Registration struct {
	Options
	Draft   *draft.Draft
	Browser *signin.Browser

	choice   string        // the answer to "register"; "" before it was asked
	agreed   bool          // to the plan that was shown with that question
	graph    *graph.Client // nil until an administrator has signed in
	rights   rights        // of graph
	tenantID string        // the administrator's
}

// Finished reports that no registration was interrupted.
func (r *Registration) Finished() bool { return !journal{r.Draft}.Pending(registration) }

func (r *Registration) tell() *ui.Printer { return r.Draft.Dialog.Tell }

// Register does the article's steps through Graph:
//
//  1. show what will be made, get a yes and an administrator's sign-in
//  2. find the application, or make it; change only what differs
//  3. its service principal, which the portal makes by itself and Graph does not
//  4. consent for everybody, on Microsoft Graph and on Exchange Online
//  5. where assignment is required, assign the mailbox
func (r *Registration) Register(ctx context.Context) error {
	needs, err := r.needs(ctx)
	if err != nil {
		return err
	}
	if !r.agreed {
		r.printPlan(needs)
		if err := r.agree(ctx, i18n.T("Create all of this?")); err != nil {
			return err
		}
	}
	rights := manageApplications
	if r.Article {
		rights = assignAccounts
	}
	err = r.signIn(ctx, rights)
	if err == nil {
		r.Draft.Dialog.Commit()
		err = journal{r.Draft}.Begin(ctx, entry{Kind: registration})
	}
	if err == nil {
		err = r.inDirectory().register(ctx, needs)
	}
	if err != nil {
		return r.failed(err)
	}
	return r.ByHand(ctx, func(*tokenfile.File) {})
}

// ByHand saves a change and ends an interrupted registration: what it lacked was
// made, here or by hand.
func (r *Registration) ByHand(ctx context.Context, change func(*tokenfile.File)) error {
	return r.Draft.Save(ctx, func(f *tokenfile.File) {
		change(f)
		remove(f, entry{Kind: registration, Pending: true})
	})
}

// agree asks for a yes to what was shown. A person may just press Enter; where
// nobody can be asked the yes must have been given ahead.
func (r *Registration) agree(ctx context.Context, title i18n.Text) error {
	q := prompt.Question{ID: "yes", Default: prompt.Yes, Title: title}
	if r.Draft.Dialog.Unattended() {
		q.Default = ""
	}
	return r.Draft.Dialog.Confirm(ctx, q,
		&problem.Problem{Exit: problem.Usage, ID: "yes", What: i18n.T("Nothing was changed.")})
}

// rights are what a sign-in to Graph asks for.
type rights int

const (
	manageApplications rights = iota
	assignAccounts            // beside managing applications
)

// signIn signs an administrator in to Graph, unless one is signed in with the
// rights. The token stays in memory.
func (r *Registration) signIn(ctx context.Context, want rights) error {
	if r.graph != nil && r.rights >= want {
		return nil
	}
	d, cloud := r.Draft.Dialog, r.Draft.Cloud
	d.Tell.Print(i18n.T("Microsoft's page shows the name \"Microsoft Graph Command Line Tools\": this sign-in " +
		"uses that public tool of Microsoft. Do not select \"Consent on behalf of your organization\": your own " +
		"consent is enough. You can remove it afterwards in Enterprise applications > Microsoft Graph Command " +
		"Line Tools > Permissions > User consent."))
	endpoint := cloud.Login + "/" + cmp.Or(r.knownTenant(), "organizations") + "/oauth2/v2.0/"
	scopes := azure.AdminScopes()
	if want == assignAccounts {
		scopes = append(scopes, azure.AssignmentScopes()...)
	}
	token, err := r.Browser.SignIn(ctx, signin.Request{
		Client: oauthflow.Config{ClientID: cmp.Or(r.GraphClient, azure.GraphCommandLine),
			HTTP: r.Draft.HTTP, Now: r.Draft.Now,
			Authorize: endpoint + "authorize", Token: endpoint + "token"},
		Scopes: scopes,
		Title:  i18n.T("Open this address and sign in as an administrator within 5 minutes:"),
	}, func(t oauthflow.Token) error { return r.checkTenant(ctx, t) })
	if err != nil {
		return err
	}
	r.graph = &graph.Client{Cloud: cloud, HTTP: r.Draft.HTTP, Token: token.Access,
		Now: r.Draft.Now, Pause: r.Draft.Sleep, Wait: d.Tell.SetReason}
	r.rights = want
	return nil
}

// knownTenant returns the directory, where it is known or was given.
func (r *Registration) knownTenant() string {
	given, _ := r.Draft.Dialog.Given("tenant")
	return cmp.Or(r.Draft.File.Azure.TenantID, sanitize.Pasted(given))
}

// checkTenant accepts an administrator of the base's directory, where that is
// known, and remembers the directory.
func (r *Registration) checkTenant(ctx context.Context, token oauthflow.Token) error {
	if token.ID == nil || token.ID.TenantID == "" {
		return &problem.Problem{Exit: problem.Temporary, ID: "id_token",
			What: i18n.T("Microsoft did not say which directory this account belongs to.")}
	}
	got, want := token.ID.TenantID, r.knownTenant()
	if strings.Contains(want, ".") {
		id, err := entra.Tenant(ctx, r.Draft.HTTP, r.Draft.Cloud, want)
		if err != nil {
			return err
		}
		want = id
	}
	if want != "" && !strings.EqualFold(got, want) {
		return &problem.Problem{Exit: problem.Safety, ID: "tenant",
			What: i18n.T("%s belongs to the directory %s, but the application of this base is in the directory "+
				"%s. Nothing was changed.", token.ID.Username, got, want),
			Do: i18n.T("Sign in as an administrator of the right directory, for example in a private browser " +
				"window.")}
	}
	r.tenantID = got
	return nil
}

// failed prints what went wrong and returns dialog.ErrRestart: the person chooses
// the way again. Where nobody can be asked, and for what only time or care
// mends, it returns err.
func (r *Registration) failed(err error) error {
	r.choice = ""
	var p *problem.Problem
	if !errors.As(err, &p) || r.Draft.Dialog.Unattended() ||
		p.Exit != problem.SignIn && p.Exit != problem.Application {
		return r.Draft.Restart(err)
	}
	if graph.IsForbidden(err) {
		r.graph = nil // another account may have the rights
	}
	r.tell().Problem(p)
	return dialog.ErrRestart
}
