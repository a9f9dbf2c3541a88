package register

import (
	"context"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure/graph"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// Undo removes what setup has made at Microsoft for the base, and nothing else,
// after showing it. What is gone already is passed over; what an interruption
// leaves stays in the journal for the next run.
func (r *Registration) Undo(ctx context.Context) error {
	base, all := r.Draft.Base, entries(r.Draft.File)
	if len(all) == 0 {
		r.tell().Print(i18n.T("setup has made nothing at Microsoft for %s: there is nothing to remove.", base.URL()))
		return nil
	}
	r.tell().Print(i18n.T("This is what setup has made at Microsoft for %s, and what will be removed:", base.URL()))
	needed := manageApplications
	for _, e := range all {
		if e.Kind == assignment {
			needed = assignAccounts
		}
		if !e.Pending {
			r.tell().Note(i18n.Literal("%s").With(e.String()))
		}
	}
	if r.Draft.File.Complete() {
		r.tell().Print(i18n.T("%s will no longer send mail with %s.", base.URL(), r.Draft.File.Mailbox()))
	}
	if err := r.agree(ctx, i18n.T("Remove all this?")); err != nil {
		return err
	}
	if err := r.signIn(ctx, needed); err != nil {
		return err
	}
	d := r.inDirectory()
	if err := d.adoptPending(ctx); err != nil {
		return err
	}
	if err := d.removeAll(ctx); err != nil {
		return err
	}
	r.tell().Done(i18n.T("All that setup had made at Microsoft is removed."))
	return nil
}

// adoptPending finds the application that an interrupted run may have made.
func (d *directory) adoptPending(ctx context.Context) error {
	if !d.journal.Pending(application) {
		return nil
	}
	app, err := d.findApplication(ctx)
	if err != nil || app.ID == "" {
		return err
	}
	return d.journal.Adopt(ctx, entry{Kind: application}, app.ID, func(f *tokenfile.File) {
		f.Client.ID, f.Azure.ApplicationObjectID = app.AppID, app.ID
	})
}

// removeAll removes the application, and with it all its parts. Of somebody
// else's application it removes the parts that setup has added, the last one first.
func (d *directory) removeAll(ctx context.Context) error {
	id := d.Draft.File.Azure.ApplicationObjectID
	if d.journal.Has(entry{Kind: application, ID: id}) {
		_, err := d.awaitApplication(ctx)
		if err == nil {
			err = d.graph.Delete(ctx, "applications", id)
		}
		if err != nil {
			return err
		}
		return d.Draft.Save(ctx, unregister)
	}
	for _, e := range slices.Backward(entries(d.Draft.File)) {
		if err := d.removePart(ctx, e); err != nil {
			return err
		}
		if err := d.journal.Remove(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// unregister takes out of the file what belonged to the application.
func unregister(f *tokenfile.File) {
	f.Client.ID, f.Client.Secret = "", secret.String{}
	f.Azure.ApplicationObjectID, f.Azure.ServicePrincipalID, f.Azure.SecretKeyID, f.Azure.SecretExpires = "", "", "", ""
	f.Azure.Created, f.Azure.RetiredKeyIDs, f.Azure.Loopback = nil, nil, false
	for _, b := range f.Blocks() {
		*b.Tokens = tokenfile.Tokens{}
	}
}

// removePart removes what an entry names.
func (d *directory) removePart(ctx context.Context, e entry) error {
	if e.Pending {
		return nil
	}
	switch e.Kind {
	case clientSecret:
		return d.removeSecret(ctx, e.ID)
	case grant:
		return d.graph.Delete(ctx, "oauth2PermissionGrants", e.ID)
	case servicePrincipal:
		return d.graph.Delete(ctx, "servicePrincipals", e.ID)
	case assignment:
		resource, _, _ := strings.Cut(e.Of, "/")
		return d.graph.Unassign(ctx, resource, e.ID)
	case scope:
		return d.removeScope(ctx, e.Of, e.ID)
	case audience, redirectURI, permission:
		return d.restore(ctx, e)
	}
	return nil
}

// removeScope takes one scope out of a consent.
func (d *directory) removeScope(ctx context.Context, grant, name string) error {
	have, err := d.graph.Grant(ctx, grant)
	if graph.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	scopes := strings.Fields(have.Scope)
	kept := slices.DeleteFunc(scopes, func(s string) bool { return strings.EqualFold(s, name) })
	return d.graph.UpdateGrant(ctx, grant, kept)
}

// restore takes what was added to somebody else's application away again.
func (d *directory) restore(ctx context.Context, e entry) error {
	app, err := d.graph.Application(ctx, d.Draft.File.Azure.ApplicationObjectID)
	if graph.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	var c graph.ApplicationUpdate
	switch e.Kind {
	case audience:
		c.Audience = e.ID
	case redirectURI:
		c.Web = &graph.WebPlatform{RedirectURIs: append([]string{}, without(app.Web.RedirectURIs, e.ID)...)}
	case permission:
		kept := graph.RemovePermission(app.Access, e.ID)
		c.Access = &kept
	}
	return d.graph.UpdateApplication(ctx, app.ID, c)
}
