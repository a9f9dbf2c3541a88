package tokens

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/oauthflow"
)

// pace returns a limiter that uses the time of the synctest bubble.
func pace() *limiter {
	return &limiter{now: time.Now, sleep: func(ctx context.Context, d time.Duration) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
}

// posting returns a try that does nothing before it posts.
func posting(post func() error) func(turn func() error) error {
	return func(turn func() error) error {
		if err := turn(); err != nil {
			return err
		}
		return post()
	}
}

func entra(client string) oauthflow.Config {
	return oauthflow.Config{ClientID: client, Secret: secret.New("s"),
		Token: "https://login.example.com/common/oauth2/v2.0/token"}
}

// TestPauseHoldsUpEveryWorker checks that a pause applies to all workers, and that
// they continue when it is over, not before.
func TestPauseHoldsUpEveryWorker(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 503} {
		synctest.Test(t, func(t *testing.T) {
			p, start := pace(), time.Now()
			var posts, early atomic.Int32
			var workers sync.WaitGroup
			for i := range 50 {
				workers.Go(func() {
					err := p.do(t.Context(), entra("app"), "tenant", posting(func() error {
						if posts.Add(1) == 1 {
							return &oauthflow.Error{Status: status, RetryAfter: 40 * time.Second}
						}
						if time.Since(start) < 40*time.Second {
							early.Add(1)
						}
						return nil
					}))
					if err != nil {
						t.Errorf("worker %d: %v", i, err)
					}
				})
			}
			workers.Wait()
			if posts.Load() != 51 || early.Load() != 0 || time.Since(start) > 41*time.Second {
				t.Errorf("%d: %d POSTs, %d before the pause was over, %v", status, posts.Load(), early.Load(),
					time.Since(start))
			}
		})
	}
}

// TestPauseOfOneTenantHoldsUpNoOther checks that the pause of one tenant does not
// delay the others.
func TestPauseOfOneTenantHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, start := pace(), time.Now()
		many := &oauthflow.Error{Status: 429, RetryAfter: 50 * time.Second}
		var workers sync.WaitGroup
		workers.Go(func() {
			n := 0
			_ = p.do(t.Context(), entra("a"), "A", posting(func() error {
				if n++; n == 1 {
					return many
				}
				return nil
			}))
			if time.Since(start) < 50*time.Second {
				t.Error("A did not wait")
			}
		})
		workers.Go(func() {
			time.Sleep(time.Second)
			if err := p.do(t.Context(), entra("b"), "B", posting(func() error { return nil })); err != nil ||
				time.Since(start) > 2*time.Second {
				t.Errorf("B waited %v: %v", time.Since(start), err)
			}
		})
		workers.Wait()
		if err := p.do(t.Context(), entra("b"), "B",
			posting(func() error { return &oauthflow.Error{Status: 429, RetryAfter: time.Hour} })); err == nil {
			t.Error("no error")
		}
		if err := p.do(t.Context(), entra("c"), "C", posting(func() error { return nil })); err != nil {
			t.Errorf("C, with only B paused: %v", err)
		}
		if err := p.do(t.Context(), entra("c"), "C",
			posting(func() error { return &oauthflow.Error{Status: 429, RetryAfter: time.Hour} })); err == nil {
			t.Error("no error")
		}
		var paused *PauseError
		if err := p.do(t.Context(), entra("c"), "C",
			posting(func() error { t.Error("C posted"); return nil })); !errors.As(err, &paused) ||
			time.Until(paused.Until).Round(time.Minute) != time.Hour {
			t.Errorf("the pause is not reported: %v", err)
		}
	})
}

// TestThreeFailingTenantsPauseTheServer checks that the third consecutive tenant
// that must retry later pauses the server for five seconds, unless there was an
// answer in between.
func TestThreeFailingTenantsPauseTheServer(t *testing.T) {
	t.Parallel()
	for _, answered := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := pace()
			away := &oauthflow.Error{Status: 503, Code: "temporarily_unavailable", RetryAfter: 24 * time.Hour}
			for _, tenant := range []string{"A", "B", "C"} {
				if tenant == "C" && answered {
					if err := p.do(t.Context(), entra("z"), "Z", posting(func() error { return nil })); err != nil {
						t.Error(err)
					}
				}
				if err := p.do(t.Context(), entra(tenant), tenant, posting(func() error { return away })); err == nil {
					t.Error("no error")
				}
			}
			start, want := time.Now(), hostPause
			if answered {
				want = 0
			}
			if err := p.do(t.Context(), entra("d"), "D", posting(func() error { return nil })); err != nil ||
				time.Since(start) != want {
				t.Errorf("answered %v: D waited %v, %v", answered, time.Since(start), err)
			}
		})
	}
}

// TestPauseBeyondTheBudgetIsReportedAtOnce checks that a base does not wait for a
// pause that is longer than the rest of its 90 seconds.
func TestPauseBeyondTheBudgetIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, start := pace(), time.Now()
		err := p.do(t.Context(), entra("a"), "A", posting(func() error {
			return &oauthflow.Error{Status: 429, RetryAfter: 50 * time.Second}
		}))
		var paused *PauseError
		if !errors.As(err, &paused) || !paused.Until.Equal(start.Add(100*time.Second)) ||
			time.Since(start) != 50*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// TestRefusedApplicationIsSentOnce checks that one POST is sent for a refused
// application, for any number of workers, and that another one is sent if the first
// got no answer.
func TestRefusedApplicationIsSentOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pace()
		var posts, skipped atomic.Int32
		var workers sync.WaitGroup
		for range 200 {
			workers.Go(func() {
				err := p.do(t.Context(), entra("app"), "", posting(func() error {
					n := posts.Add(1)
					time.Sleep(100 * time.Millisecond)
					if n == 1 {
						return &network.TransportError{Err: net.ErrClosed}
					}
					return &oauthflow.Error{Status: 401, Code: "invalid_client", Codes: []int{7000222}}
				}))
				var s *skippedError
				var refused *oauthflow.Error
				if !errors.As(err, &refused) || refused.Codes[0] != 7000222 {
					t.Errorf("%v", err)
				}
				if errors.As(err, &s) {
					skipped.Add(1)
				}
			})
		}
		workers.Wait()
		if posts.Load() != 2 || skipped.Load() != 198+1 { // the caller whose connection broke is skipped as well
			t.Errorf("%d POSTs, %d skipped", posts.Load(), skipped.Load())
		}
		other := entra("app")
		other.Secret = secret.New("new")
		if err := p.do(t.Context(), other, "", posting(func() error { return nil })); err != nil {
			t.Errorf("the same application with its new secret: %v", err)
		}
	})
}

// TestPauseEndsWithTheContext checks that a signal ends the wait for a pause.
func TestPauseEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, start := pace(), time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		n := 0
		err := p.do(ctx, entra("a"), "", posting(func() error {
			n++
			return &oauthflow.Error{Status: 503, RetryAfter: time.Minute}
		}))
		if err == nil || n != 1 || time.Since(start) != time.Second {
			t.Errorf("%d tries, %v: %v", n, time.Since(start), err)
		}
		hold := make(chan struct{})
		go func() {
			_ = p.do(t.Context(), entra("b"), "", posting(func() error { <-hold; return nil }))
		}()
		synctest.Wait()
		time.Sleep(2 * time.Minute)
		later, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.do(later, entra("b"), "",
			posting(func() error { t.Error("out of turn"); return nil })); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting for its turn: %v", err)
		}
		close(hold)
	})
}

// TestLimiterRetriesNothingLocal checks that an error of this machine is not
// retried and does not affect other bases.
func TestLimiterRetriesNothingLocal(t *testing.T) {
	t.Parallel()
	p := pace()
	for range 50 {
		n := 0
		want := errors.New("disk full")
		err := p.do(t.Context(), entra("a"), "", posting(func() error { n++; return want }))
		if !errors.Is(err, want) || n != 1 {
			t.Errorf("%d tries: %v", n, err)
		}
	}
	n := 0
	bad := &network.TransportError{Err: errors.New("x509"), Untrusted: true}
	if err := p.do(t.Context(), entra("a"), "", posting(func() error { n++; return bad })); !errors.Is(err, bad) ||
		n != 1 {
		t.Errorf("a bad certificate is tried %d times: %v", n, err)
	}
}

// TestWaitingElsewhereHoldsNoTurn checks that a caller that waits for something
// else before it posts does not delay others and does not count as an answer about
// the application.
func TestWaitingElsewhereHoldsNoTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, start := pace(), time.Now()
		var workers sync.WaitGroup
		workers.Go(func() {
			_ = p.do(t.Context(), entra("app"), "",
				func(func() error) error { time.Sleep(30 * time.Second); return nil })
		})
		synctest.Wait()
		posts := 0
		err := p.do(t.Context(), entra("app"), "", posting(func() error { posts++; return nil }))
		if err != nil || posts != 1 || time.Since(start) != 0 {
			t.Errorf("%v, %d POSTs after %v", err, posts, time.Since(start))
		}
		workers.Wait()
	})
}
