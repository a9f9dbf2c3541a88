// Package graph simulates the part of Microsoft Graph that registers an
// application, with Graph's objects, errors and replication delay. Unlike Graph
// it refuses every field that it does not know.
package graph

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
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
	graph := resource(azure.GraphAppID, "Microsoft Graph")
	exchange := resource(azure.ExchangeAppID, "Office 365 Exchange Online")
	return &Directory{now: now, lag: lag, principals: []*principal{graph, exchange}}
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
