package wizard

import (
	"context"
	"errors"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/oauthflow"
)

// signInTime is how long somebody may take in the browser.
const signInTime = 5 * time.Minute

// browser is why a sign-in takes its time.
var browser = i18n.T("Waiting for the browser")

// visit is one way to the browser and back.
type visit struct {
	words i18n.Text // who is to sign in
	path  string    // of the loopback redirect URI
	own   bool      // the application is the base's own, whose redirect URI may serve too
}

// browse opens the sign-in and waits for whichever comes first: the browser on
// the loopback address, or a pasted one. A page that says it is not registered starts it again
// with the base's own redirect URI, which ends in a paste.
func (s *session) browse(ctx context.Context, config oauthflow.Config, request oauthflow.AuthOptions, v visit) (*oauthflow.Callback, error) {
	ctx, cancel := context.WithTimeout(ctx, signInTime)
	defer cancel()
	byPaste := v.own && (s.Paste || !s.file.Azure.Loopback)
	for {
		back, err := s.browseOnce(ctx, config, request, v, byPaste)
		switch {
		case errors.Is(err, errPaste) && !v.own:
			fault, _ := faults.ByCode(faults.RedirectMismatch)
			return nil, &faults.Refusal{Fault: fault, Detail: fault.Name()}
		case errors.Is(err, errPaste):
			byPaste = true
			continue
		case errors.Is(err, context.DeadlineExceeded):
			return nil, &problem.Problem{Exit: problem.SignIn, ID: "sign-in", What: i18n.T("The sign-in was not finished within 5 minutes."),
				Do: i18n.T("Run \"openfire-o365 setup\" again: it goes on from here.")}
		}
		return back, tokens.Refusal(err)
	}
}

func (s *session) browseOnce(ctx context.Context, config oauthflow.Config, request oauthflow.AuthOptions, v visit, byPaste bool) (*oauthflow.Callback, error) {
	var listener *oauthflow.Listener
	request.RedirectURI = s.base.RedirectURI()
	if !byPaste {
		var err error
		if listener, err = oauthflow.Listen(v.path, func(ok bool) []byte { return page(s.Tell.Lang, ok) }); err != nil {
			return nil, err
		}
		request.RedirectURI = listener.RedirectURI()
	}
	signIn, err := config.NewAuthRequest(request)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	s.show(signIn.URL, v.words, byPaste, cancel)
	defer s.Tell.Wait(browser)()
	pasted := make(chan string)
	defer s.takePage(ctx, cancel, byPaste, signIn, pasted)()
	asking := make(chan struct{})
	go func() {
		defer close(asking)
		s.askPaste(ctx, cancel, byPaste, signIn, pasted)
	}()
	back, err := listener.Wait(ctx, signIn, pasted, func(error) {}) // the question has looked at it before
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	cancel(nil)
	<-asking // the question must leave the terminal before anything else is said
	if listener != nil {
		go closeLater(context.WithoutCancel(ctx), listener, back) // the wait is over, not the browser's
	}
	return back, err
}

// closeLater keeps the listener until the browser has got its last page, and
// for two seconds more if another tab is on its way.
func closeLater(ctx context.Context, l *oauthflow.Listener, back *oauthflow.Callback) {
	if back != nil {
		back.Wait()
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	l.End(ctx)
}

// show tells the address first, then opens the browser: one that fails or
// hangs changes nothing. The sandbox's own visitor reads the page it ends on;
// with nobody else to read it, that ends the wait.
func (s *session) show(address string, words i18n.Text, byPaste bool, stop context.CancelCauseFunc) {
	if s.URL != nil {
		s.URL(address)
	}
	s.Tell.Print(words)
	s.Tell.Address(address)
	if byPaste {
		s.Tell.Print(i18n.T("At the end the browser lands on a page of your base (error 403 or login page: this is normal). Then copy its whole address and paste it here."))
	} else {
		s.Tell.Print(i18n.T("The browser comes back here by itself. If it is on another machine, paste the address of its last page here."))
	}
	if s.Open != nil {
		go func() {
			if refusal, is := faults.AsRefusal(s.Open(address)); is && s.Alone {
				stop(refusal)
			}
		}()
	}
}

// askPaste takes pasted addresses while the listener waits; when nothing has
// come back for a while it asks what the page says. It alone speaks while the
// wait lasts. Nobody there to paste is no trouble: the browser may come back all
// the same.
func (s *session) askPaste(ctx context.Context, stop context.CancelCauseFunc, byPaste bool, signIn *oauthflow.AuthRequest, pasted chan<- string) {
	if s.Alone && s.URL == nil && !byPaste {
		return
	}
	patience, cancel := context.WithTimeout(ctx, s.silence())
	defer cancel()
	question := pasteQuestion(signIn, byPaste, false)
	for {
		text, err := s.ask(patience, question)
		var missing *ui.Missing
		switch {
		case errors.As(err, &missing) && !byPaste, ctx.Err() != nil:
			return
		case errors.Is(err, context.DeadlineExceeded):
			s.sayLikely()
			patience, question = ctx, pasteQuestion(signIn, byPaste, true)
			continue
		case err == nil:
			err = fromPage(text, question.ID == pageSays, byPaste)
		}
		if err != nil {
			stop(err)
			return
		}
		if text == "" {
			continue
		}
		select {
		case pasted <- text:
		case <-ctx.Done():
			return
		}
	}
}

// takePage lets the guide's page take the address as well: a browser can be
// pasted into where a console cannot.
func (s *session) takePage(ctx context.Context, stop context.CancelCauseFunc, byPaste bool, signIn *oauthflow.AuthRequest, pasted chan<- string) (over func()) {
	if !byPaste {
		return func() {}
	}
	address, over := s.Book.await(func(text string) error {
		text, err := pasteQuestion(signIn, true, false).Accept(text)
		if err != nil {
			return err
		}
		if err := fromPage(text, false, byPaste); err != nil {
			stop(err)
			return nil
		}
		select {
		case pasted <- text:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	if address != "" {
		s.Tell.Print(i18n.T("Or paste it into this page:"))
		s.Tell.Page(address)
	}
	return over
}

// badPaste says why a pasted text is not the address that was waited for.
func badPaste(err error) *problem.Problem {
	what := i18n.T("This address holds no sign-in code.")
	if errors.Is(err, oauthflow.ErrState) {
		what = i18n.T("This address comes from another sign-in, not from this one.")
	}
	return &problem.Problem{Exit: problem.Usage, ID: "pasted-address", What: what, Err: err,
		Do: i18n.T("Copy the whole address of the last page, from its start to its end, and paste it.")}
}
