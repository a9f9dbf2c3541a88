// Package faults is the catalogue of what Microsoft and a base refuse: who must
// act, where to click, and Microsoft's own words as a sample. Find looks for its
// entries in any text that people copy.
package faults

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// Origin is where a refusal shows.
type Origin string

// The places.
const (
	SignInPage Origin = "page"     // on Microsoft's own page: the program hears nothing
	Callback   Origin = "redirect" // in the address the browser comes back to
	FromToken  Origin = "token"    // in the answer of the token endpoint
	FromSMTP   Origin = "smtp"
	FromIMAP   Origin = "imap"
	OnBase     Origin = "base" // on a page or in a dialogue of the base, in Odoo's words
)

// Actor is who must act.
type Actor string

// The actors.
const (
	Nobody        Actor = "nobody"
	User          Actor = "user"
	EntraAdmin    Actor = "entra_admin"
	AppOwner      Actor = "app_owner"
	ExchangeAdmin Actor = "exchange_admin"
	Support       Actor = "openfire_support"
	Operator      Actor = "operator" // of no fault of Microsoft's
)

var actors = map[Actor]i18n.Text{
	Nobody:        i18n.T("nobody: waiting is enough"),
	User:          i18n.T("the person who uses this mailbox"),
	EntraAdmin:    i18n.T("the Microsoft Entra administrator"),
	AppOwner:      i18n.T("whoever registered the OpenFire application"),
	ExchangeAdmin: i18n.T("the Microsoft 365 (Exchange) administrator"),
	Support:       i18n.T("OpenFire support"),
	Operator:      i18n.T("whoever looks after this machine"),
}

// Actors are all who may have to act upon a fault, the nearest first.
func Actors() []Actor {
	return []Actor{User, EntraAdmin, AppOwner, ExchangeAdmin, Support, Nobody}
}

// Text names the actor.
func (a Actor) Text() i18n.Text { return actors[a] }

// Fault is one entry of the catalogue: how Microsoft says it, what it means
// here, who must do what. Its ID is also the local part of the sandbox's
// mailbox that plays it.
type Fault struct {
	ID       string
	Where    Origin
	Verb     string // the command it answers, mail only: AUTH, MAIL, DATA; AUTHENTICATE, SELECT
	Code     int    // AADSTS number; 0 for a mail reply
	Error    string // OAuth error (RFC 6749 section 5.2)
	Suberror string
	Status   int      // HTTP status, or SMTP reply code
	Enhanced string   // enhanced status code (RFC 3463), mail only
	Words    []string // tell it from others of the same code, or tell it at all where there is no code
	Sample   string   // Microsoft's or Odoo's own words, {name} standing for what varies
	SampleFR string   // the same where they are also spoken in French
	Source   string   // where the words come from
	What, Do i18n.Text
	Who      Actor
	Link     string // where to click, {appid} standing for the client id
	Exit     problem.Exit
	Passes   bool // waiting helps
	Dead     bool // the refresh token will never work again
}

// Entra returns the catalogue's entry for an answer of Entra: the number
// decides, then the HTTP status, then what is known of numbers without an entry,
// then the OAuth error; never the sentence, which Microsoft changes. Something
// is always found.
func Entra(codes []int, oauthError string, status int) Fault {
	for _, code := range codes {
		if f, ok := ByCode(code); ok {
			return f
		}
	}
	if status == 429 || status >= 500 {
		oauthError = "temporarily_unavailable"
	}
	for _, code := range codes {
		if f, ok := fromList(code); ok && oauthError != "temporarily_unavailable" {
			return f
		}
	}
	for _, f := range fallbacks {
		if f.Error == oauthError {
			return f
		}
	}
	return fallbacks[len(fallbacks)-1]
}

// ByCode returns the catalogue's own entry for an AADSTS code.
func ByCode(code int) (Fault, bool) {
	all := Catalogue()
	for i := range all {
		if all[i].Code == code && code != 0 {
			return all[i], true
		}
	}
	return Fault{}, false
}

// ByID returns the entry with that ID.
func ByID(id string) (Fault, bool) {
	i := slices.IndexFunc(Catalogue(), func(f Fault) bool { return f.ID == id })
	if i < 0 {
		return Fault{}, false
	}
	return Catalogue()[i], true
}

// Name is how a person calls the fault: by Microsoft's codes where it has some.
func (f Fault) Name() string {
	switch {
	case f.Code != 0:
		return "AADSTS" + strconv.Itoa(f.Code)
	case f.Enhanced != "":
		return strconv.Itoa(f.Status) + " " + f.Enhanced
	}
	return f.ID
}

// Refusal is an error: Microsoft refused, and the catalogue knows why.
type Refusal struct {
	Fault
	Detail     string        // Microsoft's words, sanitised
	TraceID    string        // for Microsoft's support; may be empty
	RetryAfter time.Duration // as asked by the server; 0 when it said nothing
}

// Error is the fault and Microsoft's words.
func (r *Refusal) Error() string { return r.ID + ": " + r.Detail }

// Problem is the refusal as it is told to a person.
func (r *Refusal) Problem() *problem.Problem {
	return &problem.Problem{Exit: r.Exit, ID: r.ID, What: r.What, Do: r.Do, Err: r}
}

// AsRefusal finds in err a refusal by Entra or by a mail server.
func AsRefusal(err error) (*Refusal, bool) { return errors.AsType[*Refusal](err) }

// URL is the page of cloud c on which the fault is mended; empty when there is
// nothing to click or the client id it needs is not known.
func (f Fault) URL(c azure.Cloud, clientID string) string {
	if strings.Contains(f.Link, "{appid}") && clientID == "" {
		return c.Portal + azure.PageApps
	}
	link := strings.ReplaceAll(f.Link, "{appid}", clientID)
	if strings.HasPrefix(link, "/") {
		link = c.Portal + link
	}
	return link
}
