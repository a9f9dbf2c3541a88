package signin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/oauthflow"
)

// wait is the wait for one browser.
type wait struct {
	*Browser
	auth      *oauthflow.AuthRequest
	paste     bool        // the sign-in ends on a page of the base, whose address is pasted
	listed    bool        // the likely refusals were listed: a number chooses one
	answers   chan answer // from the terminal, the guide's page and the sandbox's visitor
	questions sync.WaitGroup
}

// answer is what a person pasted, or why nobody did.
type answer struct {
	text     string
	numbered bool // a number may choose one of the likely refusals
	err      error
}

// send passes an answer on while it is waited for; its error is the context's.
func (w *wait) send(ctx context.Context, a answer) error {
	select {
	case w.answers <- a:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// until returns the browser's return, from the listener or pasted, or the error
// that ends the wait. A nil listener takes pasted addresses only.
func (w *wait) until(ctx context.Context, l *oauthflow.Listener) (back *oauthflow.Callback, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer w.questions.Wait() // the question must leave the terminal before anything else is printed
	defer cancel()
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		var err error
		back, err = l.Wait(ctx, w.auth, address, func(error) {}) // the question has validated the address
		ended <- err
	}()
	defer w.pasteOnPage(ctx)()
	w.ask(ctx)
	for {
		select {
		case err := <-ended:
			return back, err
		case a := <-w.answers:
			stop := w.take(ctx, a, address)
			if stop == nil {
				continue
			}
			if cancel(); <-ended == nil {
				return back, nil
			}
			return nil, stop
		}
	}
}

// take hands a pasted address to the listener, and asks again where nothing has
// come back for a while. Its error is the refusal that the person copied from a
// page, or why there is no answer.
func (w *wait) take(ctx context.Context, a answer, address chan<- string) error {
	_, missing := errors.AsType[*prompt.Missing](a.err)
	switch {
	case ctx.Err() != nil || missing && !w.paste: // the browser may come back by itself
		return nil
	case errors.Is(a.err, context.DeadlineExceeded):
		w.listLikely()
		w.ask(ctx)
		return nil
	case a.err != nil:
		return a.err
	}
	if err := w.fromPage(a); err != nil {
		return err
	}
	select {
	case address <- a.text:
	default: // another one was taken already
	}
	return nil
}

// ask asks in the background for the address of the browser's last page. The
// first time the question ends with context.DeadlineExceeded when nothing has
// come back for a while.
func (w *wait) ask(ctx context.Context) {
	if w.Dialog.Unattended() && !w.paste {
		return
	}
	limited, cancel := context.WithTimeout(ctx, cmp.Or(w.Quiet, time.Minute))
	if w.listed {
		limited = ctx
	}
	q, a := w.question(), answer{numbered: w.listed}
	w.questions.Go(func() {
		defer cancel()
		for a.err == nil && a.text == "" {
			a.text, a.err = w.Dialog.Ask(limited, q)
		}
		_ = w.send(ctx, a)
	})
}

// pasteOnPage lets the guide's page take the address too: a browser can be pasted
// into where a console cannot.
func (w *wait) pasteOnPage(ctx context.Context) (over func()) {
	if !w.paste {
		return func() {}
	}
	q := w.question()
	address, over := w.Dialog.Book.Await(func(text string) error {
		text, err := q.Accept(text)
		if err != nil {
			return err
		}
		return w.send(ctx, answer{text: text})
	})
	if address != "" {
		w.Dialog.Tell.Print(i18n.T("Or paste it into this page:"))
		w.Dialog.Tell.Page(address)
	}
	return over
}

// Microsoft shows some refusals on its own page and never sends them back: RFC 6749
// section 4.1.2.1 requires that for a bad redirect URI. After a while without an
// answer the person is asked what the page says.

// likely are the refusals that people meet on that page, the most frequent first.
var likely = []int{
	faults.RedirectMismatch, faults.AdminConsentRequired, faults.NotAssigned, faults.UnknownApplication,
	faults.AccountOfOtherTenant, faults.BlockedByPolicy, faults.UnknownAccount, faults.UnknownTenant,
}

// listLikely prints, numbered, what the page may say.
func (w *wait) listLikely() {
	w.listed = true
	tell := w.Dialog.Tell
	tell.Print(i18n.T("The browser has not returned yet. What does Microsoft's page say?"))
	for i, code := range likely {
		if f, ok := faults.ByCode(code); ok {
			tell.Print(i18n.T("%s %s (%s)", fmt.Sprintf("%3d.", i+1), f.What, f.Name()))
		}
	}
}

// question takes the address of this sign-in, or what Microsoft's page says: its
// message, its code or, once they were listed, the number of a likely refusal.
// Anything else is refused with the reason, and asked for again.
func (w *wait) question() prompt.Question {
	numbered := w.listed
	q := prompt.Question{ID: "pasted-address", Optional: !w.paste, Meanwhile: Waiting,
		Title: i18n.T("Address of the last page (or the error message it shows)")}
	if numbered {
		q.ID = "page-says"
		q.Title = i18n.T("A number, the message or code on the page, or the address of the last page")
	}
	q.Check = func(text string) (string, error) {
		_, err := w.auth.Parse(text)
		var refused *oauthflow.Error
		if err != nil && !errors.As(err, &refused) && w.fromPage(answer{text: text, numbered: numbered}) == nil {
			return "", badAddress(err)
		}
		return text, nil
	}
	return q
}

// badAddress says why a pasted text is not the address that was asked for.
func badAddress(err error) *problem.Problem {
	what := i18n.T("This address does not contain a sign-in code.")
	if errors.Is(err, oauthflow.ErrState) {
		what = i18n.T("This address belongs to another sign-in.")
	}
	return &problem.Problem{Exit: problem.Usage, ID: "pasted-address", What: what, Err: err,
		Do: i18n.T("Copy the whole address of the last page and paste it.")}
}

// fromPage returns the refusal that somebody copied from Microsoft's page or from
// the base's, or chose by its number; nil for anything else. Addresses can carry
// refusals too: those are the listener's to read.
func (w *wait) fromPage(a answer) error {
	text := strings.TrimSpace(a.text)
	if regexp.MustCompile(`^\S*[?&#](code|error)=\S*$`).MatchString(text) { // an address
		return nil
	}
	if n, err := strconv.Atoi(text); err == nil && a.numbered && n >= 1 && n <= len(likely) {
		text = strconv.Itoa(likely[n-1])
	}
	found := faults.Find(text)
	if len(found) == 0 {
		return nil
	}
	f := found[0]
	if w.paste && f.ID == "base-forbidden" {
		return nil // the very page on which a sign-in by paste ends: its address is wanted
	}
	if f.RedirectUnregistered() && !w.paste {
		return errUseBaseURI // that one may be registered
	}
	return &faults.Refusal{Fault: f.Fault, Detail: cmp.Or(f.Detail, f.Name())}
}
