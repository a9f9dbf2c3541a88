package tokens_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/oauthflow"
)

// bench is a Refresher with a simulated Entra. Its clock advances only with Sleep.
type bench struct {
	*tokens.Refresher
	t     *testing.T
	posts atomic.Int64

	// answer may answer the n-th POST, counted from 1, before Entra does.
	answer func(n int, w http.ResponseWriter, r *http.Request) bool

	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Now().Truncate(time.Second)}
	next := entra.New(entra.Options{Now: b.clock}).Handler()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := int(b.posts.Add(1)); b.answer == nil || !b.answer(n, w, r) {
			next.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	client, err := network.NewClient(network.Options{Timeout: 20 * time.Second, UserAgent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	b.Refresher = &tokens.Refresher{Store: store.New(t.TempDir(), b.clock), HTTP: client,
		Cloud: azure.Cloud{Login: server.URL},
		Now:   b.clock, Sleep: b.sleep, Log: slog.New(slog.DiscardHandler)}
	return b
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) forward(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func (b *bench) sleep(ctx context.Context, d time.Duration) error {
	b.forward(d)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slept = append(b.slept, d)
	return ctx.Err()
}

// connect writes the file of a base that sends as mailbox. Its access token expires
// in half an hour, and its refresh token was issued half an hour ago.
func (b *bench) connect(name, mailbox string, change func(*tokenfile.File)) openfire.Base {
	b.t.Helper()
	base, err := openfire.ParseBase(name)
	if err != nil {
		b.t.Fatal(err)
	}
	f := tokenfile.New(base, "")
	f.Client = tokenfile.Client{ID: entra.ClientID, Secret: secret.New(entra.Secret)}
	f.Azure = tokenfile.Azure{TenantID: entra.TenantID, RefreshIssued: b.clock().Add(-30 * time.Minute)}
	f.SetMailbox(mailbox, false)
	f.Mail.Tokens = b.issue(mailbox)
	if change != nil {
		change(&f)
	}
	data, err := f.Encode()
	if err == nil {
		err = os.WriteFile(b.Store.Path(base), data, 0o600) // much faster than a durable write
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return base
}

func (b *bench) issue(mailbox string) tokenfile.Tokens {
	access, refresh := entra.Issue(b.clock(), mailbox, azure.Use{Odoo: 16, Incoming: true}.ConsentScopes()...)
	return tokenfile.Tokens{Refresh: secret.New(refresh), Access: secret.New(access),
		Expiration: b.clock().Add(30 * time.Minute).Unix()}
}

func (b *bench) file(base openfire.Base) tokenfile.File {
	b.t.Helper()
	f, err := b.Store.Load(base)
	if err != nil {
		b.t.Fatal(err)
	}
	return f
}

func (b *bench) wantPosts(want int64) {
	b.t.Helper()
	if n := b.posts.Load(); n != want {
		b.t.Errorf("%d POSTs, want %d", n, want)
	}
}

// status answers the first POSTs with a status code.
func status(code, posts int) func(int, http.ResponseWriter, *http.Request) bool {
	return func(n int, w http.ResponseWriter, _ *http.Request) bool {
		if n <= posts {
			w.WriteHeader(code)
		}
		return n <= posts
	}
}

func TestValidSendsNothingWhenNothingIsDue(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := b.connect("mabase", entra.Mailbox, nil)
	f, err := b.Valid(t.Context(), base, tokens.Due{Margin: 20 * time.Minute})
	if err != nil || f.Mail.Access != b.file(base).Mail.Access {
		t.Error(err)
	}
	if _, err := os.Stat(b.Store.Path(base) + ".lock"); err == nil {
		t.Error("the file was locked")
	}
	b.wantPosts(0)
}

func TestValidRefreshesWhatIsDue(t *testing.T) {
	t.Parallel()
	for name, due := range map[string]func(f tokenfile.File) tokens.Due{
		"margin":  func(tokenfile.File) tokens.Due { return tokens.Due{Margin: 40 * time.Minute} },
		"always":  func(tokenfile.File) tokens.Due { return tokens.Due{Always: true} },
		"refused": func(f tokenfile.File) tokens.Due { return tokens.Due{Refused: f.Mail.Access} },
		"age":     func(tokenfile.File) tokens.Due { return tokens.Due{Age: 20 * time.Minute} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			base := b.connect("mabase", entra.Mailbox, nil)
			before := b.file(base)
			f, err := b.Valid(t.Context(), base, due(before))
			after := b.file(base)
			if err != nil || f.Mail.Access != after.Mail.Access || after.Mail.Access == before.Mail.Access ||
				after.Mail.Refresh == before.Mail.Refresh {
				t.Error(err)
			}
			if !after.Azure.RefreshIssued.Equal(b.clock()) || after.Mail.Left(b.clock()) < time.Hour ||
				!b.unfinished(t, base).IsZero() {
				t.Errorf("issued %v, %v left, started %v", after.Azure.RefreshIssued, after.Mail.Left(b.clock()),
					b.unfinished(t, base))
			}
			b.wantPosts(1)
		})
	}
}

// The access token that a server refused may have been replaced meanwhile.
func TestValidKeepsATokenThatReplacedTheRefusedOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := b.connect("mabase", entra.Mailbox, nil)
	if _, err := b.Valid(t.Context(), base, tokens.Due{Refused: secret.New("an older one")}); err != nil {
		t.Error(err)
	}
	b.wantPosts(0)
}

func TestValidUsesWhatAnotherProcessRefreshedMeanwhile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := b.connect("mabase", entra.Mailbox, nil)
	locked, free := make(chan struct{}), make(chan struct{})
	want := b.issue(entra.Mailbox)
	want.Expiration = b.clock().Add(time.Hour).Unix()
	other := make(chan error, 1)
	go func() {
		other <- b.Store.Update(t.Context(), base, func(context.Context, tokenfile.File, bool) (store.Change, error) {
			close(locked)
			<-free
			return func(f *tokenfile.File) { f.Mail.Tokens = want }, nil
		})
	}()
	<-locked
	time.AfterFunc(50*time.Millisecond, func() { close(free) })
	f, err := b.Valid(t.Context(), base, tokens.Due{Margin: 40 * time.Minute})
	if err != nil || f.Mail.Access != want.Access {
		t.Errorf("%v", err)
	}
	if err := <-other; err != nil {
		t.Fatal(err)
	}
	b.wantPosts(0)
}

// A held lock is not an error if its holder has refreshed the file.
func TestValidNeedsNoLockForAFileThatIsFresh(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Store.LockWait = 50 * time.Millisecond
	base := b.connect("mabase", entra.Mailbox, nil)
	locked, free := make(chan struct{}), make(chan struct{})
	defer close(free)
	go func() {
		_ = b.Store.Update(context.WithoutCancel(t.Context()), base,
			func(context.Context, tokenfile.File, bool) (store.Change, error) {
				close(locked)
				<-free
				return nil, nil
			})
	}()
	<-locked
	_, err := b.Valid(t.Context(), base, tokens.Due{Margin: 40 * time.Minute})
	if failed, is := errors.AsType[*disk.Error](err); !is || failed.Kind != disk.Busy ||
		b.Problem(err).Exit != problem.Temporary {
		t.Errorf("locked and due: %v", err)
	}
	looks := 0
	now := b.Now
	b.Now = func() time.Time { // due at the first check, not after the wait for the lock
		if looks++; looks > 1 {
			return now().Add(-20 * time.Minute)
		}
		return now()
	}
	if _, err := b.Valid(t.Context(), base, tokens.Due{Margin: 40 * time.Minute}); err != nil {
		t.Errorf("locked and fresh: %v", err)
	}
	b.wantPosts(0)
}

// An obstacle to writing the new file must be detected before the token is used.
func TestValidKeepsTheOldTokenWhenTheNewFileCannotBeWritten(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := b.connect("mabase", entra.Mailbox, nil)
	before := b.file(base)
	if err := os.MkdirAll(filepath.Join(b.Store.Path(base)+".new", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := b.Valid(t.Context(), base, tokens.Due{Always: true})
	if err == nil || b.Problem(err).Exit != problem.Safety || b.file(base).Mail.Refresh != before.Mail.Refresh {
		t.Error(err)
	}
	b.wantPosts(0)
}

func TestValidReportsADeadToken(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := b.connect("mabase", "aadsts50173@client.fr", nil)
	before := b.file(base)
	f, err := b.Valid(t.Context(), base, tokens.Due{Always: true})
	refusal, is := faults.AsRefusal(err)
	if !is || refusal.Code != 50173 || !refusal.Dead || refusal.TraceID == "" ||
		f.Mail.Refresh != before.Mail.Refresh || b.file(base).Mail.Refresh != before.Mail.Refresh {
		t.Errorf("%+v", err)
	}
	if !b.unfinished(t, base).IsZero() {
		t.Error("a refusal left the refresh pending")
	}
	b.wantPosts(1)
}

// Without an answer, it is unknown whether Entra has replaced the token.
func TestValidLeavesARefreshWithoutAnAnswerPending(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := b.connect("mabase", "aadsts50173@client.fr", nil)
	b.answer = func(n int, _ http.ResponseWriter, _ *http.Request) bool {
		if n == 1 {
			panic(http.ErrAbortHandler)
		}
		return false
	}
	if _, err := b.Valid(t.Context(), base, tokens.Due{Always: true}); err == nil ||
		b.Problem(err).Exit != problem.Temporary {
		t.Error(err)
	}
	for range 2 { // a later refusal is not the answer to the first refresh
		if b.unfinished(t, base).IsZero() {
			t.Error("the refresh is not pending")
		}
		if _, err := b.Valid(t.Context(), base, tokens.Due{Always: true}); err == nil {
			t.Error("no refusal")
		}
	}
}

func TestValidSavesAnAnswerThatASignalCouldNotStop(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := b.connect("mabase", entra.Mailbox, nil)
	ctx, cancel := context.WithCancel(t.Context())
	b.answer = func(int, http.ResponseWriter, *http.Request) bool {
		cancel()
		time.Sleep(50 * time.Millisecond)
		return false
	}
	before := b.file(base)
	f, err := b.Valid(ctx, base, tokens.Due{Always: true})
	if after := b.file(base); err != nil || after.Mail.Refresh == before.Mail.Refresh ||
		f.Mail.Refresh != after.Mail.Refresh {
		t.Error(err)
	}
}

// TestValidRefreshesBothBlocks checks that both blocks share one refresh token and
// each POST uses the latest one.
func TestValidRefreshesBothBlocks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := b.connect("mabase", entra.Mailbox, func(f *tokenfile.File) {
		f.SetMailbox(entra.Mailbox, true)
		f.Fetch.Tokens = f.Mail.Tokens
	})
	before := b.file(base)
	_, err := b.Valid(t.Context(), base, tokens.Due{Margin: 40 * time.Minute})
	f := b.file(base)
	if err != nil || f.Mail.Refresh == before.Mail.Refresh || f.Mail.Refresh != f.Fetch.Refresh ||
		f.Mail.Access == f.Fetch.Access {
		t.Error(err)
	}
	b.wantPosts(2)
}

func TestValidRefusesAFileWithoutTokens(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := b.connect("mabase", entra.Mailbox, func(f *tokenfile.File) { f.Mail.Tokens = tokenfile.Tokens{} })
	_, err := b.Valid(t.Context(), base, tokens.Due{Always: true})
	if p := b.Problem(err); p.Exit != problem.SignIn || p.ID != "token.refresh" {
		t.Error(err)
	}
	b.wantPosts(0)
}

// TestValidRejectsTokensOfAnotherAccount checks that accounts are compared by
// object ID or, if that is unknown, by directory.
func TestValidRejectsTokensOfAnotherAccount(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		claims, oid string
		exit        problem.Exit
	}{
		"same":         {`{"oid":"A1","tid":"T"}`, "a1", problem.OK},
		"other":        {`{"oid":"B2","tid":"T"}`, "a1", problem.Safety},
		"other tenant": {`{"oid":"B2","tid":"00000000-0000-4000-8000-0000000000ff"}`, "", problem.Safety},
		"own tenant":   {`{"oid":"B2","tid":"5A4DB0C5-0000-4000-8000-0F1FE0365001"}`, "", problem.OK},
		"silent":       {`{}`, "a1", problem.OK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			base := b.connect("mabase", entra.Mailbox, func(f *tokenfile.File) { f.Azure.SignedInOID = c.oid })
			b.answer = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
				jwt := "e30." + base64.RawURLEncoding.EncodeToString([]byte(c.claims)) + ".sig"
				_, _ = io.WriteString(w, `{"access_token":"at","refresh_token":"other","expires_in":3600,"id_token":"`+jwt+`"}`)
				return true
			}
			_, err := b.Valid(t.Context(), base, tokens.Due{Always: true})
			if kept := b.file(base).Mail.Refresh.Reveal() != "other"; kept != (c.exit != problem.OK) ||
				errors.Is(err, oauthflow.ErrClaims) != kept || kept && b.Problem(err).Exit != c.exit {
				t.Errorf("old token kept: %v, %v", kept, err)
			}
		})
	}
}

// An answer without an access token is an error, but its refresh token is kept.
func TestValidKeepsARefreshTokenThatCameAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := b.connect("mabase", entra.Mailbox, nil)
	b.answer = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		_, _ = io.WriteString(w, `{"refresh_token":"new"}`)
		return true
	}
	_, err := b.Valid(t.Context(), base, tokens.Due{Always: true})
	if p := b.Problem(err); p.Exit != problem.Temporary || p.ID != "token.answer" ||
		b.file(base).Mail.Refresh.Reveal() != "new" {
		t.Errorf("%v", err)
	}
	b.wantPosts(1)
}

func TestProveAsksEntraAboutTheSecret(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	f := b.file(b.connect("mabase", entra.Mailbox, nil))
	if err := b.Prove(t.Context(), f); err != nil {
		t.Error(err)
	}
	for value, code := range map[string]int{"wrong~but-plausible-value-000000000000000": 7000215,
		entra.OldSecret: 7000222} {
		f.Client.Secret = secret.New(value)
		if refusal, is := faults.AsRefusal(b.Prove(t.Context(), f)); !is || refusal.Code != code {
			t.Errorf("%d: %v", code, refusal)
		}
	}
}

func TestRefusalCarriesWhatTheServerAnswered(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	f := b.file(b.connect("mabase", entra.Mailbox, nil))
	b.answer = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"error":"temporarily_unavailable","error_description":"AADSTS90055: busy","trace_id":"0b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d"}`)
		return true
	}
	refusal, is := faults.AsRefusal(b.Prove(t.Context(), f))
	if !is || refusal.RetryAfter != 7*time.Second || refusal.TraceID != "0b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d" ||
		refusal.Exit() != problem.Temporary || refusal.Detail != "temporarily_unavailable: AADSTS90055: busy" {
		t.Errorf("%+v", refusal)
	}
	if err := errors.New("another"); !errors.Is(tokens.Refusal(err), err) || tokens.Refusal(nil) != nil {
		t.Error("other errors stay what they are")
	}
}

func TestShardsShareAllBasesOut(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "1", "3/3", "4/3", "-1/3", "1/0", "a/b", "1/99999999"} {
		if (&tokens.Shard{}).Set(bad) == nil {
			t.Errorf("%q is a shard", bad)
		}
	}
	var all tokens.Shard
	for i := range 100 {
		base, err := openfire.ParseBase("base" + strconv.Itoa(i))
		if err != nil {
			t.Fatal(err)
		}
		held := 0
		for part := range 3 {
			var s tokens.Shard
			if err := s.Set(strconv.Itoa(part) + "/3"); err != nil || s.String() != strconv.Itoa(part)+"/3" {
				t.Fatal(err)
			}
			if s.Holds(base) {
				held++
			}
		}
		if held != 1 || !all.Holds(base) || all.String() != "" {
			t.Errorf("%s belongs to %d shards", base.Host(), held)
		}
	}
}

// unfinished returns the start of a refresh of the base's token whose answer was
// lost.
func (b *bench) unfinished(t *testing.T, base openfire.Base) time.Time {
	t.Helper()
	f, err := b.Store.Load(base)
	if err != nil {
		t.Fatal(err)
	}
	return b.Store.Unfinished(t.Context(), base, f.Mail.Refresh.Digest())
}
