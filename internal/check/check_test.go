package check_test

import (
	"iter"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
)

// hang is when a test gives up waiting.
const hang = 30 * time.Second

// line is a TCP proxy between the checks and one server.
type line struct {
	conns, trips atomic.Int64
	delay        time.Duration // of what the server says
	gate         func()        // waited for by each connection; may be nil
}

// open returns the address of a listener that forwards to server.
func (l *line) open(t testing.TB, server string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			l.conns.Add(1)
			go l.carry(near, server)
		}
	}()
	return listener.Addr().String()
}

// carry forwards one connection. It counts a round trip each time the server
// answers the client.
func (l *line) carry(near net.Conn, server string) {
	defer near.Close()
	if l.gate != nil {
		l.gate()
	}
	away, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer away.Close()
	var asked atomic.Bool
	asked.Store(true) // a mail server speaks first
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := near.Read(buf)
			asked.Store(true)
			if _, bad := away.Write(buf[:n]); err != nil || bad != nil {
				_ = away.Close()
				return
			}
		}
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := away.Read(buf)
		if n > 0 && asked.Swap(false) {
			l.trips.Add(1)
			time.Sleep(l.delay)
		}
		if _, bad := near.Write(buf[:n]); err != nil || bad != nil {
			return
		}
	}
}

// distance is a healthy chain with a line to each server.
type distance struct {
	env                     check.Env
	login, base, smtp, imap line
	box                     *sandbox.Sandbox
}

// connect starts the sandbox and the lines, and saves the token file of a
// connected mailbox whose access token is due.
func (d *distance) connect(t testing.TB) {
	t.Helper()
	box, err := sandbox.Start(t.Context(), sandbox.Options{Now: time.Now, CAFile: filepath.Join(t.TempDir(), "ca.pem")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	d.box = box
	cloud, v := box.Cloud(), box.Values()
	for _, end := range []struct {
		l       *line
		address *string
	}{{&d.login, &cloud.Login}, {&d.base, &cloud.Base}, {&d.smtp, &cloud.SMTP}, {&d.imap, &cloud.IMAP}} {
		scheme, server, found := strings.Cut(*end.address, "://")
		if !found {
			*end.address = end.l.open(t, *end.address)
			continue
		}
		u, err := url.Parse(scheme + "://" + server)
		if err != nil {
			t.Fatal(err)
		}
		*end.address = scheme + "://" + end.l.open(t, u.Host) + u.Path
	}
	client, err := network.NewClient(network.Options{Roots: cloud.CA, UserAgent: "test", Timeout: hang})
	if err != nil {
		t.Fatal(err)
	}
	b, err := openfire.ParseBase("mabase")
	if err != nil {
		t.Fatal(err)
	}
	file := tokenfile.New(b, "16.0")
	file.Client = tokenfile.Client{ID: v.ClientID, Secret: v.Secret}
	file.Azure = tokenfile.Azure{TenantID: v.TenantID, SecretExpires: v.SecretExpires, SignedInAs: v.Mailbox,
		RefreshIssued: time.Now()}
	file.SetMailbox(v.Mailbox, true)
	access, refresh := entra.Issue(time.Now(), v.Mailbox, azure.Use{Odoo: 16, Incoming: true}.ConsentScopes()...)
	for _, block := range file.Blocks() {
		*block.Tokens = tokenfile.Tokens{Refresh: secret.New(refresh), Access: secret.New(access),
			Expiration: time.Now().Add(-time.Minute).Unix()}
	}
	files := store.New(t.TempDir(), time.Now)
	if _, err := files.Edit(t.Context(), b, func(f *tokenfile.File) { *f = file }); err != nil {
		t.Fatal(err)
	}
	refresher := &tokens.Refresher{Store: files, HTTP: client, Cloud: cloud, Now: time.Now,
		Log: slog.New(slog.DiscardHandler)}
	d.env = check.Env{Refresher: refresher, Base: b, Margin: 2 * time.Hour, Lang: i18n.English, Timeout: hang}
}

// bad returns the results that are neither ok nor skipped.
func bad(results iter.Seq[check.Result]) (names []string) {
	for r := range results {
		if r.Status != check.OK && r.Status != check.Skipped {
			names = append(names, string(r.ID)+" "+string(r.Status)+" "+r.What.In(i18n.English))
		}
	}
	return names
}

// Base, SMTP and IMAP each answer only once all three were connected to.
func TestIndependentChecksRunInParallel(t *testing.T) {
	t.Parallel()
	var d distance
	var all sync.WaitGroup
	all.Add(3)
	met := make(chan struct{})
	go func() { all.Wait(); close(met) }()
	for _, l := range []*line{&d.base, &d.smtp, &d.imap} {
		var once sync.Once
		l.gate = func() {
			once.Do(all.Done)
			select {
			case <-met:
			case <-time.After(hang):
			}
		}
	}
	d.connect(t)
	if names := bad(check.Run(t.Context(), d.env)); names != nil {
		t.Errorf("%q", names)
	}
	select {
	case <-met:
	default:
		t.Error("the servers were not all connected to at the same time")
	}
}

// SMTP answers only after all results before its own were yielded.
func TestResultsAreYieldedInOrderAsSoonAsKnown(t *testing.T) {
	t.Parallel()
	var d distance
	before := make(chan struct{})
	d.smtp.gate = func() {
		select {
		case <-before:
		case <-time.After(hang):
			t.Error("results before SMTP were held back while it was awaited")
		}
	}
	d.connect(t)
	var told []check.ID
	for r := range check.Run(t.Context(), d.env) {
		if told = append(told, r.ID); r.ID == "token.age" {
			close(before)
		}
	}
	if len(told) != 28 || told[0] != check.HostProxy || told[27] != "base.sender" {
		t.Errorf("told %v", told)
	}
}

// A healthy base costs one request to Entra for each check (two for the two names
// of entra.tenant, one a direction for the refresh), two to the base, and one
// connection to each mail server; host.network opens one to SMTP in addition.
func TestHealthyBaseIsAskedNothingTwice(t *testing.T) {
	t.Parallel()
	var d distance
	d.connect(t)
	if names := bad(check.Run(t.Context(), d.env)); names != nil {
		t.Errorf("%q", names)
	}
	count := map[string]int{}
	for _, r := range d.box.Requests() {
		count[r.Method+" "+r.Path[strings.LastIndexByte(r.Path, '/')+1:]]++
	}
	want := map[string]int{"GET openid-configuration": 3, "POST token": 3, "GET authorize": 1, "GET confirm": 1,
		"POST version_info": 1}
	for name, n := range want {
		if count[name] != n {
			t.Errorf("%s: %d times, want %d", name, count[name], n)
		}
	}
	if len(count) != len(want) || d.smtp.conns.Load() != 2 || d.imap.conns.Load() != 1 {
		t.Errorf("%v, %d to SMTP, %d to IMAP", count, d.smtp.conns.Load(), d.imap.conns.Load())
	}
}

func TestPanicInCheckReachesCaller(t *testing.T) {
	t.Parallel()
	var d distance
	d.connect(t)
	d.env.Now = func() time.Time { panic("a bug") }
	defer func() {
		if got := recover(); got != "a bug" {
			t.Errorf("%v", got)
		}
	}()
	for range check.Run(t.Context(), d.env) {
	}
	t.Error("no panic")
}

func TestClockWarnsFromFiveMinutesOff(t *testing.T) {
	t.Parallel()
	for off, says := range map[time.Duration]string{
		4 * time.Minute: "", -4 * time.Minute: "",
		6*time.Minute + 10*time.Second: "6m", -6*time.Minute - 10*time.Second: "-6m",
		24*time.Hour + 30*time.Minute: "24h", -24*time.Hour - 30*time.Minute: "-24h",
	} {
		t.Run(off.String(), func(t *testing.T) {
			t.Parallel()
			var d distance
			d.connect(t)
			d.env.Now = func() time.Time { return time.Now().Add(off) }
			clock := slices.Collect(check.Run(t.Context(), d.env, check.HostClock))[0]
			want := map[bool]check.Status{true: check.OK, false: check.Warning}[says == ""]
			if clock.ID != check.HostClock || clock.Status != want || clock.Exit != problem.OK {
				t.Errorf("%s is %s, exit %d", clock.ID, clock.Status, clock.Exit)
			}
			if says != "" && (!strings.Contains(clock.What.In(i18n.English), "differs from Microsoft's by "+says) || clock.Do.IsZero()) {
				t.Errorf("%q %q", clock.What.In(i18n.English), clock.Do.In(i18n.English))
			}
		})
	}
}

// BenchmarkDistance runs the whole diagnosis of a healthy base with servers 100
// ms away. "of-chain" is the time as a multiple of the longest chain of round
// trips (clock, two renewals, SMTP), "of-sum" as a part of all round trips.
func BenchmarkDistance(b *testing.B) {
	const delay = 100 * time.Millisecond
	var took, chain, sum time.Duration
	for b.Loop() {
		b.StopTimer()
		d := distance{login: line{delay: delay}, base: line{delay: delay}, smtp: line{delay: delay},
			imap: line{delay: delay}}
		d.connect(b)
		b.StartTimer()
		start := time.Now()
		if names := bad(check.Run(b.Context(), d.env)); names != nil {
			b.Fatalf("%q", names)
		}
		took += time.Since(start)
		chain += delay * time.Duration(1+2+max(d.smtp.trips.Load(), d.imap.trips.Load()))
		sum += delay * time.Duration(d.login.trips.Load()+d.base.trips.Load()+d.smtp.trips.Load()+d.imap.trips.Load())
	}
	b.ReportMetric(float64(took)/float64(chain), "of-chain")
	b.ReportMetric(float64(took)/float64(sum), "of-sum")
}
