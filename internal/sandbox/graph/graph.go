// Package graph simulates the part of Microsoft Graph that registers an
// application, with Graph's objects, errors and replication delay. Unlike Graph, it
// rejects all unknown properties.
package graph

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
)

// Directory is the tenant's directory, which Graph changes and Entra reads.
type Directory struct {
	now func() time.Time
	lag time.Duration

	mu          sync.Mutex
	apps        []*application
	principals  []*principal
	grants      []*grant
	assignments []*assignment
	calls       int
	deleted     []string // client ids of deleted applications
}

// New returns a directory with the service principals of Microsoft Graph and
// Exchange Online. As at Microsoft, a new object becomes visible on the replicas
// after a random delay, which is shorter than lag.
func New(now func() time.Time, lag time.Duration) *Directory {
	return &Directory{now: now, lag: lag, principals: resources()}
}

// The scenarios. The local part of the administrator's address selects the behavior
// of the directory.
const (
	scenarioNoRights      = "nopriv"     // a user without a role
	scenarioNoRegister    = "noregister" // like nopriv, and users may not register applications
	scenarioCreateOnly    = "createonly" // Application Developer: can create, cannot consent
	scenarioAssignment    = "assignment" // applications of this tenant require assignment
	scenarioShortSecrets  = "maxlife"    // a policy limits the lifetime of secrets
	scenarioNoSecrets     = "nosecrets"  // a policy forbids secrets
	scenarioTooManyCalls  = "throttled"  // every third call is throttled
	maxSecretLifetimeDays = 180          // in scenarioShortSecrets
)

// visibleFrom returns when an object created now will be visible on all replicas.
func (d *Directory) visibleFrom() time.Time {
	if d.lag <= 0 {
		return d.now()
	}
	return d.now().Add(rand.N(d.lag))
}

func (d *Directory) visible(from time.Time) bool { return !d.now().Before(from) }

// find returns the matching object, or Graph's error for an unknown id.
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

// Client is an application as seen by Entra's sign-in.
type Client struct {
	RedirectURIs []string // nil if unknown: the application was registered in an earlier run
	Consented    []string // for all users; "app id of the resource/name"

	assigned []string
	required bool // assignment is required
}

// Client returns the application with that client id, once it is visible to Entra.
// For an application registered in an earlier run, only the id is known.
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

// CheckSecret returns the error code for a client's secret, or 0 if it is valid. A
// secret that is not replicated yet is invalid.
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

// Census counts the objects of a directory, except Microsoft's own.
type Census struct{ Applications, Principals, Grants, Secrets, Assignments int }

// Census counts all objects, including those that are not replicated yet.
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
