package register

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/graph"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// consentForAll grants consent for all users on each resource. If the administrator
// lacks the role, it prints who has it and returns nil: the mailbox can still
// consent for itself when it signs in, if the directory allows that.
func (d *directory) consentForAll(
	ctx context.Context, client graph.ServicePrincipal, wanted map[string][]string,
) error {
	for _, resource := range slices.Sorted(maps.Keys(wanted)) {
		err := d.ensureGrant(ctx, client.ID, resource, wanted[resource])
		if graph.IsForbidden(err) {
			d.tell().Print(i18n.T("This account can create the application, but it cannot grant consent for all " +
				"users. A Cloud Application Administrator (Administrateur d'application cloud) can do it here: " +
				"API permissions (API autorisées) > Grant admin consent. Otherwise Microsoft asks for consent " +
				"when the mailbox signs in."))
			d.tell().Address(d.Draft.Cloud.AppLink("CallAnAPI", d.Draft.File.Client.ID))
			return nil
		}
		if err != nil {
			return err
		}
	}
	d.tell().Done(i18n.T("Consent granted for all users: Microsoft Graph and Exchange Online."))
	return nil
}

// ensureGrant finds or creates a consent, and adds missing scopes.
func (d *directory) ensureGrant(ctx context.Context, client, resource string, scopes []string) error {
	e := entry{Kind: grant, Of: resource}
	have, made, err := ensure(ctx, d, e, func(g graph.Grant) string { return g.ID },
		func() (graph.Grant, error) { return d.graph.TenantGrant(ctx, client, resource) },
		func() (graph.Grant, error) { return d.graph.CreateTenantGrant(ctx, client, resource, scopes) }, nil)
	if err != nil || made {
		return err
	}
	return d.addScopes(ctx, e.made(have.ID), have, scopes)
}

// addScopes adds missing scopes to a consent. If setup did not create the consent,
// the additions are recorded in the journal first.
func (d *directory) addScopes(ctx context.Context, whole entry, have graph.Grant, scopes []string) error {
	lacks := azure.MissingScopes(have.Scope, scopes...)
	if len(lacks) == 0 {
		return nil
	}
	var parts []entry
	for _, name := range lacks {
		parts = append(parts, entry{Kind: scope, Of: have.ID, ID: name})
	}
	if err := d.enterParts(ctx, whole, parts); err != nil {
		return err
	}
	return d.graph.UpdateGrant(ctx, have.ID, append(strings.Fields(have.Scope), lacks...))
}

// grantRoles consents to application permissions. Each is an app role assignment.
func (d *directory) grantRoles(
	ctx context.Context, client, resource graph.ServicePrincipal, access []graph.RequiredResourceAccess,
) error {
	for _, a := range access {
		for _, p := range a.Permissions {
			if p.Type != "Role" {
				continue
			}
			role := graph.Assignment{Principal: client.ID, Resource: resource.ID, Role: p.ID}
			if err := d.ensureAssigned(ctx, role); err != nil {
				return err
			}
		}
	}
	return nil
}

// ensureAssigned finds or creates an assignment.
func (d *directory) ensureAssigned(ctx context.Context, want graph.Assignment) error {
	e := entry{Kind: assignment, Of: want.Resource + "/" + want.Principal + "/" + want.Role}
	_, _, err := ensure(ctx, d, e, func(a graph.Assignment) string { return a.ID },
		func() (graph.Assignment, error) { return d.graph.Assignment(ctx, want) },
		func() (graph.Assignment, error) { return d.graph.Assign(ctx, want) }, nil)
	return err
}

// assignMailbox assigns the mailbox to an application that requires assignment. It
// signs in again, because that needs more rights.
func (d *directory) assignMailbox(ctx context.Context, principal graph.ServicePrincipal) error {
	d.tell().Print(i18n.T("The application requires assignment, so the mailbox must be assigned to it. Microsoft " +
		"asks for one more permission for that."))
	mailbox, err := d.Draft.AskMailbox(ctx)
	if err != nil {
		return err
	}
	if err := d.signIn(ctx, assignAccounts); err != nil {
		return err
	}
	who, err := d.graph.User(ctx, "me")
	if err == nil && !strings.EqualFold(who.UPN, mailbox.Address) && !strings.EqualFold(who.Mail, mailbox.Address) {
		who, err = d.graph.User(ctx, mailbox.Address)
	}
	if graph.IsNotFound(err) {
		return &problem.Problem{Exit: problem.Application, ID: "mailbox",
			What: i18n.T("The directory does not contain the account %s.", mailbox.Address),
			Do:   i18n.T("Enter the user principal name of the account, or assign the account under Users and groups.")}
	}
	if err != nil {
		return err
	}
	account := graph.Assignment{Principal: who.ID, Resource: principal.ID, Role: graph.NoRole}
	if err := d.ensureAssigned(ctx, account); err != nil {
		return err
	}
	d.tell().Done(i18n.T("%s is assigned to the application.", mailbox.Address))
	return nil
}
