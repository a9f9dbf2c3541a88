package register

import (
	"context"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/wizard/draft"
)

// entry is one entry of the journal of what setup makes at Microsoft: an object,
// or a part that was added to somebody else's object.
type entry struct {
	Kind    string // of the object or part
	Of      string // what it belongs to; may be empty
	ID      string // "" while pending
	Pending bool   // it was about to be made
}

// The kinds of entries.
const (
	registration     = "registration"      // the whole of it; only ever pending
	application      = "application"       // ID: its object ID
	servicePrincipal = "service_principal" // of the application
	grant            = "grant"             // a consent for everybody; Of: the resource
	scope            = "scope"             // added to a consent; Of: the consent, ID: the scope's name
	assignment       = "assignment"        // of an app role; Of: resource/principal/role
	clientSecret     = "secret"            // pending: Of is its name; else ID is its key ID
	audience         = "audience"          // ID: the signInAudience it had before
	redirectURI      = "redirect_uri"      // added to an application
	permission       = "permission"        // added to an application; ID: resource/permission
)

// parseEntry reads an entry of the token file: "kind:id", "kind/of:id", or with
// a "?" at its end and no ID what is pending.
func parseEntry(s string) (e entry) {
	if s, e.Pending = strings.CutSuffix(s, "?"); !e.Pending {
		s, e.ID, _ = strings.Cut(s, ":")
	}
	e.Kind, e.Of, _ = strings.Cut(s, "/")
	return e
}

// String is the entry as the token file holds it.
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

// made returns the entry of what was pending.
func (e entry) made(id string) entry { return entry{Kind: e.Kind, Of: e.Of, ID: id} }

func (e entry) pending() entry { return entry{Kind: e.Kind, Of: e.Of, Pending: true} }

// journal is the list of entries in a token file. Each object is entered before it
// is made and again when it is, so that a run after an interruption knows what may
// exist.
type journal struct{ Draft *draft.Draft }

// entries returns all entries of a token file, the oldest first.
func entries(f tokenfile.File) (all []entry) {
	for _, s := range f.Azure.Created {
		all = append(all, parseEntry(s))
	}
	return all
}

// Has reports that an entry is in the journal.
func (j journal) Has(e entry) bool { return slices.Contains(j.Draft.File.Azure.Created, e.String()) }

// Pending reports that an object was about to be made when setup was stopped.
func (j journal) Pending(kind string) bool { return j.Has(entry{Kind: kind, Pending: true}) }

// Begin enters that an object is about to be made.
func (j journal) Begin(ctx context.Context, e entry) error { return j.Add(ctx, e.pending()) }

// Add enters parts that are added to somebody else's object.
func (j journal) Add(ctx context.Context, entries ...entry) error {
	return j.Draft.Save(ctx, func(f *tokenfile.File) {
		for _, e := range entries {
			add(f, e)
		}
	})
}

// Commit enters that the object was made, and with it what change says.
func (j journal) Commit(ctx context.Context, e entry, id string, change func(*tokenfile.File)) error {
	return j.Draft.Save(ctx, func(f *tokenfile.File) {
		remove(f, e.pending())
		add(f, e.made(id))
		if change != nil {
			change(f)
		}
	})
}

// Adopt enters an object that was found: setup has made it if it was pending.
func (j journal) Adopt(ctx context.Context, e entry, id string, change func(*tokenfile.File)) error {
	switch {
	case j.Has(e.pending()):
		return j.Commit(ctx, e, id, change)
	case change == nil:
		return nil
	}
	return j.Draft.Save(ctx, change)
}

// Remove takes an entry out.
func (j journal) Remove(ctx context.Context, e entry) error {
	return j.Draft.Save(ctx, func(f *tokenfile.File) { remove(f, e) })
}

// add and remove keep each entry at most once.
func add(f *tokenfile.File, e entry) {
	remove(f, e)
	f.Azure.Created = append(f.Azure.Created, e.String())
}

func remove(f *tokenfile.File, e entry) { f.Azure.Created = without(f.Azure.Created, e.String()) }

// without returns a copy of list that has no s.
func without(list []string, s string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(old string) bool { return old == s })
}
