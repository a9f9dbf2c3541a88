// Package graph simulates the part of Microsoft Graph that registers an
// application, with Graph's objects, errors and replication delay. Unlike Graph
// it refuses every field that it does not know.
package graph

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
)

// Directory is the tenant's directory: what Graph writes and Entra reads.
type Directory struct {
	now func() time.Time
	lag time.Duration

	mu          sync.Mutex
	apps        []*application
	principals  []*principal
	grants      []*grant
	assignments []*assignment
	calls       int
	deleted     []string // the client ids of deleted applications
}

// New returns a directory with the service principals of Microsoft Graph and
// Exchange Online. As at Microsoft, its replicas know a new object after a random
// delay, which is less than lag.
func New(now func() time.Time, lag time.Duration) *Directory {
	return &Directory{now: now, lag: lag, principals: resources()}
}

// The scenarios: what the directory does depends on the local part of the
// administrator's address.
const (
	scenarioNoRights      = "nopriv"     // a user without a role
	scenarioNoRegister    = "noregister" // the same, and users may not register applications
	scenarioCreateOnly    = "createonly" // Application Developer: creates, cannot consent
	scenarioAssignment    = "assignment" // applications of this tenant require assignment
	scenarioShortSecrets  = "maxlife"    // a policy limits the lifetime of secrets
	scenarioNoSecrets     = "nosecrets"  // a policy forbids secrets
	scenarioTooManyCalls  = "throttled"  // every third call is refused
	maxSecretLifetimeDays = 180          // in scenarioShortSecrets
)

// visibleFrom returns when all replicas will know an object that is made now.
func (d *Directory) visibleFrom() time.Time {
	if d.lag <= 0 {
		return d.now()
	}
	return d.now().Add(rand.N(d.lag))
}

func (d *Directory) visible(from time.Time) bool { return !d.now().Before(from) }

// find returns the object that matches, or Graph's error about an unknown id.
func find[T any](all []*T, id string, matches func(*T) bool) (*T, *failure) {
	if i := slices.IndexFunc(all, matches); i >= 0 {
		return all[i], nil
	}
	return nil, notFound(id)
}

// application returns the application with that object id.
func (d *Directory) application(id string) (*application, *failure) {
	return find(d.apps, id, func(a *application) bool { return a.ID == id && d.visible(a.visibleFrom) })
}

// principal returns the service principal with that object id.
func (d *Directory) principal(id string) (*principal, *failure) {
	return find(d.principals, id, func(p *principal) bool { return p.ID == id && d.visible(p.visibleFrom) })
}

func (d *Directory) grant(id string) (*grant, *failure) {
	return find(d.grants, id, func(g *grant) bool { return g.ID == id })
}

// remove deletes a service principal with its grants and assignments.
func (d *Directory) remove(p *principal) {
	d.principals = slices.DeleteFunc(d.principals, func(o *principal) bool { return o == p })
	d.grants = slices.DeleteFunc(d.grants, func(g *grant) bool { return g.ClientID == p.ID })
	d.assignments = slices.DeleteFunc(d.assignments, func(a *assignment) bool {
		return a.Resource == p.ID || a.Principal == p.ID
	})
}

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
	a, f := find(d.apps, id, func(a *application) bool { return a.AppID == id })
	switch {
	case f != nil:
		return c, madeBySandbox(id) && !slices.Contains(d.deleted, id)
	case !d.visible(a.visibleFrom):
		return c, false
	}
	c.RedirectURIs = a.Web.RedirectURIs
	if p, f := find(d.principals, id, func(p *principal) bool { return p.AppID == id }); f == nil {
		c.Consented, c.required = d.consented(p), p.AssignmentRequired
		for _, a := range d.assignments {
			if a.Resource == p.ID {
				c.assigned = append(c.assigned, a.Principal)
			}
		}
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
	if a, f := find(d.apps, clientID, func(a *application) bool { return a.AppID == clientID }); f == nil {
		known = false
		for _, s := range a.Passwords {
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
	const microsofts = 2
	c := Census{len(d.apps), len(d.principals) - microsofts, len(d.grants), 0, len(d.assignments)}
	for _, a := range d.apps {
		c.Secrets += len(a.Passwords)
	}
	return c
}
