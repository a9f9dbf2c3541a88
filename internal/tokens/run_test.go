package tokens_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
)

// due makes every base of the bench due.
var due = tokens.Due{Margin: 40 * time.Minute}

// many connects n bases with the same mailbox; change changes the file with index
// i.
func (b *bench) many(n int, change func(i int, f *tokenfile.File)) []openfire.Base {
	b.t.Helper()
	var bases []openfire.Base
	for i := range n {
		bases = append(bases, b.connect(fmt.Sprintf("base%d", i), entra.Mailbox, func(f *tokenfile.File) {
			if change != nil {
				change(i, f)
			}
		}))
	}
	return bases
}

// refresh runs over the bases. It returns the outcomes and the count of each
// result.
func (b *bench) refresh(bases []openfire.Base, options tokens.Options) (outcomes []tokens.Outcome,
	results map[tokens.Result]int) {
	b.t.Helper()
	results = map[tokens.Result]int{}
	for o := range b.Run(b.t.Context(), bases, options) {
		outcomes = append(outcomes, o)
		results[o.Result]++
	}
	return outcomes, results
}

func TestRunYieldsOneOutcomeForEachBase(t *testing.T) {
	t.Parallel()
	for _, jobs := range []int{1, 8} {
		b := newBench(t)
		bases := b.many(20, func(i int, f *tokenfile.File) {
			if i%2 == 0 {
				f.Mail.Expiration = b.clock().Add(time.Hour).Unix()
			}
		})
		outcomes, results := b.refresh(bases, tokens.Options{Due: due, Jobs: jobs})
		seen := map[openfire.Base]bool{}
		for _, o := range outcomes {
			seen[o.Base] = true
			if o.Problem != nil || o.File.Mail.Left(b.clock()) < 40*time.Minute {
				t.Errorf("%s: %v, %v left", o.Base.Host(), o.Problem, o.File.Mail.Left(b.clock()))
			}
		}
		if len(seen) != 20 || results[tokens.Refreshed] != 10 || results[tokens.Fresh] != 10 {
			t.Errorf("%d jobs: %d bases, %v", jobs, len(seen), results)
		}
		b.wantPosts(10)
	}
}

// If the caller stops early, all workers end.
func TestRunEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	for _, jobs := range []int{1, 4} {
		b := newBench(t)
		bases := b.many(12, nil)
		n := 0
		for range b.Run(t.Context(), bases, tokens.Options{Due: due, Jobs: jobs}) {
			if n++; n == 2 {
				break
			}
		}
		posts := b.posts.Load()
		time.Sleep(20 * time.Millisecond)
		if b.posts.Load() != posts || posts > int64(2+2*jobs) {
			t.Errorf("%d jobs: %d POSTs, then %d", jobs, posts, b.posts.Load())
		}
	}
}

// TestRunFinishesWhatIsUnderWay checks that after a signal no further base is
// started, answers to sent requests are saved, and bases not started have no
// outcome.
func TestRunFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	for _, jobs := range []int{1, 3} {
		b := newBench(t)
		bases := b.many(10, nil)
		ctx, cancel := context.WithCancel(t.Context())
		b.answer = func(int, http.ResponseWriter, *http.Request) bool {
			cancel()
			time.Sleep(20 * time.Millisecond)
			return false
		}
		refreshed := 0
		for o := range b.Run(ctx, bases, tokens.Options{Due: due, Jobs: jobs}) {
			if o.Result != tokens.Refreshed || b.file(o.Base).Mail.Left(b.clock()) < time.Hour {
				t.Errorf("%s: %s", o.Base.Host(), o.Result)
			}
			refreshed++
		}
		if n := int(b.posts.Load()); refreshed == 0 || refreshed != n || n > jobs {
			t.Errorf("%d jobs: %d refreshed, %d POSTs", jobs, refreshed, n)
		}
	}
}

// TestRunTriesThreeTimes checks that temporary failures are retried after at most
// one and four seconds, and then left to the next run with the old token.
func TestRunTriesThreeTimes(t *testing.T) {
	t.Parallel()
	for _, code := range []int{500, 502, 503, 504, 599} {
		for fails, want := range map[int]tokens.Result{1: tokens.Refreshed, 2: tokens.Refreshed, 9: tokens.Failed} {
			b := newBench(t)
			bases := b.many(1, nil)
			before := b.file(bases[0]).Mail.Refresh
			b.answer = status(code, fails)
			outcomes, _ := b.refresh(bases, tokens.Options{Due: due, Jobs: 1})
			if o := outcomes[0]; o.Result != want || (o.Problem == nil) != (want == tokens.Refreshed) ||
				o.Problem != nil && o.Problem.Exit != problem.Temporary {
				t.Errorf("%d, %d times: %+v", code, fails, o)
			}
			b.wantPosts(int64(min(fails+1, 3)))
			for i, d := range b.slept {
				if d <= 0 || d > []time.Duration{time.Second, 4 * time.Second}[i] {
					t.Errorf("wait %d is %v", i, d)
				}
			}
			if same := b.file(bases[0]).Mail.Refresh == before; same != (want == tokens.Failed) {
				t.Errorf("old token kept: %v, %s", same, want)
			}
		}
	}
}

// TestRunObeysRetryAfter checks that a run waits for a pause of up to a minute, and
// leaves the base to the next run if the pause is longer.
func TestRunObeysRetryAfter(t *testing.T) {
	t.Parallel()
	date := func(b *bench, d time.Duration) string { return b.clock().Add(d).UTC().Format(http.TimeFormat) }
	for _, c := range []struct {
		header   func(*bench) string
		at, most time.Duration // shortest and longest pause
		posts    int64
		result   tokens.Result
	}{
		{func(*bench) string { return "7" }, 7 * time.Second, 7 * time.Second, 2, tokens.Refreshed},
		{func(*bench) string { return "60" }, time.Minute, time.Minute, 2, tokens.Refreshed},
		{func(b *bench) string { return date(b, 30*time.Second) }, 20 * time.Second, 31 * time.Second, 2,
			tokens.Refreshed},
		{func(b *bench) string { return date(b, -time.Hour) }, 0, time.Second, 2, tokens.Refreshed},
		{func(*bench) string { return "garbage" }, time.Minute, time.Minute, 2, tokens.Refreshed},
		{func(*bench) string { return "-1" }, time.Minute, time.Minute, 2, tokens.Refreshed},
		{func(*bench) string { return "" }, 0, time.Second, 2, tokens.Refreshed},
		{func(*bench) string { return "61" }, 0, 0, 1, tokens.Failed},
		{func(*bench) string { return "86400" }, 0, 0, 1, tokens.Failed},
		{func(b *bench) string { return date(b, 24*time.Hour) }, 0, 0, 1, tokens.Failed},
	} {
		for _, code := range []int{429, 503} {
			b := newBench(t)
			header := c.header(b)
			b.answer = func(n int, w http.ResponseWriter, r *http.Request) bool {
				if header != "" {
					w.Header().Set("Retry-After", header)
				}
				if !status(code, 1)(n, w, r) {
					w.Header().Del("Retry-After")
					return false
				}
				return true
			}
			outcomes, _ := b.refresh(b.many(1, nil), tokens.Options{Due: due, Jobs: 1})
			var slept time.Duration
			for _, d := range b.slept {
				slept += d
			}
			if o := outcomes[0]; o.Result != c.result || slept < c.at || slept > c.most {
				t.Errorf("%d, Retry-After %q: %s, slept %v: %v", code, header, o.Result, b.slept, o.Err)
			}
			b.wantPosts(c.posts)
		}
	}
}

// TestRunSendsARefusedSecretOnce checks that a refused secret is sent once for all
// bases of the application, for any number of workers, and that a base with the new
// secret is refreshed.
func TestRunSendsARefusedSecretOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	bases := b.many(60, func(i int, f *tokenfile.File) {
		if i > 0 {
			f.Client.Secret = secret.New("wrong~but-plausible-value-000000000000000")
		}
	})
	outcomes, results := b.refresh(bases, tokens.Options{Due: due, Jobs: 16})
	skipped := 0
	for _, o := range outcomes {
		if o.Skipped {
			skipped++
		}
		if o.Problem != nil && (o.Problem.ID != "aadsts7000215" || o.State.Failures != 1 ||
			o.State.NeedsPersonSince.IsZero() || b.Store.State(o.Base).Failures != 1) {
			t.Errorf("%s: %v, %+v", o.Base.Host(), o.Problem, o.State)
		}
	}
	if results[tokens.Refreshed] != 1 || results[tokens.Failed] != 59 || skipped != 58 {
		t.Errorf("%v, %d skipped", results, skipped)
	}
	b.wantPosts(2)
}

// TestRunLeavesBasesToTheNextRun checks that after twenty consecutive failures, or
// ninety seconds of failures only, the remaining bases are left to the next run. A
// success resets the count.
func TestRunLeavesBasesToTheNextRun(t *testing.T) {
	t.Parallel()
	cut := func(int, http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }
	b := newBench(t)
	b.answer = cut
	outcomes, results := b.refresh(b.many(60, nil), tokens.Options{Due: due, Jobs: 8})
	if n := b.posts.Load(); n < 20 || n > 20+8 || results[tokens.Left] < 30 ||
		results[tokens.Left]+results[tokens.Failed] != 60 {
		t.Errorf("%d POSTs, %v", n, results)
	}
	for _, o := range outcomes {
		if o.Problem.Exit != problem.Temporary || o.Result == tokens.Left && b.Store.State(o.Base).Failures != 0 {
			t.Errorf("%s: %v", o.Base.Host(), o.Problem)
		}
	}
	slow := newBench(t)
	slow.answer = func(n int, w http.ResponseWriter, r *http.Request) bool {
		slow.forward(30 * time.Second)
		return cut(n, w, r)
	}
	bases, start := slow.many(20, nil), slow.clock()
	if _, results := slow.refresh(bases, tokens.Options{Due: due, Jobs: 1}); results[tokens.Left] == 0 ||
		slow.clock().Sub(start) >= 3*time.Minute {
		t.Errorf("%v after %v", results, slow.clock().Sub(start))
	}
	flaky := newBench(t)
	flaky.answer = func(n int, w http.ResponseWriter, r *http.Request) bool { return n%3 != 0 && cut(n, w, r) }
	if _, results := flaky.refresh(flaky.many(30, nil),
		tokens.Options{Due: due, Jobs: 1}); results[tokens.Refreshed] != 30 {
		t.Errorf("two of three connections cut: %v", results)
	}
}

// TestRunKeepsTheFirstBlock checks that if the second block fails, the tokens of
// the first one are saved and not requested again.
func TestRunKeepsTheFirstBlock(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	bases := b.many(1, func(_ int, f *tokenfile.File) {
		f.SetMailbox(entra.Mailbox, true)
		f.Fetch.Tokens = f.Mail.Tokens
	})
	b.answer = func(n int, w http.ResponseWriter, r *http.Request) bool {
		return n > 1 && status(http.StatusBadGateway, 3)(n, w, r)
	}
	outcomes, _ := b.refresh(bases, tokens.Options{Due: due, Jobs: 1})
	f := b.file(bases[0])
	if outcomes[0].Result != tokens.Refreshed || f.Mail.Left(b.clock()) < 40*time.Minute ||
		f.Fetch.Left(b.clock()) < 40*time.Minute || f.Mail.Refresh != f.Fetch.Refresh {
		t.Errorf("%+v", outcomes[0])
	}
	b.wantPosts(4)
}

// TestRunLeavesADeadTokenAlone checks that a token refused for good is sent and
// reported once a day, and that a new token is sent at once.
func TestRunLeavesADeadTokenAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := b.connect("mabase", "aadsts50173@client.fr", nil)
	for i, want := range []struct {
		posts  int64
		notify bool
	}{{1, true}, {1, false}, {1, false}, {2, true}} {
		outcomes, _ := b.refresh([]openfire.Base{base}, tokens.Options{Due: due, Jobs: 1})
		if o := outcomes[0]; o.Result != tokens.Failed || o.Notify != want.notify ||
			o.Problem.Exit != problem.SignIn || o.State.Failures != i+1 || b.Store.State(base) != o.State {
			t.Errorf("run %d: %+v", i, o)
		}
		b.wantPosts(want.posts)
		b.forward(9 * time.Hour)
	}
	b.connect("mabase", entra.Mailbox, func(f *tokenfile.File) { f.Azure.RefreshIssued = b.clock() })
	outcomes, _ := b.refresh([]openfire.Base{base}, tokens.Options{Due: due, Jobs: 1})
	if o := outcomes[0]; o.Result != tokens.Refreshed || o.State.Failures != 0 || !o.State.NeedsPersonSince.IsZero() {
		t.Errorf("%+v", o)
	}
}

// TestRunPausesAfterARequestLoop checks that nothing is sent for a quarter of an
// hour.
func TestRunPausesAfterARequestLoop(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := b.connect("mabase", "aadsts50196@client.fr", nil)
	for i, posts := range []int64{1, 1, 1, 2} {
		outcomes, _ := b.refresh([]openfire.Base{base}, tokens.Options{Due: due, Jobs: 1})
		if p := outcomes[0].Problem; p == nil || p.Exit != problem.Temporary || strings.Contains(p.Error(), "setup") {
			t.Errorf("run %d: %+v", i, outcomes[0])
		}
		b.wantPosts(posts)
		b.forward(5 * time.Minute)
	}
}

func TestRunReportsABaseWithoutAFileEachTime(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base, err := openfire.ParseBase("nobody")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		outcomes, _ := b.refresh([]openfire.Base{base}, tokens.Options{Due: due, Jobs: 1})
		if o := outcomes[0]; o.Result != tokens.Failed || !o.Notify || o.Problem.Exit != problem.Usage ||
			b.Store.State(base).Failures != 0 {
			t.Errorf("%+v", o)
		}
	}
}

// TestRunWaitsForTheHandOver checks that a base on Odoo 10 to 13, which does not
// store new tokens, is Behind until the file says that it has the new token. Finish
// records its outcome, with the error if the base does not take the token.
func TestRunWaitsForTheHandOver(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := b.connect("mabase", entra.Mailbox, func(f *tokenfile.File) { f.OdooVersion = "12.0" })
	options := tokens.Options{Due: due, Jobs: 1, HandOver: true}
	run := func() tokens.Outcome {
		outcomes, _ := b.refresh([]openfire.Base{base}, options)
		return outcomes[0]
	}
	o := run()
	if !o.Behind || o.Problem != nil || b.Store.State(base) != o.State {
		t.Errorf("%+v", o)
	}
	o = b.Finish(t.Context(), o, &problem.Problem{Exit: problem.Mail, ID: "base.values"})
	if o.Result != tokens.Failed || !o.Notify || o.Problem.ID != "base.values" ||
		b.Store.State(base).Code != "base.values" {
		t.Errorf("%+v", o)
	}
	if o = run(); !o.Behind { // no token is due, but the base still has the old one
		t.Errorf("%+v", o)
	}
	b.wantPosts(1)
	if o = b.Finish(t.Context(), o, nil); o.Result != tokens.Fresh || o.Problem != nil ||
		b.Store.State(base).Code != "" {
		t.Errorf("%+v", o)
	}
	if _, err := b.Store.Edit(t.Context(), base,
		func(f *tokenfile.File) { f.Azure.BaseRefreshIssued = f.Azure.RefreshIssued }); err != nil {
		t.Fatal(err)
	}
	if o = run(); o.Behind || o.Result != tokens.Fresh {
		t.Errorf("%+v", o)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if o = b.Finish(stopped, o, context.Canceled); o.Result != "" {
		t.Errorf("stopped by a signal: %+v", o)
	}
}

// TestRunSurvivesAPanic checks that a panic affects one base only.
func TestRunSurvivesAPanic(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	bases := b.many(3, nil)
	now, panics := b.Now, 0
	b.Now = func() time.Time {
		if panics++; panics == 1 {
			panic("a bug")
		}
		return now()
	}
	outcomes, results := b.refresh(bases, tokens.Options{Due: due, Jobs: 1})
	if results[tokens.Failed] != 1 || results[tokens.Refreshed] != 2 || outcomes[0].Problem.Exit != problem.Bug ||
		!outcomes[0].Notify || !strings.Contains(outcomes[0].Problem.Error(), "a bug") {
		t.Errorf("%v", results)
	}
}

// TestRunPausesOneTenant checks that "too many requests" for one tenant pauses that
// tenant only.
func TestRunPausesOneTenant(t *testing.T) {
	t.Parallel()
	for paused, refreshed := range map[int]int{1: 30, 4: 0} {
		b := newBench(t)
		tenant := map[string]int{}
		bases := b.many(40, func(i int, f *tokenfile.File) {
			f.Azure.TenantID = fmt.Sprintf("tenant%d.client.fr", i%4)
			tenant[f.Mail.Refresh.Reveal()] = i % 4
		})
		b.answer = func(_ int, w http.ResponseWriter, r *http.Request) bool {
			if of, known := tenant[r.PostFormValue("refresh_token")]; !known || of >= paused {
				return false
			}
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}
		outcomes, results := b.refresh(bases, tokens.Options{Due: due, Jobs: 1})
		for _, o := range outcomes {
			if o.Problem != nil && o.Problem.Exit != problem.Temporary {
				t.Errorf("%s: %v", o.Base.Host(), o.Problem)
			}
		}
		if n := int(b.posts.Load()); results[tokens.Refreshed] != refreshed || n != refreshed+paused {
			t.Errorf("%d tenants paused: %v, %d POSTs", paused, results, n)
		}
	}
}

func TestRunReportsAnExpiringSecretOnceADay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := b.connect("mabase", entra.Mailbox, func(f *tokenfile.File) {
		f.Azure.SecretExpires = b.clock().Add(8 * 24 * time.Hour).UTC().Format(time.DateOnly)
	})
	end := b.file(base).Azure.SecretExpires
	if outcomes, _ := b.refresh([]openfire.Base{base},
		tokens.Options{Due: tokens.Due{Always: true}, Jobs: 1}); !outcomes[0].SecretExpires.IsZero() {
		t.Error("reported although nobody wants it")
	}
	for i, want := range []bool{true, false} {
		outcomes, _ := b.refresh([]openfire.Base{base},
			tokens.Options{Due: tokens.Due{Always: true}, Jobs: 1, WarnSecret: true})
		o := outcomes[0]
		if told := !o.SecretExpires.IsZero(); told != want || told && o.SecretExpires.Format(time.DateOnly) != end {
			t.Errorf("run %d: %v", i, o.SecretExpires)
		}
	}
}

// TestOneTenantThatAsksToWaitStopsNoOther: 29 of 30 tenants are renewed, and the
// problem of the other base says which server asked to wait, why, and until when.
func TestOneTenantThatAsksToWaitStopsNoOther(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ status, seconds int }{{503, 86400}, {429, 86400}, {429, 50}} {
		b := newBench(t)
		var slow string
		bases := b.many(30, func(i int, f *tokenfile.File) {
			f.Azure.TenantID = fmt.Sprintf("tenant%d.client.fr", i)
			if i == 13 {
				slow = f.Mail.Refresh.Reveal()
			}
		})
		b.answer = func(_ int, w http.ResponseWriter, r *http.Request) bool {
			if r.PostFormValue("refresh_token") != slow {
				return false
			}
			w.Header().Set("Retry-After", fmt.Sprint(c.seconds))
			w.WriteHeader(c.status)
			return true
		}
		outcomes, results := b.refresh(bases, tokens.Options{Due: due, Jobs: 1})
		if results[tokens.Refreshed] != 29 || results[tokens.Failed] != 1 {
			t.Errorf("%+v: %v", c, results)
		}
		for _, o := range outcomes {
			if o.Problem == nil {
				continue
			}
			until := regexp.MustCompile(` until (\S+ \S+) UTC`).FindStringSubmatch(o.Problem.Error())
			if o.Base != bases[13] || o.Problem.Exit != problem.Temporary || until == nil || !o.Notify ||
				!strings.Contains(o.Problem.Error(), fmt.Sprint(c.status)) || !strings.Contains(o.Problem.Error(), b.Cloud.Login) {
				t.Errorf("%+v: %s: %v", c, o.Base.Host(), o.Problem)
				continue
			}
			at, err := time.Parse(time.DateTime, until[1])
			if left := at.Sub(b.clock()); err != nil || left < time.Duration(c.seconds-60)*time.Second || left > time.Duration(c.seconds)*time.Second {
				t.Errorf("%+v: until %v, in %v", c, at, left)
			}
		}
	}
}

// TestNoBaseMissesItsMarginTwiceInARow runs every 15 minutes over 60 bases in random
// order, of which ten do not answer or ask to wait. The others are renewed at the
// latest by the second run in which they are due.
func TestNoBaseMissesItsMarginTwiceInARow(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(http.ResponseWriter){
		"no answer": func(w http.ResponseWriter) {
			if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
				_ = c.Close()
			}
		},
		"503":                func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) },
		"503 for a day":      func(w http.ResponseWriter) { w.Header().Set("Retry-After", "86400"); w.WriteHeader(503) },
		"too many, 1 minute": func(w http.ResponseWriter) { w.Header().Set("Retry-After", "60"); w.WriteHeader(429) },
	} {
		b := newBench(t)
		bases := b.many(60, func(i int, f *tokenfile.File) { f.Azure.TenantID = fmt.Sprintf("tenant%d.client.fr", i) })
		broken := map[openfire.Base]bool{}
		old := map[string]bool{}
		for _, base := range bases[:10] {
			broken[base], old[b.file(base).Mail.Refresh.Reveal()] = true, true
		}
		b.answer = func(_ int, w http.ResponseWriter, r *http.Request) bool {
			if !old[r.PostFormValue("refresh_token")] {
				return false
			}
			fail(w)
			return true
		}
		missed, most, failures := map[openfire.Base]int{}, 0, 0
		random := rand.New(rand.NewPCG(1, 2))
		for range 8 {
			random.Shuffle(len(bases), func(i, j int) { bases[i], bases[j] = bases[j], bases[i] })
			outcomes, _ := b.refresh(bases, tokens.Options{Due: tokens.Due{Margin: 20 * time.Minute}, Jobs: 1})
			for _, o := range outcomes {
				switch {
				case broken[o.Base] && o.Problem != nil:
					failures++
				case o.Problem != nil:
					missed[o.Base]++
				default:
					missed[o.Base] = 0
				}
				most = max(most, missed[o.Base])
			}
			b.forward(15 * time.Minute)
		}
		if most > 1 || failures < 10 {
			t.Errorf("%s: a base that works missed its margin %d times in a row; %d failures of the others", name, most, failures)
		}
	}
}

// TestLostAnswerIsToldWhenTheTokenIsRefused: the answer to the first request is lost,
// and the token is valid once only. The refusal of the second request tells why.
func TestLostAnswerIsToldWhenTheTokenIsRefused(t *testing.T) {
	t.Parallel()
	for _, refusal := range []string{
		`{"error":"invalid_grant","error_codes":[70000],"error_description":"AADSTS70000: Provided grant is invalid or malformed."}`,
		`{"error":"invalid_grant","error_description":"unknown token"}`,
	} {
		b := newBench(t)
		bases := b.many(1, nil)
		b.answer = func(n int, w http.ResponseWriter, _ *http.Request) bool {
			if n == 1 {
				if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
					_ = c.Close()
				}
				return true
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, refusal)
			return true
		}
		outcomes, _ := b.refresh(bases, tokens.Options{Due: due, Jobs: 1})
		if o := outcomes[0]; o.Problem == nil || o.Problem.Exit != problem.SignIn || !strings.Contains(o.Problem.Error(), "did not complete") {
			t.Errorf("%s: %v", refusal, o.Problem)
		}
		b.wantPosts(2)
	}
}

// TestClockJumpsHideNoDeadToken: a clock that is ten years ahead or behind changes
// neither that a token is known to be dead nor what a run reports, and a pause that
// was learned under another clock does not last for years.
func TestClockJumpsHideNoDeadToken(t *testing.T) {
	t.Parallel()
	const years = 10 * 365 * 24 * time.Hour
	for _, jump := range []time.Duration{years, -years} {
		b := newBench(t)
		dead := b.connect("dead", "aadsts700082@client.fr", nil)
		loop := b.connect("loop", "aadsts50196@client.fr", nil)
		if _, results := b.refresh([]openfire.Base{dead, loop}, tokens.Options{Due: due, Jobs: 1}); results[tokens.Failed] != 2 {
			t.Fatal(results)
		}
		if l := b.Learned(b.file(loop)); l.PausedUntil.IsZero() {
			t.Error("no pause was learned")
		}
		b.forward(jump)
		if l := b.Learned(b.file(dead)); !l.Dead || l.Problem == nil || l.Problem.Exit != problem.SignIn {
			t.Errorf("after %v: %+v", jump, l)
		}
		if l := b.Learned(b.file(loop)); !l.PausedUntil.IsZero() {
			t.Errorf("after %v: paused until %v", jump, l.PausedUntil)
		}
		posts := b.posts.Load()
		for o := range b.Run(t.Context(), []openfire.Base{dead, loop}, tokens.Options{Due: tokens.Due{Always: true}, Jobs: 1}) {
			if o.Problem == nil || !o.Notify {
				t.Errorf("after %v: %s: %v, notify %v", jump, o.Base.Host(), o.Problem, o.Notify)
			}
		}
		if b.posts.Load() == posts {
			t.Errorf("after %v: nothing was sent", jump)
		}
	}
}

// TestUnusableStateChangesNothing: the state of an earlier version, which names no
// token, a damaged one, and what is no file.
func TestUnusableStateChangesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := b.connect("mabase", entra.Mailbox, nil)
	path := filepath.Join(b.Store.Dir, "state", base.FileName())
	for _, write := range []func() error{
		func() error {
			return os.WriteFile(path, []byte(`{"last_success":"2026-11-01T00:00:00Z","needs_person_since":"2026-11-20T00:00:00Z","failures":4,"code":"aadsts700082","exit":10}`), 0o600)
		},
		func() error { return os.WriteFile(path, []byte(`{"failures":`), 0o600) },
		func() error { return os.WriteFile(path, []byte(`{"failures":"four","token":7}`), 0o600) },
		func() error { return os.WriteFile(path, make([]byte, 2<<20), 0o600) },
		func() error { return os.Symlink("/dev/zero", path) },
		func() error { return os.MkdirAll(filepath.Join(path, "in it"), 0o700) },
	} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.RemoveAll(path), write()); err != nil {
			t.Fatal(err)
		}
		if l := b.Learned(b.file(base)); l != (tokens.Learned{}) {
			t.Errorf("learned %+v", l)
		}
		if _, results := b.refresh([]openfire.Base{base}, tokens.Options{Due: tokens.Due{Always: true}, Jobs: 1}); results[tokens.Refreshed] != 1 {
			t.Errorf("%v", results)
		}
	}
}

// TestRescueIsReportedAlthoughTheSameProblemWasTold: on the same day, for the same
// token.
func TestRescueIsReportedAlthoughTheSameProblemWasTold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := b.connect("mabase", entra.Mailbox, nil)
	path := b.Store.Path(base)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b.answer = func(int, http.ResponseWriter, *http.Request) bool { _ = os.Remove(path); return false }
	for i := range 2 {
		outcomes, _ := b.refresh([]openfire.Base{base}, tokens.Options{Due: due, Jobs: 1})
		if o := outcomes[0]; o.Problem == nil || o.Problem.Exit != problem.Disk || !o.Notify || o.State.Failures != i+1 {
			t.Errorf("%v, notify %v, %d failures", o.Problem, o.Notify, o.State.Failures)
		}
		if err := errors.Join(os.Remove(path+".rescued"), os.WriteFile(path, content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}
