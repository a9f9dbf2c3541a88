package graph

import (
	"slices"
	"strings"
	"time"
)

// Client is a registered application as the sign-in service sees it.
type Client struct {
	RedirectURIs []string // nil: of another run, which knew them
	Consented    []string // for everybody; by resource's app id and name, "/" between

	assigned []string
	required bool
}

// Client finds an application by its client id, once Entra knows it. One that
// another run has registered is known by its id alone.
func (s *Server) Client(id string) (c Client, ok bool) {
	if s == nil {
		return c, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.apps, func(a *application) bool { return a.AppID == id })
	if i < 0 {
		return c, selfMade(id) && !slices.Contains(s.gone, id)
	}
	if !s.seen(s.apps[i].born) {
		return c, false
	}
	c.RedirectURIs = s.apps[i].Web.RedirectURIs
	for _, p := range s.principals {
		if p.AppID != id {
			continue
		}
		c.required = p.AssignmentRequired
		for _, a := range s.assignments {
			if a.Resource == p.ID {
				c.assigned = append(c.assigned, a.Principal)
			}
		}
		c.Consented = s.consented(p)
	}
	return c, true
}

func (s *Server) consented(p *principal) (names []string) {
	for _, g := range s.grants {
		if resource, f := s.principal(g.ResourceID); g.ClientID == p.ID && g.ConsentType == "AllPrincipals" && f == nil {
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

// Verdict is what Entra makes of a client secret.
type Verdict int

// The verdicts.
const (
	Wrong Verdict = iota // or too fresh to be known
	Expired
	Good
)

// Secret judges a secret of a client.
func (s *Server) Secret(clientID, text string) Verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	end, ours := ends(clientID, text)
	known := ours
	if i := slices.IndexFunc(s.apps, func(a *application) bool { return a.AppID == clientID }); i >= 0 {
		known = false
		for _, held := range s.apps[i].texts {
			known = known || held.text == text && s.seen(held.born)
		}
	}
	switch {
	case !known:
		return Wrong
	case !s.Now().Before(end):
		return Expired
	}
	return Good
}

// Census counts what the directory holds beside Microsoft's own.
type Census struct{ Applications, Principals, Grants, Secrets, Assignments int }

// Census counts the directory's objects, those that not all replicas know too.
func (s *Server) Census() Census {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := Census{len(s.apps), len(s.principals) - len(offered()), len(s.grants), 0, len(s.assignments)}
	for _, a := range s.apps {
		c.Secrets += len(a.Passwords)
	}
	return c
}

// Register puts an application into the directory as if somebody had made it in
// the portal, with its service principal: for training and tests that begin
// with one. A secret of its ends at end; zero makes none.
func (s *Server) Register(name string, tags, redirectURIs []string, end time.Time) (objectID, clientID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &application{ID: newID(), AppID: newClientID(), DisplayName: name, SignInAudience: "AzureADMyOrg", Tags: tags, Web: web{RedirectURIs: redirectURIs},
		Access: []access{}, Passwords: []credential{}, texts: map[string]secret{}}
	if !end.IsZero() {
		text, id := newSecret(a.AppID, end), newID()
		a.texts[id] = secret{text: text}
		a.Passwords = append(a.Passwords, credential{KeyID: id, Name: "portal", End: end.UTC().Format(time.RFC3339), Hint: text[:3]})
	}
	s.apps = append(s.apps, a)
	s.principals = append(s.principals, &principal{ID: newID(), AppID: a.AppID, DisplayName: name, Scopes: []declarable{}, Roles: []declarable{}})
	return a.ID, a.AppID
}
