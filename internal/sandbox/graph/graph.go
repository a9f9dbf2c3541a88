// Package graph simulates the part of Microsoft Graph that registers an
// application, with Graph's objects, errors and replication delay. Unlike Graph
// it refuses every field that it does not know.
package graph

import (
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
)

// Options configure a Directory.
type Options struct {
	TenantID, TenantName, Domain string

	Now func() time.Time
	Lag func() time.Duration              // until all replicas know a new object; nil: none
	Who func(token string) (Caller, bool) // reads an access token for Graph
	ID  func(mailbox string) string       // the object id of an account
}

// Caller is the administrator who signed in.
type Caller struct {
	Mailbox string
	Scopes  []string // without the resource's prefix
}

// Directory is a tenant's directory: what Graph writes and Entra reads.
type Directory struct {
	Options

	mu          sync.Mutex
	apps        []*application
	principals  []*principal
	grants      []*grant
	assignments []*assignment
	calls       int
	deleted     []string // the client ids of deleted applications
}

// New returns a directory with the service principals of Microsoft Graph and
// Exchange Online.
func New(o Options) *Directory {
	graph := resource(azure.GraphAppID, "Microsoft Graph")
	exchange := resource(azure.ExchangeAppID, "Office 365 Exchange Online")
	return &Directory{Options: o, principals: []*principal{graph, exchange}}
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

func (c Caller) scenario() string {
	name, _, _ := strings.Cut(strings.ToLower(c.Mailbox), "@")
	return name
}

// visibleFrom returns when all replicas will know an object that is made now.
func (d *Directory) visibleFrom() time.Time {
	if d.Lag == nil {
		return d.Now()
	}
	return d.Now().Add(d.Lag())
}

func (d *Directory) visible(from time.Time) bool { return !d.Now().Before(from) }

// application returns the application with that object id.
func (d *Directory) application(id string) (*application, *failure) {
	for _, a := range d.apps {
		if a.ID == id && d.visible(a.visibleFrom) {
			return a, nil
		}
	}
	return nil, notFound(id)
}

// principal returns the service principal with that object id.
func (d *Directory) principal(id string) (*principal, *failure) {
	for _, p := range d.principals {
		if p.ID == id && d.visible(p.visibleFrom) {
			return p, nil
		}
	}
	return nil, notFound(id)
}

func (d *Directory) grant(id string) (*grant, *failure) {
	i := slices.IndexFunc(d.grants, func(g *grant) bool { return g.ID == id })
	if i < 0 {
		return nil, notFound(id)
	}
	return d.grants[i], nil
}

// remove deletes a service principal with its grants and assignments.
func (d *Directory) remove(p *principal) {
	d.principals = slices.DeleteFunc(d.principals, func(o *principal) bool { return o == p })
	d.grants = slices.DeleteFunc(d.grants, func(g *grant) bool { return g.ClientID == p.ID })
	d.assignments = slices.DeleteFunc(d.assignments, func(a *assignment) bool {
		return a.Resource == p.ID || a.Principal == p.ID
	})
}

// newID returns a random GUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (its documentation)
	e := hex.EncodeToString(b[:])
	return e[:8] + "-" + e[8:12] + "-4" + e[13:16] + "-8" + e[17:20] + "-" + e[20:]
}
