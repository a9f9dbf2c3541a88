package wizard

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure/graph"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// consentForAll consents for everybody to what each resource is to allow. An
// administrator who may create but not consent is told who may; the mailbox can
// still consent for itself at its own sign-in, where the directory lets it.
func (s *session) consentForAll(ctx context.Context, g *graph.Client, client graph.ServicePrincipal, wanted map[string][]string) error {
	for _, resource := range slices.Sorted(maps.Keys(wanted)) {
		err := s.ensureGrant(ctx, g, client.ID, resource, wanted[resource])
		if graph.IsForbidden(err) {
			s.Tell.Print(i18n.T("This account may create the application, but not consent for everybody. A Cloud Application Administrator (Administrateur d'application cloud) can do it here: API permissions (API autorisées) > Grant admin consent. Otherwise Microsoft will ask the mailbox for its consent when it signs in."))
			s.Tell.Address(s.Cloud.AppLink("CallAnAPI", s.file.Client.ID))
			return nil
		}
		if err != nil {
			return err
		}
	}
	s.Tell.Done(i18n.T("Consent given for everybody, on Microsoft Graph and on Exchange Online."))
	return nil
}

// ensureGrant finds a consent or makes it, and widens one that lacks something.
func (s *session) ensureGrant(ctx context.Context, g *graph.Client, client, resource string, scopes []string) error {
	kind := "grant/" + resource
	have, err := g.TenantGrant(ctx, client, resource)
	if err == nil && have.ID == "" {
		if err = s.intend(ctx, kind); err != nil {
			return err
		}
		made, err := g.CreateTenantGrant(ctx, client, resource, scopes)
		if err == nil {
			return s.made(ctx, kind, made.ID, nil)
		}
		if !graph.IsConflict(err) {
			return s.unmade(ctx, kind, err)
		}
		if _, err = g.WaitUntilFound(ctx, func() (bool, error) {
			have, err = g.TenantGrant(ctx, client, resource)
			return have.ID != "", err
		}); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	if err := s.settle(ctx, kind, have.ID, nil); err != nil {
		return err
	}
	return s.widen(ctx, g, kind, have, scopes)
}

// widen adds to a consent what it lacks. What is added to one that somebody else
// gave is noted before.
func (s *session) widen(ctx context.Context, g *graph.Client, kind string, have graph.Grant, scopes []string) error {
	lacks := graph.MissingScopes(have.Scope, scopes)
	if len(lacks) == 0 {
		return nil
	}
	var marks []string
	for _, name := range lacks {
		marks = append(marks, "scope/"+have.ID+":"+name)
	}
	if err := s.noteParts(ctx, kind+":"+have.ID, marks); err != nil {
		return err
	}
	return g.UpdateGrant(ctx, have.ID, append(strings.Fields(have.Scope), lacks...))
}

// grantRoles consents to application permissions: each is an assignment.
func (s *session) grantRoles(ctx context.Context, g *graph.Client, client, resource graph.ServicePrincipal, access []graph.RequiredResourceAccess) error {
	for _, a := range access {
		for _, p := range a.Permissions {
			if p.Type != "Role" {
				continue
			}
			if err := s.ensureAssigned(ctx, g, graph.Assignment{Principal: client.ID, Resource: resource.ID, Role: p.ID}); err != nil {
				return err
			}
		}
	}
	return nil
}

// ensureAssigned finds an assignment or makes it.
func (s *session) ensureAssigned(ctx context.Context, g *graph.Client, want graph.Assignment) error {
	kind := "assignment/" + want.Resource + "/" + want.Principal + "/" + want.Role
	have, err := g.Assignment(ctx, want)
	if err != nil {
		return err
	}
	if have.ID != "" {
		return s.settle(ctx, kind, have.ID, nil)
	}
	if err := s.intend(ctx, kind); err != nil {
		return err
	}
	made, err := g.Assign(ctx, want)
	if graph.IsConflict(err) {
		_, err = g.WaitUntilFound(ctx, func() (bool, error) {
			made, err = g.Assignment(ctx, want)
			return made.ID != "", err
		})
	}
	if err != nil {
		return s.unmade(ctx, kind, err)
	}
	return s.made(ctx, kind, made.ID, nil)
}

// assignMailbox lets the mailbox use an application that requires assignment.
// That takes rights which are asked for only now.
func (s *session) assignMailbox(ctx context.Context, principal graph.ServicePrincipal) error {
	s.Tell.Print(i18n.T("The application requires assignment: the mailbox must be assigned to it. Microsoft wants one permission more for that."))
	mailbox, _, err := s.whichMailbox(ctx)
	if err != nil {
		return err
	}
	s.named = true
	g, err := s.admin(ctx, true)
	if err != nil {
		return err
	}
	who, err := g.User(ctx, "me")
	if err == nil && !strings.EqualFold(who.UPN, mailbox) && !strings.EqualFold(who.Mail, mailbox) {
		who, err = g.User(ctx, mailbox)
	}
	if graph.IsNotFound(err) {
		return &problem.Problem{Exit: problem.Application, ID: "mailbox", What: i18n.T("The directory does not know the account %s.", mailbox),
			Do: i18n.T("Give the account's user principal name, or assign it under Users and groups.")}
	}
	if err != nil {
		return err
	}
	if err := s.ensureAssigned(ctx, g, graph.Assignment{Principal: who.ID, Resource: principal.ID, Role: graph.NoRole}); err != nil {
		return err
	}
	s.Tell.Done(i18n.T("%s is assigned to the application.", mailbox))
	return nil
}
