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

// wait waits for the end of one attempt in the browser.
type wait struct {
	*Browser
	Request   // NoLoopback: the sign-in ends on a page of the base, whose address must be pasted
	auth      *oauthflow.AuthRequest
	since     time.Time   // when the browser was opened
	listed    bool        // the likely refusals were listed: a number selects one
	answers   chan answer // from the terminal, the guide's page and the sandbox's browser
	questions sync.WaitGroup
}

// answer is a pasted text, or the error of the question.
type answer struct {
	text     string
	numbered bool // a number selects one of the likely refusals
	err      error
}

// send passes an answer to until. Its error is that of the context.
func (w *wait) send(ctx context.Context, a answer) error {
	select {
	case w.answers <- a:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// until returns the callback, received by the listener or pasted, or the error that
// ends the wait. A nil listener accepts pasted addresses only.
func (w *wait) until(ctx context.Context, l *oauthflow.Listener) (back *oauthflow.Callback, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer w.questions.Wait() // the question must be off the screen before anything else is printed
	defer cancel()
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		var err error
		back, err = l.Wait(ctx, w.auth, address, func(error) {}) // the question already validated the address
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

// take passes a pasted address to the listener. If the question timed out or the
// answer is empty, it lists the likely refusals and asks again. It returns the refusal that the user copied
// from a page, or the error of the question.
func (w *wait) take(ctx context.Context, a answer, address chan<- string) error {
	_, missing := errors.AsType[*prompt.Missing](a.err)
	if ended := ctx.Err(); ended != nil || missing && !w.NoLoopback { // the browser can still return by itself
		return nil //nolint:nilerr // whoever ended ctx reports why
	}
	switch {
	case errors.Is(a.err, context.DeadlineExceeded), a.err == nil && a.text == "":
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
	default: // there is one already
	}
	return nil
}

// ask asks for the address of the browser's last page in the background. The first
// question ends with context.DeadlineExceeded after the time Quiet.
func (w *wait) ask(ctx context.Context) {
	if w.Dialog.Unattended() && !w.NoLoopback {
		return
	}
	limited, cancel := context.WithTimeout(ctx, cmp.Or(w.Quiet, time.Minute))
	if w.listed {
		limited = ctx
	}
	q, a := w.question(), answer{numbered: w.listed}
	w.questions.Go(func() {
		defer cancel()
		for again := true; again; again = a.err == nil && a.text == "" && a.numbered {
			a.text, a.err = w.Dialog.Ask(limited, q)
		}
		_ = w.send(ctx, a)
	})
}

// pasteOnPage accepts the address on the guide's page too: pasting is easier in a
// browser than in some consoles.
func (w *wait) pasteOnPage(ctx context.Context) (over func()) {
	if !w.NoLoopback {
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

// Microsoft shows some refusals on its own page and does not redirect, as RFC 6749
// section 4.1.2.1 requires for an invalid redirect URI. After a while without a
// callback the user is asked what the page says.

// listLikely prints a numbered list of the likely refusals.
func (w *wait) listLikely() {
	w.listed = true
	tell := w.Dialog.Tell
	tell.Print(i18n.T("The browser has not returned yet. What does Microsoft's page say?"))
	for i, code := range w.Likely {
		if f, ok := faults.ByCode(code); ok {
			tell.Print(i18n.T("%s %s (%s)", fmt.Sprintf("%3d.", i+1), f.What, f.Name()))
		}
	}
}

// question asks for the address of the last page, or for the message or code on
// Microsoft's page or, once they are listed, the number of a likely refusal. Any
// other answer is rejected.
func (w *wait) question() prompt.Question {
	numbered := w.listed
	q := prompt.Question{ID: "pasted-address", Page: w.Page, Optional: !w.NoLoopback, Meanwhile: Waiting,
		Since: w.since, Link: w.auth.URL,
		Title: i18n.T("Address of the last page (or the error message it shows)"),
		Help: i18n.T("The browser returns to this program by itself. If it shows an error, press Enter. If it runs on " +
			"another computer, paste the address of its last page here.")}
	if w.NoLoopback {
		q.Help = i18n.T("At the end the browser shows a page of your base (an error 403 or the login page: this is " +
			"normal). Copy the whole address of that page and paste it here.")
	}
	if numbered {
		q.ID, q.Help = "page-says", i18n.Text{}
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

// badAddress returns why a pasted text is not the requested address.
func badAddress(err error) *problem.Problem {
	what := i18n.T("This address does not contain a sign-in code.")
	if errors.Is(err, oauthflow.ErrState) {
		what = i18n.T("This address belongs to another sign-in.")
	}
	return &problem.Problem{Exit: problem.Usage, ID: "pasted-address", What: what, Err: err,
		Do: i18n.T("Copy the whole address of the last page and paste it.")}
}

// fromPage returns the refusal whose message was copied from Microsoft's or the
// base's page or whose number was selected, and nil for anything else. Refusals in
// addresses are left to the listener.
func (w *wait) fromPage(a answer) error {
	text := strings.TrimSpace(a.text)
	if regexp.MustCompile(`^\S*[?&#](code|error)=\S*$`).MatchString(text) { // an address
		return nil
	}
	if n, err := strconv.Atoi(text); err == nil && a.numbered && n >= 1 && n <= len(w.Likely) {
		text = strconv.Itoa(w.Likely[n-1])
	}
	found := faults.Find(text)
	if len(found) == 0 {
		return nil
	}
	f := found[0]
	if w.NoLoopback && f.ID == "base-forbidden" {
		return nil // a sign-in by paste ends on that page, and its address is needed
	}
	if f.RedirectUnregistered() && !w.NoLoopback {
		return errUseBaseURI // which may be registered
	}
	return &faults.Refusal{Fault: f.Fault, Detail: cmp.Or(f.Detail, f.Name())}
}
