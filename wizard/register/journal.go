package register

import (
	"context"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure/graph"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/wizard/draft"
)

// entry is a journal entry about what setup created at Microsoft: an object, or an
// addition to an object that already existed.
type entry struct {
	Kind    string // of the object or addition
	Of      string // the object that it belongs to; may be empty
	ID      string // "" while pending
	Pending bool   // recorded before the creation
}

// The kinds of entries.
const (
	registration     = "registration"      // the whole registration; always pending
	application      = "application"       // ID: its object ID
	servicePrincipal = "service_principal" // of the application
	grant            = "grant"             // a consent for all users; Of: the resource
	scope            = "scope"             // added to a consent; Of: the consent, ID: the scope's name
	assignment       = "assignment"        // of an app role; Of: resource/principal/role
	clientSecret     = "secret"            // pending: Of is its name, otherwise ID is its key ID
	audience         = "audience"          // ID: the previous signInAudience
	redirectURI      = "redirect_uri"      // added to an application
	permission       = "permission"        // added to an application; ID: resource/permission
)

// parseEntry parses an entry of the token file: "kind:id", "kind/of:id", or for a
// pending entry "kind?" or "kind/of?".
func parseEntry(s string) (e entry) {
	if s, e.Pending = strings.CutSuffix(s, "?"); !e.Pending {
		s, e.ID, _ = strings.Cut(s, ":")
	}
	e.Kind, e.Of, _ = strings.Cut(s, "/")
	return e
}

// String returns the entry in the format of the token file.
func (e entry) String() string {
	s := e.Kind
	if e.Of != "" {
		s += "/" + e.Of
	}
	if e.Pending {
		return s + "?"
	}
	return s + ":" + e.ID
}

// made returns the entry for the created object.
func (e entry) made(id string) entry { return entry{Kind: e.Kind, Of: e.Of, ID: id} }

func (e entry) pending() entry { return entry{Kind: e.Kind, Of: e.Of, Pending: true} }

// journal is the list of entries in a token file. Each object is recorded before and
// after its creation, so that a run after an interruption knows what may exist.
type journal struct{ Draft *draft.Draft }

// entries returns all entries of a token file, the oldest first.
func entries(f tokenfile.File) (all []entry) {
	for _, s := range f.Azure.Created {
		all = append(all, parseEntry(s))
	}
	return all
}

// Has reports whether an entry is in the journal.
func (j journal) Has(e entry) bool { return slices.Contains(j.Draft.File.Azure.Created, e.String()) }

// Pending reports whether setup was interrupted while creating an object of this kind.
func (j journal) Pending(kind string) bool { return j.Has(entry{Kind: kind, Pending: true}) }

// Begin records that an object is about to be created.
func (j journal) Begin(ctx context.Context, e entry) error { return j.Add(ctx, e.pending()) }

// Add records additions to an object that already existed.
func (j journal) Add(ctx context.Context, entries ...entry) error {
	return j.Draft.Save(ctx, func(f *tokenfile.File) {
		for _, e := range entries {
			add(f, e)
		}
	})
}

// Commit records that an object was created and applies change in the same save.
func (j journal) Commit(ctx context.Context, e entry, id string, change func(*tokenfile.File)) error {
	return j.Draft.Save(ctx, func(f *tokenfile.File) {
		remove(f, e.pending())
		add(f, e.made(id))
		if change != nil {
			change(f)
		}
	})
}

// Adopt records an object that was found. If it was pending, setup created it.
func (j journal) Adopt(ctx context.Context, e entry, id string, change func(*tokenfile.File)) error {
	switch {
	case j.Has(e.pending()):
		return j.Commit(ctx, e, id, change)
	case change == nil:
		return nil
	}
	return j.Draft.Save(ctx, change)
}

// Remove removes an entry.
func (j journal) Remove(ctx context.Context, e entry) error {
	return j.Draft.Save(ctx, func(f *tokenfile.File) { remove(f, e) })
}

// add and remove keep each entry at most once.
func add(f *tokenfile.File, e entry) {
	remove(f, e)
	f.Azure.Created = append(f.Azure.Created, e.String())
}

func remove(f *tokenfile.File, e entry) { f.Azure.Created = without(f.Azure.Created, e.String()) }

// without returns a copy of list without s.
func without(list []string, s string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(old string) bool { return old == s })
}

// Undo shows what setup created at Microsoft for the base, asks, and removes it and
// nothing else. Objects that no longer exist are skipped. After an interruption the
// rest stays in the journal for the next run.
func (r *Registration) Undo(ctx context.Context) error {
	base, all := r.Draft.Base, entries(r.Draft.File)
	if len(all) == 0 {
		r.tell().Print(i18n.T("setup has not created anything at Microsoft for %s: there is nothing to remove.",
			base.URL()))
		return nil
	}
	r.tell().Print(i18n.T("setup created the following at Microsoft for %s. It will be removed:", base.URL()))
	needed := manageApplications
	for _, e := range all {
		if e.Kind == assignment {
			needed = assignAccounts
		}
		if !e.Pending {
			r.tell().Note(e.text())
			r.Draft.Log.Debug("created by setup", "entry", e.String())
		}
	}
	if r.Draft.File.Complete() {
		r.tell().Print(i18n.T("%s will no longer send mail with %s.", base.URL(), r.Draft.File.Mailbox()))
	}
	if err := r.agree(ctx, i18n.T("Remove all of this?"), prompt.No); err != nil {
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
	r.tell().Done(i18n.T("Everything that setup created at Microsoft was removed."))
	return nil
}

// adoptPending finds the application that an interrupted run may have created.
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

// removeAll removes the application with all its parts. If setup did not create the
// application, it removes only what setup added, in reverse order.
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

// unregister removes everything about the application from the file.
func unregister(f *tokenfile.File) {
	f.Client.ID, f.Client.Secret = "", secret.String{}
	f.Azure.ApplicationObjectID, f.Azure.ServicePrincipalID, f.Azure.SecretKeyID, f.Azure.SecretExpires = "", "", "", ""
	f.Azure.Created, f.Azure.RetiredKeyIDs, f.Azure.Loopback = nil, nil, false
	for _, b := range f.Blocks() {
		*b.Tokens = tokenfile.Tokens{}
	}
}

// removePart removes the object or addition of an entry.
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

// removeScope removes one scope from a consent.
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

// restore reverts one addition to an application that already existed.
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
