package wizard_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/wizard"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
	"github.com/openfire-fr/openfire-o365/wizard/signin"
)

// person types an answer when its question appears on the screen.
type person struct {
	bytes.Buffer
	answers  map[string]string // by question, each once
	keyboard *io.PipeWriter
}

func (p *person) Write(b []byte) (int, error) {
	n, err := p.Buffer.Write(b)
	for question, answer := range p.answers {
		if strings.Contains(p.String(), question) {
			delete(p.answers, question)
			if answer == "" { // closes the input
				_ = p.keyboard.Close()
				continue
			}
			go func() { _, _ = io.WriteString(p.keyboard, answer) }()
		}
	}
	return n, err
}

// setup returns a setup against a sandbox and a person with these answers; if answers
// is nil, nobody can be asked. ahead are answers given in advance, in addition to
// those of the sandbox.
func setup(t *testing.T, answers, ahead map[string]string) (*wizard.Setup, *person) {
	t.Helper()
	box, err := sandbox.Start(t.Context(), sandbox.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	client, err := network.NewClient(network.Options{Timeout: time.Minute, Roots: box.Cloud().CA, UserAgent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	in, keyboard := io.Pipe()
	out := &person{answers: answers, keyboard: keyboard}
	tell := &ui.Printer{W: out, Lang: i18n.English}
	v := box.Values()
	given := map[string]string{
		"client-id":      v.ClientID,
		"tenant":         v.TenantID,
		"client-secret":  v.Secret.Reveal(),
		"secret-expires": v.SecretExpires,
		"loopback":       "yes",
		"mailbox":        v.Mailbox,
		"incoming":       "no",
		"test-to":        v.Mailbox,
		"arrived":        "yes",
	}
	maps.Copy(given, ahead)
	var next prompt.Prompter
	if answers != nil {
		next = &prompt.Plain{Tell: tell, In: in}
	}
	d := &dialog.Dialog{Tell: tell, Answers: given, Prompter: next, Now: time.Now}
	return &wizard.Setup{
		Refresher: &tokens.Refresher{
			Store: store.New(t.TempDir(), time.Now),
			HTTP:  client,
			Cloud: box.Cloud(),
			Now:   time.Now,
			Sleep: pauseFor,
			Log:   slog.New(slog.DiscardHandler),
		},
		Dialog:  d,
		Timeout: time.Minute,
		Browser: &signin.Browser{
			Dialog: d,
			Open:   func(address string) error { return sandbox.Visit(context.Background(), address) },
		},
	}, out
}

// run runs a setup and closes it.
func run(ctx context.Context, t *testing.T, s *wizard.Setup) error {
	t.Helper()
	end, err := s.Run(ctx, mabase(t))
	if err != nil {
		return err
	}
	return end.Close(ctx, nil)
}

func pauseFor(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func mabase(t *testing.T) openfire.Base {
	t.Helper()
	b, err := openfire.ParseBase("mabase")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// refuse adds a proxy to the sandbox that answers the first requests to verify a
// secret with these AADSTS codes. It returns the number of requests.
func refuse(t *testing.T, s *wizard.Setup, codes []int) *atomic.Int64 {
	t.Helper()
	login, err := url.Parse(s.Cloud.Login)
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	next := httputil.NewSingleHostReverseProxy(login)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if form, _ := url.ParseQuery(string(body)); form.Get("grant_type") == "client_credentials" {
			if form.Get("client_secret") == "" {
				t.Error("asked without the secret")
			}
			if n := asked.Add(1); n <= int64(len(codes)) {
				w.WriteHeader(http.StatusUnauthorized)
				fmt.Fprintf(w, `{"error":"invalid_client","error_codes":[%d]}`, codes[n-1])
				return
			}
		}
		next.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s.Cloud.Login = server.URL
	return &asked
}

// TestSetupWritesADeletedFileAgain: the file is deleted while the browser is open. Setup
// still has the secret, which Microsoft's portal shows only once.
func TestSetupWritesADeletedFileAgain(t *testing.T) {
	t.Parallel()
	s, out := setup(t, nil, nil)
	s.Browser.Open = func(address string) error {
		if err := os.Remove(s.Store.Path(mabase(t))); err != nil {
			t.Error(err)
		}
		return sandbox.Visit(context.Background(), address)
	}
	if err := run(t.Context(), t, s); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	if f, err := s.Store.Load(mabase(t)); err != nil || !f.Complete() || f.Azure.TenantID == "" {
		t.Errorf("%v, complete: %v", err, f.Complete())
	}
}

// Setup retries while Microsoft does not know a new secret yet, and refuses a secret
// that has expired or stays unknown.
func TestSecretIsProvedUntilMicrosoftKnowsIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []int // AADSTS codes of the first answers, before success
		asked   int
		code    int // AADSTS code that ends setup; 0: success
	}{
		"known at once":  {nil, 1, 0},
		"known at third": {[]int{7000215, 7000215}, 3, 0},
		"expired":        {[]int{7000222}, 1, 7000222},
		"cannot be told": {[]int{50034}, 1, 0},
		"never known":    {[]int{7000215, 7000215, 7000215, 7000215, 7000215, 7000215, 7000215, 7000215, 7000215, 7000215, 7000215, 7000215, 7000215, 7000215}, -1, 7000215},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, out := setup(t, nil, nil)
			s.Patience = 120 * time.Millisecond
			asked := refuse(t, s, c.answers)
			err := run(t.Context(), t, s)
			f, loadErr := s.Store.Load(mabase(t))
			if loadErr != nil {
				t.Fatal(loadErr)
			}
			if c.code != 0 {
				if r, is := faults.AsRefusal(err); !is || r.Code != c.code || !f.Client.Secret.Empty() {
					t.Errorf("%v; a refused secret must not be kept", err)
				}
			} else if f.Client.Secret.Empty() {
				t.Errorf("%v; the secret is not kept\n%s", err, out.String())
			}
			if n := int(asked.Load()); c.asked > 0 && n < c.asked {
				t.Errorf("Microsoft was asked %d times, want %d", n, c.asked)
			}
			told := 0
			if len(c.answers) > 1 {
				told = 1 // however often it is retried
			}
			if strings.Count(out.String(), "a new secret can take a minute…") != told {
				t.Errorf("the reason is not shown %d times:\n%s", told, out.String())
			}
		})
	}
}

// Tokens of another account than the mailbox are kept only after a yes. The default
// is no.
func TestTokensOfAnotherAccountNeedAYes(t *testing.T) {
	t.Parallel()
	for answer, kept := range map[string]bool{"\n": false, "no\n": false, "yes\n": true} {
		s, out := setup(t, map[string]string{"signed in, but the mailbox is": answer, "again now?": "no\n", "Which mailbox will send": ""}, map[string]string{"mailbox": "other@client.fr"})
		err := run(t.Context(), t, s)
		f, loadErr := s.Store.Load(mabase(t))
		if loadErr != nil {
			t.Fatal(loadErr)
		}
		var missing *prompt.Missing // after a no the mailbox is asked for again
		refused := errors.As(err, &missing)
		if refused == kept || f.Mail.Refresh.Empty() == kept {
			t.Errorf("%q: %v, tokens kept %v\n%s", answer, err, !f.Mail.Refresh.Empty(), out.String())
		}
		if !strings.Contains(out.String(), "autre@client.fr signed in") {
			t.Errorf("the difference is not shown:\n%s", out.String())
		}
	}
}

// Setup succeeds even if the function that opens the browser hangs or fails.
func TestBrowserThatHangsChangesNothing(t *testing.T) {
	t.Parallel()
	s, out := setup(t, nil, nil)
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	s.Browser.Open = func(address string) error {
		go func() { _ = sandbox.Visit(context.Background(), address) }()
		<-hang
		return io.ErrUnexpectedEOF
	}
	if err := run(t.Context(), t, s); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
}
