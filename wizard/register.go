package wizard

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

// pending is the mark of a registration that is not finished.
const pending = "registration"

// register does the article's steps through Graph:
//
//  1. show what will be made, get a yes and an administrator's sign-in
//  2. find the application, or make it; change only what differs
//  3. its service principal, which the portal makes by itself and Graph does not
//  4. consent for everybody, on Microsoft Graph and on Exchange Online
//  5. where assignment is required, assign the mailbox
//
// Each thing is looked for before it is made, and noted before and after: run
// again after any interruption, it goes on and makes nothing twice.
func (s *session) register(ctx context.Context) error {
	incoming, err := s.wantsMail(ctx)
	if err != nil {
		return err
	}
	needs := s.needs(incoming)
	if err := s.agreeToPlan(ctx, needs); err != nil {
		return err
	}
	g, err := s.admin(ctx, s.Article)
	if err == nil {
		s.settled()
		err = s.intend(ctx, pending)
	}
	if err == nil {
		err = s.registerWith(ctx, g, needs)
	}
	if err != nil {
		return s.trouble(err)
	}
	return s.save(ctx, func(f *tokenfile.File) { f.Azure.Created = marked(f.Azure.Created, "", pending+"?") })
}

func (s *session) registerWith(ctx context.Context, g *graph.Client, needs azure.PermissionNeeds) error {
	defer s.Tell.Wait(i18n.T("Microsoft makes what is missing"))()
	name, err := g.Organization(ctx)
	if err != nil && !graph.IsForbidden(err) {
		return err
	}
	s.Tell.Done(i18n.T("Directory: %s (%s).", name, s.directory))
	offered, exchange, err := resources(ctx, g)
	if err != nil {
		return err
	}
	access, unknown := graph.RequiredAccess(needs, offered, exchange)
	if len(unknown) > 0 {
		return &problem.Problem{Exit: problem.Application, ID: "permissions", What: i18n.T("Microsoft does not offer these permissions in this directory: %s.", strings.Join(unknown, ", "))}
	}
	if err := s.ensureApplication(ctx, g, access); err != nil {
		return err
	}
	principal, err := s.ensurePrincipal(ctx, g)
	if err != nil {
		return err
	}
	if err := s.consentForAll(ctx, g, principal, map[string][]string{offered.ID: needs.Graph, exchange.ID: needs.Exchange}); err != nil {
		return err
	}
	if err := s.grantRoles(ctx, g, principal, exchange, access); err != nil || !principal.AssignmentRequired {
		return err
	}
	return s.assignMailbox(ctx, principal)
}

// resources are the service principals of what a mailbox needs rights on.
func resources(ctx context.Context, g *graph.Client) (offered, exchange graph.ServicePrincipal, err error) {
	if offered, err = g.ServicePrincipal(ctx, azure.GraphAppID); err != nil {
		return offered, exchange, err
	}
	exchange, err = g.ServicePrincipal(ctx, azure.ExchangeAppID)
	if graph.IsNotFound(err) {
		err = &problem.Problem{Exit: problem.Application, ID: "exchange", What: i18n.T("This directory has no Exchange Online."),
			Do: i18n.T("Sign in as an administrator of the directory where the mailbox lives.")}
	}
	return offered, exchange, err
}

// ensureApplication finds the base's application or makes it, and changes only
// what differs.
func (s *session) ensureApplication(ctx context.Context, g *graph.Client, access []graph.RequiredResourceAccess) error {
	app, found, err := s.findApplication(ctx, g)
	if err != nil {
		return err
	}
	keep := func(f *tokenfile.File) {
		if old := f.Azure.ApplicationObjectID; old != "" && old != app.ID {
			parts := f.Azure.Created
			unregister(f) // of an application that is gone
			f.Azure.Created = slices.DeleteFunc(slices.Clone(parts), func(m string) bool { return !strings.HasSuffix(m, "?") && m != "application:"+app.ID })
		}
		f.Client.ID, f.Azure.TenantID, f.Azure.ApplicationObjectID = app.AppID, s.directory, app.ID
		f.Azure.RedirectURI, f.Azure.Loopback = s.base.RedirectURI(), true
	}
	if found {
		if err := s.settle(ctx, "application", app.ID, keep); err != nil {
			return err
		}
		s.Tell.Done(i18n.T("Application found: %s (%s).", app.DisplayName, app.AppID))
		return s.amend(ctx, g, app, access)
	}
	if err := s.intend(ctx, "application"); err != nil {
		return err
	}
	if app, err = g.CreateApplication(ctx, s.redirects(), access); err != nil {
		return s.unmade(ctx, "application", err)
	}
	s.Tell.Done(i18n.T("Application made: %s (%s).", azure.ApplicationName, app.AppID))
	return s.made(ctx, "application", app.ID, keep)
}

// findApplication looks for the one of the token file, then for one that this
// program has made for the base, then for one of OpenFire's name, if it is meant.
func (s *session) findApplication(ctx context.Context, g *graph.Client) (app graph.Application, found bool, err error) {
	byID := func() (bool, error) {
		app, err = g.Application(ctx, s.file.Azure.ApplicationObjectID)
		if graph.IsNotFound(err) {
			return false, nil
		}
		return err == nil, err
	}
	byTag := func() (bool, error) {
		apps, err := g.Applications(ctx, "")
		i := slices.IndexFunc(apps, func(a graph.Application) bool { return slices.Contains(a.Web.RedirectURIs, s.base.RedirectURI()) })
		if i >= 0 {
			app = apps[i]
		}
		return i >= 0, err
	}
	if s.file.Azure.ApplicationObjectID != "" {
		// One that was made a moment ago may not be known everywhere yet.
		if found, err = g.WaitUntilFound(ctx, byID); err != nil || found {
			return app, found, err
		}
	}
	if found, err = byTag(); err == nil && !found && s.intended("application") {
		found, err = g.WaitUntilFound(ctx, byTag)
	}
	if err != nil || found || s.intended("application") {
		return app, found, err
	}
	return s.adopt(ctx, g)
}

// adopt asks whether an application of OpenFire's name, made by hand, is meant.
func (s *session) adopt(ctx context.Context, g *graph.Client) (graph.Application, bool, error) {
	apps, err := g.Applications(ctx, azure.ApplicationName)
	for _, a := range apps {
		suggestion := ui.No
		if slices.Contains(a.Web.RedirectURIs, s.base.RedirectURI()) {
			suggestion = ui.Yes
		}
		answer, err := s.ask(ctx, ui.Question{ID: "existing-application", Kind: ui.YesNo, Default: suggestion,
			Title: i18n.T("There is an application %s (%s) in the directory already. Use it?", a.DisplayName, a.AppID),
			Help:  i18n.T("Yes: only what it lacks is added. No: another one is made for this base.")})
		if err != nil || answer == ui.Yes {
			return a, err == nil, err
		}
	}
	return graph.Application{}, false, err
}

// amend adds what an application lacks. What is added to somebody else's is
// noted before it is done, so that --undo can take it away again.
func (s *session) amend(ctx context.Context, g *graph.Client, app graph.Application, access []graph.RequiredResourceAccess) error {
	var c graph.ApplicationUpdate
	var marks []string
	if app.SignInAudience == azure.SingleTenant {
		c.Audience = azure.Multitenant
		marks = append(marks, "audience:"+app.SignInAudience)
	}
	uris := slices.Clone(app.Web.RedirectURIs)
	for _, uri := range s.redirects() {
		if !slices.Contains(uris, uri) {
			uris = append(uris, uri)
			marks = append(marks, "redirect_uri:"+uri)
		}
	}
	if len(uris) > len(app.Web.RedirectURIs) {
		c.Web = &graph.WebPlatform{RedirectURIs: uris}
	}
	all, added := graph.AddMissing(app.Access, access)
	for _, a := range added {
		for _, p := range a.Permissions {
			marks = append(marks, "permission:"+a.Resource+"/"+p.ID)
		}
	}
	if len(added) > 0 {
		c.Access = &all
	}
	if c == (graph.ApplicationUpdate{}) {
		return nil
	}
	if err := s.noteParts(ctx, "application:"+app.ID, marks); err != nil {
		return err
	}
	if err := g.UpdateApplication(ctx, app.ID, c); err != nil {
		return err
	}
	s.Tell.Done(i18n.T("Application completed: %s.", strings.Join(marks, ", ")))
	return nil
}

// noteParts notes what is added to a thing, unless the whole thing is of our
// making and goes with all its parts.
func (s *session) noteParts(ctx context.Context, whole string, parts []string) error {
	if slices.Contains(s.file.Azure.Created, whole) {
		return nil
	}
	return s.save(ctx, func(f *tokenfile.File) {
		for _, part := range parts {
			f.Azure.Created = marked(f.Azure.Created, part, "")
		}
	})
}

// ensurePrincipal finds the application's service principal or makes it.
func (s *session) ensurePrincipal(ctx context.Context, g *graph.Client) (p graph.ServicePrincipal, err error) {
	const kind = "service_principal"
	keep := func(f *tokenfile.File) { f.Azure.ServicePrincipalID = p.ID }
	p, err = g.ServicePrincipal(ctx, s.file.Client.ID)
	if err == nil {
		return p, s.settle(ctx, kind, p.ID, keep)
	}
	if !graph.IsNotFound(err) {
		return p, err
	}
	if err := s.intend(ctx, kind); err != nil {
		return p, err
	}
	if p, err = g.CreateServicePrincipal(ctx, s.file.Client.ID); err != nil {
		return p, s.unmade(ctx, kind, err)
	}
	s.Tell.Done(i18n.T("Enterprise application made."))
	return p, s.made(ctx, kind, p.ID, keep)
}
