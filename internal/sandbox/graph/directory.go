package graph

import (
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure/faults"
)

// Client is an application as Entra's sign-in sees it.
type Client struct {
	RedirectURIs []string // nil: unknown, the application is of an earlier run
	Consented    []string // for everybody; "resource's app id/name"

	assigned []string
	required bool // assignment
}

// Client returns the application with that client id, once Entra knows it. Of
// one that an earlier run registered, only the id is known.
func (d *Directory) Client(id string) (c Client, ok bool) {
	if d == nil {
		return c, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.IndexFunc(d.apps, func(a *application) bool { return a.AppID == id })
	if i < 0 {
		return c, madeBySandbox(id) && !slices.Contains(d.deleted, id)
	}
	if !d.visible(d.apps[i].visibleFrom) {
		return c, false
	}
	c.RedirectURIs = d.apps[i].Web.RedirectURIs
	for _, p := range d.principals {
		if p.AppID != id {
			continue
		}
		c.required = p.AssignmentRequired
		for _, a := range d.assignments {
			if a.Resource == p.ID {
				c.assigned = append(c.assigned, a.Principal)
			}
		}
		c.Consented = d.consented(p)
	}
	return c, true
}

func (d *Directory) consented(p *principal) (names []string) {
	for _, g := range d.grants {
		if resource, f := d.principal(g.ResourceID); g.ClientID == p.ID && g.ConsentType == "AllPrincipals" && f == nil {
			for name := range strings.FieldsSeq(g.Scope) {
				names = append(names, resource.AppID+"/"+name)
			}
		}
	}
	return names
}

// Admits reports whether an account may use the application.
func (c Client) Admits(accountID string) bool {
	return !c.required || slices.Contains(c.assigned, accountID)
}

// CheckSecret returns the code of what is wrong with a client's secret, 0 for
// nothing. One that is not replicated yet is wrong.
func (d *Directory) CheckSecret(clientID, text string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	end, known := secretExpiry(clientID, text)
	if i := slices.IndexFunc(d.apps, func(a *application) bool { return a.AppID == clientID }); i >= 0 {
		known = false
		for _, s := range d.apps[i].secrets {
			known = known || s.text == text && d.visible(s.visibleFrom)
		}
	}
	switch {
	case !known:
		return faults.WrongSecret
	case !d.now().Before(end):
		return faults.ExpiredSecret
	}
	return 0
}

// Census counts the objects of a directory, without Microsoft's own.
type Census struct{ Applications, Principals, Grants, Secrets, Assignments int }

// Census counts all objects, also those that are not replicated yet.
func (d *Directory) Census() Census {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := Census{len(d.apps), len(d.principals) - len(offered), len(d.grants), 0, len(d.assignments)}
	for _, a := range d.apps {
		c.Secrets += len(a.Passwords)
	}
	return c
}
