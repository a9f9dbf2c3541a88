//go:build unix

package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkStart compares commands that need no network with a Go program that
// prints one word.
func BenchmarkStart(b *testing.B) {
	f := newFleet(b, 1, "")
	f.write(b, time.Hour)
	log := filepath.Join(b.TempDir(), "log")
	line := "2026-01-01 00:00:00 odoo.addons.mail: AADSTS50105: Your administrator has configured the application to block users.\n"
	other := "2026-01-01 00:00:00 odoo.addons.base.models.ir_cron: Job done: Mail: Email Queue Manager (0.012s)\n"
	var text []byte
	for i := 0; len(text) < 1<<20; i++ {
		if i%100 == 0 {
			text = append(text, line...)
		}
		text = append(text, other...)
	}
	if err := os.WriteFile(log, text, 0o600); err != nil {
		b.Fatal(err)
	}
	hello := command{args: []string{program(b, "hello")}}
	for _, row := range []struct {
		name string
		c    command
	}{
		{"version", f.ours(b, nil, "version")},
		{"help", f.ours(b, nil, "--help")},
		{"refresh-not-due", f.ours(b, nil, "token", "refresh", "base00000")},
		{"verify-offline", f.ours(b, nil, "verify", "base00000", "--offline")},
		{"explain", f.ours(b, nil, "explain", "AADSTS50105")},
		{"explain-1MiB", command{args: f.ours(b, nil, "explain", "-").args, in: log}},
	} {
		b.Run(row.name, func(b *testing.B) { contest(b, func() {}, row.c, hello) })
	}
}

// BenchmarkRefresh compares one refresh with a minimal Go program that does the
// same, and with curl, which only sends the request. The root certificates are
// in one file, or the system's.
func BenchmarkRefresh(b *testing.B) {
	e := newEndpoint(b, 0)
	f := newFleet(b, 1, e.url)
	due := func() { f.write(b, -time.Minute) }
	address := e.url + "/common/oauth2/v2.0/token"
	limit := command{args: []string{program(b, "limit"), "refresh", f.dir, "1", address}, env: e.env()}
	ours := f.ours(b, e.env(), "token", "refresh", "base00000")
	b.Run("due", func(b *testing.B) {
		contest(b, due, ours, limit)
		e.posts.Store(0)
		e.sent.Store(0)
		due()
		ours.run(b)
		b.ReportMetric(float64(e.posts.Load()), "posts")
		b.ReportMetric(float64(e.sent.Load()), "sent-B")
	})
	b.Run("due-system-roots", func(b *testing.B) {
		ours, limit := ours, limit
		ours.env, limit.env = e.store(b), e.store(b)
		contest(b, due, ours, limit)
	})
	b.Run("due-beside-curl", func(b *testing.B) {
		if _, err := exec.LookPath("curl"); err != nil {
			b.Skip("no curl here")
		}
		post := command{args: []string{"curl", "-sSf", "-o", "/dev/null", "--cacert", e.authority, "-d", "refresh_token=" + refreshToken, address}}
		contest(b, due, ours, post)
	})
}

// BenchmarkAll compares a run over many bases with only saving their files if
// the server answers at once, and with the server's response time if it does not.
func BenchmarkAll(b *testing.B) {
	type row struct {
		bases, jobs int
		delay       time.Duration
	}
	const slow = 100 * time.Millisecond
	rows := []row{{1, 8, 0}, {100, 8, 0}, {200, 8, 0}, {8, 8, slow}, {64, 8, slow}, {128, 64, slow}}
	if *inFull {
		rows = []row{{1, 8, 0}, {100, 8, 0}, {1000, 8, 0}, {10000, 8, 0}, {10000, 64, 0}}
		for _, bases := range []int{8, 100, 1000, 10000} {
			rows = append(rows, row{bases, 8, slow})
		}
		for _, jobs := range []int{1, 2, 4, 8, 16, 32, 64} {
			rows = append(rows, row{jobs * 40, jobs, slow})
		}
		rows = append(rows, row{10000, 64, slow})
	}
	for _, r := range rows {
		b.Run(fmt.Sprintf("bases=%d/delay=%s/jobs=%d", r.bases, r.delay, r.jobs), func(b *testing.B) {
			all(b, r.bases, r.jobs, r.delay)
		})
	}
}

func all(b *testing.B, bases, jobs int, delay time.Duration) {
	e := newEndpoint(b, 0)
	f := newFleet(b, bases, e.url)
	ours := f.ours(b, e.env(), "token", "refresh", "--all", "--jobs", fmt.Sprint(jobs))
	saves := command{args: []string{program(b, "limit"), "saves", f.dir, fmt.Sprint(jobs)}}
	least := command{args: []string{program(b, "limit"), "refresh", f.dir, fmt.Sprint(jobs), e.url + "/common/oauth2/v2.0/token"}, env: e.env()}
	ideal := figures{wall: time.Duration((bases+jobs-1)/jobs) * delay}
	f.write(b, -time.Minute)
	ours.run(b) // its lock and state files are there, as they are from the second run on
	e.delay.Store(int64(delay))
	e.posts.Store(0)
	type turn struct{ ours, saves, least figures }
	var turns []turn
	for b.Loop() {
		t := turn{saves: ideal, least: ideal}
		if delay == 0 {
			t.saves, t.least = saves.run(b), least.run(b)
			e.posts.Add(int64(-bases))
		}
		f.write(b, -time.Minute)
		t.ours = ours.run(b)
		turns = append(turns, t)
	}
	if n := e.posts.Load(); n != int64(bases*len(turns)) {
		b.Errorf("%d POSTs for %d bases", n, bases*len(turns))
	}
	b.ReportMetric(0, "ns/op")
	report := func(unit string, of func(turn) float64) { b.ReportMetric(median(turns, of), unit) }
	report("wall-s", func(t turn) float64 { return t.ours.wall.Seconds() })
	report("cpu-s", func(t turn) float64 { return t.ours.cpu.Seconds() })
	report("MiB", func(t turn) float64 { return t.ours.memory })
	if delay > 0 {
		report("x-ideal", func(t turn) float64 { return t.ours.wall.Seconds() / t.least.wall.Seconds() })
		return
	}
	report("x-saves", func(t turn) float64 { return t.ours.wall.Seconds() / t.saves.wall.Seconds() })
	report("x-least", func(t turn) float64 { return t.ours.wall.Seconds() / t.least.wall.Seconds() })
	report("x-least-cpu", func(t turn) float64 { return t.ours.cpu.Seconds() / t.least.cpu.Seconds() })
}
