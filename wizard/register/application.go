package register

import (
	"context"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/graph"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// directory makes the parts of an application in the directory of the
// administrator who is signed in. Each part is looked for before it is made.
type directory struct {
	*Registration
	journal Journal
}

func (r *Registration) inDirectory() *directory { return &directory{r, Journal{r.Draft}} }

// register makes what is missing (see Registration.Register).
func (d *directory) register(ctx context.Context, needs azure.PermissionNeeds) error {
	defer d.tell().Wait(i18n.T("Microsoft makes what is missing"))()
	name, err := d.graph.Organization(ctx)
	if err != nil && !graph.IsForbidden(err) {
		return err
	}
	d.tell().Done(i18n.T("Directory: %s (%s).", name, d.tenantID))
	offered, exchange, err := d.resources(ctx)
	if err != nil {
		return err
	}
	access, unknown := graph.RequiredAccess(needs, offered, exchange)
	if len(unknown) > 0 {
		return &problem.Problem{Exit: problem.Application, ID: "permissions", What: i18n.T("Microsoft does not offer these permissions in this directory: %s.", strings.Join(unknown, ", "))}
	}
	if err := d.ensureApplication(ctx, access); err != nil {
		return err
	}
	principal, err := d.ensurePrincipal(ctx)
	if err != nil {
		return err
	}
	if err := d.consentForAll(ctx, principal, map[string][]string{offered.ID: needs.Graph, exchange.ID: needs.Exchange}); err != nil {
		return err
	}
	if err := d.grantRoles(ctx, principal, exchange, access); err != nil || !principal.AssignmentRequired {
		return err
	}
	return d.assignMailbox(ctx, principal)
}

// resources are the service principals of what a mailbox needs rights on.
func (d *directory) resources(ctx context.Context) (offered, exchange graph.ServicePrincipal, err error) {
	if offered, err = d.graph.ServicePrincipal(ctx, azure.GraphAppID); err != nil {
		return offered, exchange, err
	}
	exchange, err = d.graph.ServicePrincipal(ctx, azure.ExchangeAppID)
	if graph.IsNotFound(err) {
		err = &problem.Problem{Exit: problem.Application, ID: "exchange", What: i18n.T("This directory has no Exchange Online."),
			Do: i18n.T("Sign in as an administrator of the directory where the mailbox lives.")}
	}
	return offered, exchange, err
}

// ensureApplication finds the base's application or makes it, and changes only
// what differs.
func (d *directory) ensureApplication(ctx context.Context, access []graph.RequiredResourceAccess) error {
	app, found, err := d.findApplication(ctx)
	if err != nil {
		return err
	}
	made := Entry{Kind: application}
	keep := func(f *tokenfile.File) {
		if old := f.Azure.ApplicationObjectID; old != "" && old != app.ID {
			before := entries(*f)
			unregister(f) // of an application that is gone
			for _, e := range before {
				if e.Pending || e == made.made(app.ID) {
					add(f, e)
				}
			}
		}
		f.Client.ID, f.Azure.TenantID, f.Azure.ApplicationObjectID = app.AppID, d.tenantID, app.ID
		f.Azure.RedirectURI, f.Azure.Loopback = d.Draft.Base.RedirectURI(), true
	}
	if found {
		if err := d.journal.Adopt(ctx, made, app.ID, keep); err != nil {
			return err
		}
		d.tell().Done(i18n.T("Application found: %s (%s).", app.DisplayName, app.AppID))
		return d.amend(ctx, app, access)
	}
	if err := d.journal.Begin(ctx, made); err != nil {
		return err
	}
	if app, err = d.graph.CreateApplication(ctx, d.redirects(), access); err != nil {
		return d.journal.Abort(ctx, made, err)
	}
	d.tell().Done(i18n.T("Application made: %s (%s).", azure.ApplicationName, app.AppID))
	return d.journal.Commit(ctx, made, app.ID, keep)
}

// findApplication looks for the application of the token file, then for one that
// this program has made for the base, then for one of OpenFire's name that the
// person wants to use.
func (d *directory) findApplication(ctx context.Context) (app graph.Application, found bool, err error) {
	byTag := func() (bool, error) {
		apps, err := d.graph.Applications(ctx, "")
		i := slices.IndexFunc(apps, func(a graph.Application) bool { return slices.Contains(a.Web.RedirectURIs, d.Draft.Base.RedirectURI()) })
		if i >= 0 {
			app = apps[i]
		}
		return i >= 0, err
	}
	if d.Draft.File.Azure.ApplicationObjectID != "" {
		if app, found, err = d.awaitApplication(ctx); err != nil || found {
			return app, found, err
		}
	}
	if found, err = byTag(); err == nil && !found && d.journal.Pending(application) {
		found, err = d.graph.WaitUntilFound(ctx, byTag)
	}
	if err != nil || found || d.journal.Pending(application) {
		return app, found, err
	}
	return d.adopt(ctx)
}

// awaitApplication gets the application of the token file. One that was made a
// moment ago may not be known everywhere yet, so that it is waited for.
func (d *directory) awaitApplication(ctx context.Context) (app graph.Application, found bool, err error) {
	found, err = d.graph.WaitUntilFound(ctx, func() (bool, error) {
		var err error
		app, err = d.graph.Application(ctx, d.Draft.File.Azure.ApplicationObjectID)
		if graph.IsNotFound(err) {
			return false, nil
		}
		return err == nil, err
	})
	return app, found, err
}

// adopt asks whether to use an application of OpenFire's name that was made by hand.
func (d *directory) adopt(ctx context.Context) (graph.Application, bool, error) {
	apps, err := d.graph.Applications(ctx, azure.ApplicationName)
	for _, a := range apps {
		suggestion := ui.No
		if slices.Contains(a.Web.RedirectURIs, d.Draft.Base.RedirectURI()) {
			suggestion = ui.Yes
		}
		answer, err := d.Draft.Dialog.Ask(ctx, ui.Question{ID: "existing-application", Default: suggestion,
			Title: i18n.T("There is an application %s (%s) in the directory already. Use it?", a.DisplayName, a.AppID),
			Help:  i18n.T("Yes: only what it lacks is added. No: another one is made for this base.")})
		if err != nil || answer == ui.Yes {
			return a, err == nil, err
		}
	}
	return graph.Application{}, false, err
}

// amend adds what an application lacks. What is added to somebody else's is
// entered before it is done, so that --undo can remove it.
func (d *directory) amend(ctx context.Context, app graph.Application, access []graph.RequiredResourceAccess) error {
	var c graph.ApplicationUpdate
	var parts []Entry
	if app.SignInAudience == azure.SingleTenant {
		c.Audience = azure.Multitenant
		parts = append(parts, Entry{Kind: audience, ID: app.SignInAudience})
	}
	uris := slices.Clone(app.Web.RedirectURIs)
	for _, uri := range d.redirects() {
		if !slices.Contains(uris, uri) {
			uris = append(uris, uri)
			parts = append(parts, Entry{Kind: redirectURI, ID: uri})
		}
	}
	if len(uris) > len(app.Web.RedirectURIs) {
		c.Web = &graph.WebPlatform{RedirectURIs: uris}
	}
	all, added := graph.AddMissing(app.Access, access)
	for _, a := range added {
		for _, p := range a.Permissions {
			parts = append(parts, Entry{Kind: permission, ID: a.Resource + "/" + p.ID})
		}
	}
	if len(added) > 0 {
		c.Access = &all
	}
	if c == (graph.ApplicationUpdate{}) {
		return nil
	}
	if err := d.enterParts(ctx, Entry{Kind: application, ID: app.ID}, parts); err != nil {
		return err
	}
	if err := d.graph.UpdateApplication(ctx, app.ID, c); err != nil {
		return err
	}
	d.tell().Done(i18n.T("Application completed: %s.", joined(parts)))
	return nil
}

// enterParts enters what is added to an object, unless setup has made the whole
// object, which is removed with all its parts.
func (d *directory) enterParts(ctx context.Context, whole Entry, parts []Entry) error {
	if d.journal.Has(whole) {
		return nil
	}
	return d.journal.Add(ctx, parts...)
}

func joined(entries []Entry) string {
	var all []string
	for _, e := range entries {
		all = append(all, e.String())
	}
	return strings.Join(all, ", ")
}

// ensurePrincipal finds the application's service principal or makes it.
func (d *directory) ensurePrincipal(ctx context.Context) (p graph.ServicePrincipal, err error) {
	made := Entry{Kind: servicePrincipal}
	keep := func(f *tokenfile.File) { f.Azure.ServicePrincipalID = p.ID }
	p, err = d.graph.ServicePrincipal(ctx, d.Draft.File.Client.ID)
	if err == nil {
		return p, d.journal.Adopt(ctx, made, p.ID, keep)
	}
	if !graph.IsNotFound(err) {
		return p, err
	}
	if err := d.journal.Begin(ctx, made); err != nil {
		return p, err
	}
	if p, err = d.graph.CreateServicePrincipal(ctx, d.Draft.File.Client.ID); err != nil {
		return p, d.journal.Abort(ctx, made, err)
	}
	d.tell().Done(i18n.T("Enterprise application made."))
	return p, d.journal.Commit(ctx, made, p.ID, keep)
}
