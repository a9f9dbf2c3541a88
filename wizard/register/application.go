package register

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/graph"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
)

// directory creates the parts of an application in the directory of the signed-in
// administrator. It looks for each part before creating it.
type directory struct {
	*Registration
	journal journal
}

func (r *Registration) inDirectory() *directory { return &directory{r, journal{r.Draft}} }

// register creates what is missing (see Registration.Register).
func (d *directory) register(ctx context.Context, needs azure.PermissionNeeds) error {
	defer d.tell().Wait(i18n.T("Creating what is missing at Microsoft"))()
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
		return &problem.Problem{Exit: problem.Application, ID: "permissions",
			What: i18n.T("Microsoft does not offer these permissions in this directory: %s.",
				strings.Join(unknown, ", "))}
	}
	if err := d.ensureApplication(ctx, access); err != nil {
		return err
	}
	principal, err := d.ensurePrincipal(ctx)
	if err != nil {
		return err
	}
	scopes := map[string][]string{offered.ID: needs.Graph, exchange.ID: needs.Exchange}
	if err := d.consentForAll(ctx, principal, scopes); err != nil {
		return err
	}
	if err := d.grantRoles(ctx, principal, exchange, access); err != nil || !principal.AssignmentRequired {
		return err
	}
	return d.assignMailbox(ctx, principal)
}

// resources returns the service principals of Microsoft Graph and Exchange Online.
func (d *directory) resources(ctx context.Context) (offered, exchange graph.ServicePrincipal, err error) {
	if offered, err = d.graph.ServicePrincipal(ctx, azure.GraphAppID); err != nil {
		return offered, exchange, err
	}
	exchange, err = d.graph.ServicePrincipal(ctx, azure.ExchangeAppID)
	if graph.IsNotFound(err) {
		err = &problem.Problem{Exit: problem.Application, ID: "exchange",
			What: i18n.T("This directory does not have Exchange Online."),
			Do:   i18n.T("Sign in as an administrator of the directory that contains the mailbox.")}
	}
	return offered, exchange, err
}

// ensureApplication finds or creates the application of the base, and changes only
// what differs.
func (d *directory) ensureApplication(ctx context.Context, access []graph.RequiredResourceAccess) error {
	keep := func(f *tokenfile.File, app graph.Application) {
		if old := f.Azure.ApplicationObjectID; old != "" && old != app.ID {
			before := entries(*f)
			unregister(f) // the old application no longer exists
			for _, e := range before {
				if e.Pending || e == (entry{Kind: application, ID: app.ID}) {
					add(f, e)
				}
			}
		}
		f.Client.ID, f.Azure.TenantID, f.Azure.ApplicationObjectID = app.AppID, d.tenantID, app.ID
		f.Azure.RedirectURI, f.Azure.Loopback = d.Draft.Base.RedirectURI(), true
	}
	app, made, err := ensure(ctx, d, entry{Kind: application},
		func(a graph.Application) string { return a.ID },
		func() (graph.Application, error) { return d.findApplication(ctx) },
		func() (graph.Application, error) { return d.graph.CreateApplication(ctx, d.redirects(), access) }, keep)
	switch {
	case err != nil:
		return err
	case made:
		d.tell().Done(i18n.T("Application created: %s (%s).", azure.ApplicationName, app.AppID))
		return nil
	}
	d.tell().Done(i18n.T("Application found: %s (%s).", app.DisplayName, app.AppID))
	return d.addMissing(ctx, app, access)
}

// ensure finds or creates an object and records it in the journal. find returns an
// object with the ID "" if there is none. If create conflicts with an object that
// someone else created at the same time, that object is used. keep, if not nil,
// changes the token file in the same save.
func ensure[T any](
	ctx context.Context, d *directory, e entry, id func(T) string, find, create func() (T, error),
	keep func(*tokenfile.File, T),
) (object T, made bool, err error) {
	var change func(*tokenfile.File)
	if keep != nil {
		change = func(f *tokenfile.File) { keep(f, object) }
	}
	if object, err = find(); err != nil {
		return object, false, err
	}
	if id(object) != "" {
		return object, false, d.journal.Adopt(ctx, e, id(object), change)
	}
	if err := d.journal.Begin(ctx, e); err != nil {
		return object, false, err
	}
	object, err = create()
	made = err == nil
	if graph.IsConflict(err) {
		_, err = d.graph.WaitUntilFound(ctx, func() (bool, error) {
			object, err = find()
			return id(object) != "", err
		})
	}
	if graph.IsRefused(err) { // certainly nothing was created
		err = cmp.Or(d.journal.Remove(ctx, e.pending()), err)
	}
	if err != nil {
		return object, false, err
	}
	return object, made, d.journal.Commit(ctx, e, id(object), change)
}

// findApplication looks for the application of the token file, then for one that
// this program created for the base, then for one named OpenFire that the user
// agrees to use. It returns a zero Application if there is none.
func (d *directory) findApplication(ctx context.Context) (app graph.Application, err error) {
	if d.Draft.File.Azure.ApplicationObjectID != "" {
		if app, err = d.awaitApplication(ctx); err != nil || app.ID != "" {
			return app, err
		}
	}
	byTag := func() (bool, error) {
		apps, err := d.graph.Applications(ctx, "")
		i := slices.IndexFunc(apps, d.hasBaseURI)
		if i >= 0 {
			app = apps[i]
		}
		return i >= 0, err
	}
	pending := d.journal.Pending(application)
	found, err := byTag()
	if err == nil && !found && pending {
		found, err = d.graph.WaitUntilFound(ctx, byTag)
	}
	if err != nil || found || pending {
		return app, err
	}
	return d.adopt(ctx)
}

// awaitApplication returns the application of the token file, or a zero one if it
// no longer exists. It waits a while, because Graph may not have replicated a new
// application yet.
func (d *directory) awaitApplication(ctx context.Context) (app graph.Application, err error) {
	_, err = d.graph.WaitUntilFound(ctx, func() (bool, error) {
		found, err := d.graph.Application(ctx, d.Draft.File.Azure.ApplicationObjectID)
		if graph.IsNotFound(err) {
			return false, nil
		}
		app = found
		return err == nil, err
	})
	return app, err
}

// adopt asks whether to use an existing application named OpenFire.
func (d *directory) adopt(ctx context.Context) (graph.Application, error) {
	apps, err := d.graph.Applications(ctx, azure.ApplicationName)
	for _, a := range apps {
		answer, err := d.Draft.Dialog.Ask(ctx, prompt.Question{ID: "existing-application",
			Default: prompt.YesOrNo(d.hasBaseURI(a)),
			Title:   i18n.T("The directory already contains an application %s (%s). Use it?", a.DisplayName, a.AppID),
			Help:    i18n.T("Yes: setup adds only what is missing. No: setup creates another application for this base.")})
		if err != nil || answer == prompt.Yes {
			return a, err
		}
	}
	return graph.Application{}, err
}

func (d *directory) hasBaseURI(a graph.Application) bool {
	return slices.Contains(a.Web.RedirectURIs, d.Draft.Base.RedirectURI())
}

// addMissing adds what an application lacks. If setup did not create the
// application, the additions are recorded in the journal first, so that --undo can
// remove them.
func (d *directory) addMissing(ctx context.Context, app graph.Application, access []graph.RequiredResourceAccess) error {
	var c graph.ApplicationUpdate
	var parts []entry
	if app.SignInAudience == azure.SingleTenant {
		c.Audience = azure.Multitenant
		parts = append(parts, entry{Kind: audience, ID: app.SignInAudience})
	}
	uris := slices.Clone(app.Web.RedirectURIs)
	for _, uri := range d.redirects() {
		if !slices.Contains(uris, uri) {
			uris = append(uris, uri)
			parts = append(parts, entry{Kind: redirectURI, ID: uri})
		}
	}
	if len(uris) > len(app.Web.RedirectURIs) {
		c.Web = &graph.WebPlatform{RedirectURIs: uris}
	}
	all, added := graph.AddMissing(app.Access, access)
	for _, a := range added {
		for _, p := range a.Permissions {
			parts = append(parts, entry{Kind: permission, ID: a.Resource + "/" + p.ID})
		}
	}
	if len(added) > 0 {
		c.Access = &all
	}
	if c == (graph.ApplicationUpdate{}) {
		return nil
	}
	if err := d.enterParts(ctx, entry{Kind: application, ID: app.ID}, parts); err != nil {
		return err
	}
	if err := d.graph.UpdateApplication(ctx, app.ID, c); err != nil {
		return err
	}
	d.tell().Done(i18n.T("Added to the application: %s.", joined(d.tell().Lang, parts)))
	return nil
}

// enterParts records additions to an object, unless setup created the whole object:
// then they are removed together with it.
func (d *directory) enterParts(ctx context.Context, whole entry, parts []entry) error {
	if d.journal.Has(whole) {
		return nil
	}
	return d.journal.Add(ctx, parts...)
}

func joined(l i18n.Lang, entries []entry) string {
	var all []string
	for _, e := range entries {
		all = append(all, e.text().In(l))
	}
	return strings.Join(all, ", ")
}

// ensurePrincipal finds or creates the service principal of the application.
func (d *directory) ensurePrincipal(ctx context.Context) (graph.ServicePrincipal, error) {
	client := d.Draft.File.Client.ID
	find := func() (graph.ServicePrincipal, error) {
		p, err := d.graph.ServicePrincipal(ctx, client)
		if graph.IsNotFound(err) {
			return graph.ServicePrincipal{}, nil
		}
		return p, err
	}
	p, made, err := ensure(ctx, d, entry{Kind: servicePrincipal},
		func(p graph.ServicePrincipal) string { return p.ID }, find,
		func() (graph.ServicePrincipal, error) { return d.graph.CreateServicePrincipal(ctx, client) },
		func(f *tokenfile.File, p graph.ServicePrincipal) { f.Azure.ServicePrincipalID = p.ID })
	if made && err == nil {
		d.tell().Done(i18n.T("Enterprise application created."))
	}
	return p, err
}
