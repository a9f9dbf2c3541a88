// Package faults is the catalogue of the errors of Entra, of Exchange Online and of
// a base: what each means, who must act, what to do, and the original message as a
// sample. Find searches a text for them.
package faults

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Origin is where a refusal appears.
type Origin string

// The origins.
const (
	SignInPage Origin = "page"     // on Microsoft's page; the program gets no answer
	Callback   Origin = "redirect" // in the redirect of the browser (RFC 6749 section 4.1.2.1)
	FromToken  Origin = "token"    // in the answer of the token endpoint (RFC 6749 section 5.2)
	FromSMTP   Origin = "smtp"
	FromIMAP   Origin = "imap"
	FromGraph  Origin = "graph"   // in an answer of Microsoft Graph, or in a portal
	OnBase     Origin = "base"    // on a page or in a dialog of the base, in Odoo's words
	OnNetwork  Origin = "network" // in the words of a program that could not connect
)

// Actor is who must act.
type Actor = problem.Actor

// The actors of the catalogue, and Operator and NetworkAdmin, who run this computer
// and its network.
const (
	Nobody        = problem.Nobody
	User          = problem.User
	EntraAdmin    = problem.EntraAdmin
	AppOwner      = problem.AppOwner
	ExchangeAdmin = problem.ExchangeAdmin
	Support       = problem.Support
	NetworkAdmin  = problem.NetworkAdmin
	Operator      = problem.Operator
)

// Actors returns the actors of the catalogue, those nearest to the mailbox first.
func Actors() []Actor {
	return []Actor{User, EntraAdmin, AppOwner, ExchangeAdmin, Support, Nobody}
}

// Responsible returns who must act, in words. What a user corrects in the base needs
// access to its settings.
func (f Fault) Responsible() i18n.Text {
	if f.Who == User && f.Where == OnBase {
		return i18n.T("an administrator of the OpenFire base")
	}
	return f.Who.Text()
}

// Fault is an entry of the catalogue. Its ID is also the local part of the
// sandbox's mailbox that reproduces it.
type Fault struct {
	ID       string // of Entra: aadsts and the Code
	Where    Origin
	Verb     string // mail only: the refused command; AUTH, MAIL, DATA, AUTHENTICATE or SELECT
	Code     int    // AADSTS number; 0 for a mail reply
	Error    string // OAuth error (RFC 6749 section 5.2)
	Suberror string
	Status   int      // HTTP status, or SMTP reply code
	Enhanced string   // enhanced status code (RFC 3463), mail only
	Words    []string // in lower case; one of them identifies it among entries of the same code, or without a code
	codes    []string // other AADSTS codes and enhanced status codes of the same kind, and ranges of them
	Sample   string   // the original message, {name} standing for what varies
	SampleFR string   // the message in French, where there is one
	What, Do i18n.Text
	Who      Actor
	Link     string // a page of a portal, relative to Cloud.Portal or absolute; {appid} stands for the client ID
	Passes   bool   // temporary: it is enough to wait
	Dead     bool   // the refresh token will never work again
}

// Entra returns the fault of an error response of Entra. It looks for an AADSTS code
// in the catalogue, then at the HTTP status, then for the family of a code, then at the
// OAuth error, but never at the text, which Microsoft changes. If nothing matches it
// returns a general fault.
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
		if f, ok := entraFamily(code); ok && !isGeneral(code) && oauthError != "temporarily_unavailable" {
			return f
		}
	}
	for _, f := range fallbacks() {
		if f.Error != "" && f.Error == oauthError {
			return f
		}
	}
	for _, code := range codes {
		if f, ok := entraFamily(code); ok {
			return f
		}
	}
	return fallback("refused")
}

// ByCode returns the catalogue's own entry for an AADSTS code.
func ByCode(code int) (Fault, bool) {
	return first(func(f *Fault) bool { return f.Code == code && code != 0 })
}

// ByID returns the catalogue's entry with an ID.
func ByID(id string) (Fault, bool) {
	return first(func(f *Fault) bool { return f.ID == id })
}

// first returns the first entry of the catalogue that matches.
func first(matches func(*Fault) bool) (Fault, bool) {
	for i, all := 0, Catalogue(); i < len(all); i++ {
		if matches(&all[i]) {
			return all[i], true
		}
	}
	return Fault{}, false
}

// Name returns the fault's code as Microsoft writes it, or its ID.
func (f Fault) Name() string {
	switch {
	case f.Code != 0:
		return "AADSTS" + strconv.Itoa(f.Code)
	case f.Enhanced != "" && f.Status != 0:
		return strconv.Itoa(f.Status) + " " + f.Enhanced
	case f.Enhanced != "":
		return f.Enhanced
	case f.Where == FromSMTP && f.Status != 0:
		return strconv.Itoa(f.Status)
	}
	return f.ID
}

// Title returns what the fault is about, with its code if it has one.
func (f Fault) Title() i18n.Text {
	if name := f.Name(); name != f.ID {
		return i18n.T("%s (%s)", f.topic(), name)
	}
	return f.topic()
}

// topic returns which part of the connection the fault is about.
func (f Fault) topic() i18n.Text {
	switch {
	case f.Where == OnNetwork:
		return i18n.T("Network")
	case f.Where == OnBase:
		return i18n.T("OpenFire base")
	case f.Where == FromIMAP:
		return i18n.T("Incoming mail")
	case f.Where == FromSMTP && f.Verb == "AUTH":
		return i18n.T("Sign-in of the base to Exchange")
	case f.Where == FromSMTP:
		return i18n.T("Outgoing mail")
	case f.Where == FromGraph || f.Who == AppOwner:
		return i18n.T("App registration")
	}
	return i18n.T("Sign-in to Microsoft")
}

// Works returns what the fault shows not to be its cause.
func (f Fault) Works() i18n.Text {
	switch {
	case f.Where == OnNetwork || f.Where == OnBase:
		return i18n.T("Not the cause: the application and its permissions in Microsoft Entra.")
	case f.Where == FromSMTP && (f.Verb == "DATA" || f.Verb == "MAIL" && f.ID != notSignedIn):
		return i18n.T("Not the cause: the connection to Microsoft 365 and the sign-in of the mailbox, which work.")
	case f.Where == FromSMTP || f.Where == FromIMAP:
		return i18n.T("Not the cause: the network. The mail server was reached and answered.")
	}
	return i18n.T("Not the cause: the network. Microsoft was reached and answered.")
}

// Refusal is a refusal by Microsoft as an error.
type Refusal struct {
	Fault
	Detail     string        // Microsoft's words, sanitized
	TraceID    string        // identifies the request to Microsoft's support; may be empty
	RetryAfter time.Duration // requested by the server, or 0
}

// Error returns the fault's ID and Microsoft's words.
func (r *Refusal) Error() string { return r.ID + ": " + r.Detail }

// Problem returns the refusal as an error for a person.
func (r *Refusal) Problem() *problem.Problem {
	return &problem.Problem{Exit: r.Exit(), ID: r.ID, What: r.What, Do: r.Do, Err: r}
}

// AsRefusal finds in err a refusal by Entra or by a mail server.
func AsRefusal(err error) (*Refusal, bool) { return errors.AsType[*Refusal](err) }

// spaTokenExpired is the AADSTS code of an expired refresh token of a single-page
// application (SPA). The application's owner must correct the registration, and the
// mailbox's user must sign in again.
const spaTokenExpired = 700084

// Exit returns the exit code, which depends on who must act. It does not tell whether
// the token can be used again: Dead does.
func (f Fault) Exit() problem.Exit {
	switch {
	case f.Passes:
		return problem.Temporary
	case !slices.Contains([]Origin{SignInPage, Callback, FromToken, FromGraph}, f.Where):
		return problem.Mail
	case f.Who == User, f.Code == spaTokenExpired:
		return problem.SignIn
	}
	return problem.Application
}

// CodeOf returns the AADSTS number of an error, 0 if it has none that is known.
func CodeOf(err error) int {
	if refusal, is := AsRefusal(err); is {
		return refusal.Code
	}
	return 0
}

// URL returns the page of cloud c on which the fault is corrected, or "" if there is
// none. If the page needs a client ID and clientID is "", it returns the list of
// applications.
func (f Fault) URL(c azure.Cloud, clientID string) string { return c.Link(f.Link, clientID) }

// maxCodes is how many AADSTS numbers of a description are read.
const maxCodes = 4

// EntraRefusal returns the refusal that an error response of Entra describes. The
// arguments are its members error_codes, error, error_description and trace_id (RFC
// 6749 section 5.2 and Microsoft's extensions), and the HTTP status, 0 for a redirect.
// AADSTS codes and the trace ID are also read from the description.
func EntraRefusal(codes []int, oauthError string, status int, description, traceID string) *Refusal {
	codes = slices.Clone(codes)
	for _, rest := range strings.SplitN(description, "AADSTS", maxCodes+1)[1:] {
		if code, length := digits(rest, 0, 8); length >= 4 && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	_, trace, _ := strings.Cut(description, "Trace ID: ")
	r := &Refusal{Fault: Entra(codes, oauthError, status), Detail: oauthError,
		TraceID: cmp.Or(guidPrefix(traceID), guidPrefix(trace))}
	for _, next := range []string{"Trace ID: ", "Correlation ID: ", "Timestamp: "} {
		description, _, _ = strings.Cut(description, next)
	}
	if words := sanitize.Line(description); words != "" {
		r.Detail += ": " + words
	}
	return r
}

// guidPrefix returns the GUID at the beginning of s, or "".
func guidPrefix(s string) string {
	if id := s[:min(len(s), 36)]; azure.IsGUID(id) {
		return id
	}
	return ""
}
