// Package register creates the application of a base at Microsoft through Graph,
// adds client secrets to it, and removes what it created. Each object is written to
// a journal in the token file before it is created, so that a later run can resume
// after an interruption without creating anything twice.
package register

import (
	"cmp"
	"context"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/entra"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/azure/graph"
	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/oauthflow"
	"github.com/openfire-fr/openfire-o365/wizard/draft"
	"github.com/openfire-fr/openfire-o365/wizard/signin"
)

// Options are the command-line options for the application.
type Options struct {
	GraphClient string // public client for signing administrators in to Graph; "" means Microsoft's own
	Article     bool   // grant all permissions of the article, not only those that a base uses
	DryRun      bool   // only show what would be created
}

// Registration creates the application of a base. All exported fields are
// required.
type Registration struct {
	Options
	Draft   *draft.Draft
	Browser *signin.Browser

	choice   string        // the answer to "register"; "" if not asked yet
	agreed   bool          // the user agreed to the plan shown with that question
	refused  bool          // an error was just shown, which the plan would hide
	graph    *graph.Client // nil until an administrator has signed in
	rights   rights        // of graph
	tenantID string        // the administrator's
}

// Finished reports whether no registration was interrupted.
func (r *Registration) Finished() bool { return !journal{r.Draft}.Pending(registration) }

func (r *Registration) tell() *ui.Printer { return r.Draft.Dialog.Tell }

// Register does the steps of the article through Graph:
//
//  1. show what will be created, ask for a yes, sign an administrator in
//  2. find or create the application, and change only what differs
//  3. find or create its service principal: the portal does that by itself, Graph
//     does not
//  4. grant consent for all users, on Microsoft Graph and Exchange Online
//  5. assign the mailbox, if the application requires assignment
func (r *Registration) Register(ctx context.Context) error {
	needs, err := r.needs(ctx)
	if err != nil {
		return err
	}
	if !r.agreed {
		r.printPlan(needs)
		if err := r.agree(ctx, i18n.T("Create all of this?"), prompt.Yes); err != nil {
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

// ByHand saves a change and marks an interrupted registration as finished: the rest
// was created by Register or by hand.
func (r *Registration) ByHand(ctx context.Context, change func(*tokenfile.File)) error {
	return r.Draft.Save(ctx, func(f *tokenfile.File) {
		change(f)
		remove(f, entry{Kind: registration, Pending: true})
	})
}

// agree asks for a yes to what was shown. If nobody can be asked it must be given in
// advance.
func (r *Registration) agree(ctx context.Context, title i18n.Text, suggested string) error {
	q := prompt.Question{ID: "yes", Default: suggested, Title: title}
	if r.Draft.Dialog.Unattended() {
		q.Default = ""
	}
	return r.Draft.Dialog.Confirm(ctx, q,
		&problem.Problem{Exit: problem.Usage, ID: "yes", What: i18n.T("Nothing was changed.")})
}

// rights are the Graph permissions that a sign-in requests.
type rights int

const (
	manageApplications rights = iota
	assignAccounts            // in addition to managing applications
)

// signIn signs an administrator in to Graph, unless one with these rights is already
// signed in. The token is kept in memory only.
func (r *Registration) signIn(ctx context.Context, want rights) error {
	if r.graph != nil && r.rights >= want {
		return nil
	}
	d, cloud := r.Draft.Dialog, r.Draft.Cloud
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
		Account: i18n.T("Choose your administrator account and have its second factor ready. Microsoft shows the name " +
			"\"Microsoft Graph Command Line Tools\", its own public tool. Accept for yourself only: do not select " +
			"\"Consent on behalf of your organization\"."),
		Page: guide.Administrator, Likely: []int{faults.AdminConsentRequired, faults.NotAssigned,
			faults.BlockedByPolicy, faults.AccountOfOtherTenant, faults.UnknownAccount, faults.UnknownTenant},
	}, func(t oauthflow.Token) error { return r.checkTenant(ctx, t) })
	if err != nil {
		return err
	}
	r.graph = &graph.Client{Cloud: cloud, HTTP: r.Draft.HTTP, Token: token.Access,
		Now: r.Draft.Now, Pause: r.Draft.Sleep, Wait: d.Tell.SetReason}
	r.rights = want
	return nil
}

// knownTenant returns the directory if it is known or was given in advance, else "".
func (r *Registration) knownTenant() string {
	given, _ := r.Draft.Dialog.Given("tenant")
	return cmp.Or(r.Draft.File.Azure.TenantID, sanitize.Pasted(given))
}

// checkTenant rejects an administrator of another directory than that of the base,
// if it is known, and stores the directory.
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
			Do: i18n.T("Sign in as an administrator of the right directory, for example in a private browser window.")}
	}
	r.tenantID = got
	return nil
}

// failed makes the user choose again between Graph and by hand, and returns err.
func (r *Registration) failed(err error) error {
	r.choice, r.refused = "", true
	if graph.IsForbidden(err) {
		r.graph = nil // another account may have the rights
	}
	return err
}
