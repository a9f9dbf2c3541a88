// Package signin signs a user in at Microsoft through a browser. The browser is
// redirected to a local listener, or the user pastes the address of its last page.
// If neither happens for a while, it asks what Microsoft's page says.
package signin

import (
	"context"
	_ "embed"
	"errors"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/oauthflow"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
)

// Timeout is the time limit for the sign-in in the browser.
const Timeout = 5 * time.Minute

// Waiting is the message shown during the wait for the browser.
var Waiting = i18n.T("Waiting for the browser")

//go:embed page.html
var pageHTML string

// errUseBaseURI means that the sign-in must restart with the base's redirect URI.
var errUseBaseURI = errors.New("start again with the base's redirect URI")

// Browser signs users in. Dialog is required.
type Browser struct {
	Dialog *dialog.Dialog
	Open   func(address string) error // opens the browser; nil: the address is only printed
	Attend bool                       // somebody at the terminal presses Enter before the browser opens
	Paste  bool                       // use the base's redirect URI even if a loopback one is registered
	Quiet  time.Duration              // how long to wait before asking what the page says; 0 means a minute
}

// Request is one sign-in.
type Request struct {
	Client  oauthflow.Config
	Scopes  []string
	Mailbox string    // login hint; may be empty
	Title   i18n.Text // printed before the address
	Account i18n.Text // what the browser will show, and which account to choose
	Page    string    // of the guide
	Likely  []int     // the refusals that Microsoft most often shows on its page

	LoopbackPath string // path of the loopback redirect URI
	NoLoopback   bool   // the application has no loopback redirect URI
	BaseURI      string // the base's redirect URI; "" if the application is not that of the base
}

// SignIn signs a user in and returns the tokens:
//
//  1. It sends the browser to Microsoft and waits for the code (see attempt). If
//     Microsoft's page says that the loopback redirect URI is not registered, it
//     restarts with the base's redirect URI.
//  2. It exchanges the code for tokens.
//  3. It calls accept to validate the tokens, and returns its error.
//  4. It shows the result in the browser.
//
// Errors are *faults.Refusal, *problem.Problem, those of accept, of oauthflow and
// of prompt.Prompter, or the context's.
func (b *Browser) SignIn(
	ctx context.Context, r Request, accept func(oauthflow.Token) error,
) (token oauthflow.Token, err error) {
	back, err := b.browse(ctx, r)
	if err != nil {
		return token, err
	}
	done := b.Dialog.Tell.Wait(i18n.T("Getting the tokens from Microsoft"))
	token, err = r.Client.Exchange(ctx, back)
	done()
	if err == nil {
		err = accept(token)
	}
	back.Finish(err == nil)
	back.Wait() // until the browser has loaded the last page
	if err != nil {
		return oauthflow.Token{}, tokens.Refusal(err)
	}
	return token, nil
}

// browse repeats attempt until there is a callback or the time limit is reached.
func (b *Browser) browse(ctx context.Context, r Request) (*oauthflow.Callback, error) {
	r.NoLoopback = r.BaseURI != "" && (b.Paste || r.NoLoopback)
	for {
		back, err := b.attempt(ctx, r)
		switch {
		case errors.Is(err, errUseBaseURI) && r.BaseURI == "":
			fault, _ := faults.ByCode(faults.RedirectMismatch)
			return nil, &faults.Refusal{Fault: fault, Detail: fault.Name()}
		case errors.Is(err, errUseBaseURI):
			r.NoLoopback = true
			continue
		case errors.Is(err, context.DeadlineExceeded):
			return nil, &problem.Problem{Exit: problem.SignIn, ID: "sign-in",
				What: i18n.T("The sign-in was not completed within 5 minutes."),
				Do:   i18n.T("Start the sign-in again.")}
		}
		return back, tokens.Refusal(err)
	}
}

// attempt sends the browser to Microsoft once and waits for the callback:
//
//  1. It listens on the loopback redirect URI, if that is used.
//  2. It prints the address or waits for Enter, and opens the browser.
//  3. It accepts a pasted address in the terminal and, without a listener, on the
//     guide's page.
//  4. The first of them ends the wait and the question.
func (b *Browser) attempt(ctx context.Context, r Request) (*oauthflow.Callback, error) {
	var listener *oauthflow.Listener
	redirect := r.BaseURI
	if !r.NoLoopback {
		var err error
		page := func(ok bool) []byte { return lastPage(b.Dialog.Tell.Lang, ok) }
		if listener, err = oauthflow.Listen(r.LoopbackPath, page); err != nil {
			return nil, err
		}
		redirect = listener.RedirectURI()
	}
	auth := r.Client.NewAuthRequest(redirect, r.Mailbox, r.Scopes)
	w := &wait{Browser: b, Request: r, auth: auth, answers: make(chan answer)}
	back, err := w.run(ctx, listener)
	if listener != nil {
		listener.CloseAfter(time.Minute)
	}
	return back, err
}

// run announces and opens the browser, and waits for the callback.
func (w *wait) run(ctx context.Context, l *oauthflow.Listener) (*oauthflow.Callback, error) {
	if err := w.announce(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	w.since = w.Dialog.Now()
	w.open(ctx)
	defer w.Dialog.Tell.Wait(Waiting)()
	return w.until(ctx, l)
}

// announce says what the browser will show and waits for Enter. The address is
// printed where no browser opens or no key can show it.
func (w *wait) announce(ctx context.Context) error {
	w.Dialog.Machine.Address(w.auth.URL)
	tell := w.Dialog.Tell
	tell.Clipboard.Add(w.auth.URL)
	opens := w.Attend && w.Open != nil
	if !opens {
		tell.Print(w.Account)
	}
	if !opens || !w.Dialog.ShowsLinks() {
		tell.Print(w.Title)
		tell.Address(w.auth.URL)
	}
	if !opens {
		return nil
	}
	_, err := w.Dialog.Ask(ctx, prompt.Question{ID: "open-browser", Page: w.Page, Optional: true, Link: w.auth.URL,
		Title: i18n.T("Press Enter to open the browser"), Help: w.Account})
	return err
}

// open opens the browser, which can fail or hang. The sandbox's browser returns the
// refusal that the page shows: if nobody can be asked, it ends the wait.
func (w *wait) open(ctx context.Context) {
	if w.Open == nil {
		return
	}
	go func() {
		if refusal, is := faults.AsRefusal(w.Open(w.auth.URL)); is && w.Dialog.Unattended() {
			_ = w.send(ctx, answer{err: refusal})
		}
	}()
}

// lastPage returns the page that the browser shows at the end of the sign-in. It
// contains no external text and loads nothing.
func lastPage(l i18n.Lang, ok bool) []byte {
	title := i18n.T("The sign-in failed")
	text := i18n.T("The openfire-o365 window shows the reason and what to do.")
	class := "bad"
	if ok {
		title = i18n.T("Signed in")
		text = i18n.T("You can close this tab and go back to the openfire-o365 window.")
		class = "good"
	}
	fill := strings.NewReplacer("{lang}", string(l), "{class}", class, "{title}", title.In(l), "{text}", text.In(l))
	return []byte(fill.Replace(pageHTML))
}
