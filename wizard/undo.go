package wizard

import (
	"context"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure/graph"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// Undo removes what set-up has made at Microsoft for a base, and nothing else,
// after showing it. What is gone already is passed over; what is left after an
// interruption is in the token file, and goes at the next run.
func (s *Setup) Undo(ctx context.Context, base openfire.Base) error {
	run := &session{Setup: s, base: base}
	defer run.forget()
	if err := run.load(); err != nil {
		return err
	}
	marks := run.file.Azure.Created
	if len(marks) == 0 {
		s.Tell.Print(i18n.T("setup has made nothing at Microsoft for %s: there is nothing to remove.", base.URL()))
		return nil
	}
	s.Tell.Print(i18n.T("This is what setup has made at Microsoft for %s, and what will be removed:", base.URL()))
	for _, m := range marks {
		if strings.Contains(m, ":") {
			s.Tell.Note(i18n.Literal("%s").With(m))
		}
	}
	if run.file.Complete() {
		s.Tell.Print(i18n.T("%s will no longer send mail with %s.", base.URL(), run.file.Mailbox()))
	}
	if err := run.agree(ctx, i18n.T("Remove all this?")); err != nil {
		return err
	}
	assigned := slices.ContainsFunc(marks, func(m string) bool { return strings.HasPrefix(m, "assignment/") })
	g, err := run.admin(ctx, assigned)
	if err != nil {
		return err
	}
	if err := run.lookForIntended(ctx, g); err != nil {
		return err
	}
	if err := run.undo(ctx, g); err != nil {
		return err
	}
	s.Tell.Done(i18n.T("All that setup had made at Microsoft is removed."))
	return nil
}

// lookForIntended finds the application that an interrupted run was about to
// make: whether it has is known only by looking.
func (s *session) lookForIntended(ctx context.Context, g *graph.Client) error {
	if !s.intended("application") {
		return nil
	}
	app, found, err := s.findApplication(ctx, g)
	if err != nil || !found {
		return err
	}
	return s.settle(ctx, "application", app.ID, func(f *tokenfile.File) { f.Client.ID, f.Azure.ApplicationObjectID = app.AppID, app.ID })
}

// undo removes the application, with which everything of it goes; of somebody
// else's application the parts, the last one first.
func (s *session) undo(ctx context.Context, g *graph.Client) error {
	id := s.file.Azure.ApplicationObjectID
	if slices.Contains(s.file.Azure.Created, "application:"+id) {
		// What was made a moment ago may not be known everywhere yet.
		_, err := g.WaitUntilFound(ctx, func() (bool, error) {
			_, err := g.Application(ctx, id)
			if graph.IsNotFound(err) {
				return false, nil
			}
			return err == nil, err
		})
		if err == nil {
			err = g.Delete(ctx, "applications", id)
		}
		if err != nil {
			return err
		}
		return s.save(ctx, unregister)
	}
	marks := slices.Clone(s.file.Azure.Created)
	slices.Reverse(marks)
	for _, m := range marks {
		if err := s.undoPart(ctx, g, m); err != nil {
			return err
		}
		if err := s.save(ctx, func(f *tokenfile.File) { f.Azure.Created = marked(f.Azure.Created, "", m) }); err != nil {
			return err
		}
	}
	return nil
}

// unregister takes out of the file what was the application's.
func unregister(f *tokenfile.File) {
	f.Client.ID, f.Client.Secret = "", tokenfile.Client{}.Secret
	f.Azure.ApplicationObjectID, f.Azure.ServicePrincipalID, f.Azure.SecretKeyID, f.Azure.SecretExpires = "", "", "", ""
	f.Azure.Created, f.Azure.RetiredKeyIDs, f.Azure.Loopback = nil, nil, false
	for _, b := range f.Blocks() {
		*b.Tokens = tokenfile.Tokens{}
	}
}

// undoPart removes one thing by its mark, "kind:id" or "kind/of what:id".
func (s *session) undoPart(ctx context.Context, g *graph.Client, mark string) error {
	head, id, whole := strings.Cut(mark, ":")
	kind, of, _ := strings.Cut(head, "/")
	switch {
	case !whole:
		return nil
	case kind == "secret":
		if id == s.file.Azure.SecretKeyID {
			if err := s.save(ctx, func(f *tokenfile.File) {
				f.Client.Secret, f.Azure.SecretKeyID, f.Azure.SecretExpires = tokenfile.Client{}.Secret, "", ""
			}); err != nil {
				return err
			}
		}
		return s.removeSecret(ctx, g, id)
	case kind == "grant":
		return g.Delete(ctx, "oauth2PermissionGrants", id)
	case kind == "service_principal":
		return g.Delete(ctx, "servicePrincipals", id)
	case kind == "assignment":
		resource, _, _ := strings.Cut(of, "/")
		return g.Unassign(ctx, resource, id)
	case kind == "scope":
		return s.narrow(ctx, g, of, id)
	}
	return s.takeBack(ctx, g, kind, id)
}

// narrow takes one permission out of a consent.
func (s *session) narrow(ctx context.Context, g *graph.Client, grant, name string) error {
	have, err := g.Grant(ctx, grant)
	if graph.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	scopes := strings.Fields(have.Scope)
	return g.UpdateGrant(ctx, grant, slices.DeleteFunc(scopes, func(s string) bool { return strings.EqualFold(s, name) }))
}

// takeBack takes what was added to somebody else's application away again.
func (s *session) takeBack(ctx context.Context, g *graph.Client, kind, what string) error {
	app, err := g.Application(ctx, s.file.Azure.ApplicationObjectID)
	if graph.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	var c graph.ApplicationUpdate
	switch kind {
	case "audience":
		c.Audience = what
	case "redirect_uri":
		uris := slices.DeleteFunc(slices.Clone(app.Web.RedirectURIs), func(u string) bool { return u == what })
		c.Web = &graph.WebPlatform{RedirectURIs: append([]string{}, uris...)}
	case "permission":
		kept := graph.RemovePermission(app.Access, what)
		c.Access = &kept
	default:
		return nil
	}
	return g.UpdateApplication(ctx, app.ID, c)
}
