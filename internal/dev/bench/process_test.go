//go:build unix

package bench

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

var inFull = flag.Bool("whole", false, "10,000 bases too")

// programs builds the measured programs with the flags of a release into a folder.
var programs = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "bench")
	for _, p := range []string{"../../../cmd/openfire-o365", "./spawn", "./hello", "./limit"} {
		if err == nil {
			build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", dir, p)
			build.Env = append(os.Environ(), "CGO_ENABLED=0")
			var out []byte
			if out, err = build.CombinedOutput(); err != nil {
				err = fmt.Errorf("%w\n%s", err, out)
			}
		}
	}
	return dir, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if f := flag.Lookup("test.bench"); f.Value.String() != "" {
		if dir, err := programs(); err == nil {
			_ = os.RemoveAll(dir)
		}
	}
	os.Exit(code)
}

// program returns the path of a built program.
func program(b *testing.B, name string) string {
	b.Helper()
	dir, err := programs()
	if err != nil {
		b.Fatal(err)
	}
	return filepath.Join(dir, name)
}

// command is a process to measure.
type command struct {
	args []string
	env  []string // besides cron's PATH, and HOME
	in   string   // file for its standard input; "" is none
	exit int
}

// figures are the measurements of one process.
type figures struct {
	wall, cpu time.Duration
	memory    float64 // MiB
}

// run runs a command with the program spawn.
func (c command) run(b *testing.B) (f figures) {
	b.Helper()
	cmd := exec.Command(program(b, "spawn"), c.args...)
	cmd.Env = append([]string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + os.Getenv("HOME")}, c.env...)
	if c.in != "" {
		in, err := os.Open(c.in)
		if err != nil {
			b.Fatal(err)
		}
		defer in.Close()
		cmd.Stdin = in
	}
	out, err := cmd.Output()
	var wall, cpu, kib int64
	var exit int
	if err == nil {
		_, err = fmt.Sscan(string(out), &wall, &cpu, &kib, &exit)
	}
	if err != nil || exit != c.exit {
		b.Fatalf("%q: exit %d, %v", c.args, exit, err)
	}
	return figures{time.Duration(wall) * time.Microsecond, time.Duration(cpu) * time.Microsecond, float64(kib) / 1024}
}

// fsyncs returns how often a command calls fsync, counted by strace.
func (c command) fsyncs(b *testing.B) (n int, known bool) {
	b.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		return 0, false
	}
	log := filepath.Join(b.TempDir(), "strace")
	c.args = append([]string{strace, "-f", "-e", "trace=fsync,fdatasync", "-o", log}, c.args...)
	c.run(b)
	lines, err := os.ReadFile(log)
	if err != nil {
		b.Fatal(err)
	}
	return strings.Count(string(lines), "sync("), true
}

// median of one figure over many runs.
func median[F any](runs []F, of func(F) float64) float64 {
	values := make([]float64, len(runs))
	for i, r := range runs {
		values[i] = of(r)
	}
	slices.Sort(values)
	return (values[len(values)/2] + values[(len(values)-1)/2]) / 2
}

// pair are two commands' figures of one turn.
type pair struct{ ours, theirs figures }

// contest runs two commands in turn, each after before, and reports the medians
// of the first one's figures and of the ratios of each turn, which do not depend
// on the load of the machine.
func contest(b *testing.B, before func(), ours, theirs command) {
	b.Helper()
	program(b, "spawn")
	var turns []pair
	for b.Loop() {
		before()
		p := pair{ours: ours.run(b)}
		before()
		p.theirs = theirs.run(b)
		turns = append(turns, p)
	}
	b.ReportMetric(0, "ns/op")
	report := func(unit string, of func(pair) float64) { b.ReportMetric(median(turns, of), unit) }
	report("wall-ms", func(p pair) float64 { return p.ours.wall.Seconds() * 1000 })
	report("cpu-ms", func(p pair) float64 { return p.ours.cpu.Seconds() * 1000 })
	report("MiB", func(p pair) float64 { return p.ours.memory })
	report("x-wall", func(p pair) float64 { return p.ours.wall.Seconds() / p.theirs.wall.Seconds() })
	report("x-cpu", func(p pair) float64 { return p.ours.cpu.Seconds() / p.theirs.cpu.Seconds() })
	report("x-MiB", func(p pair) float64 { return p.ours.memory / p.theirs.memory })
	before()
	if n, known := ours.fsyncs(b); known {
		b.ReportMetric(float64(n), "fsyncs")
	}
}

// fleet is a folder of token files, and the arguments for the program to use it
// and an endpoint, Microsoft's by default.
type fleet struct {
	dir   string
	args  []string
	bases []openfire.Base
}

func newFleet(b *testing.B, n int, login string) *fleet {
	b.Helper()
	f := &fleet{dir: filepath.Join(b.TempDir(), "tokens")}
	f.args = []string{"--lang", "fr", "--dir", f.dir}
	if err := os.Mkdir(f.dir, 0o700); err != nil {
		b.Fatal(err)
	}
	if login != "" {
		cloud := filepath.Join(b.TempDir(), "cloud.json")
		if err := os.WriteFile(cloud, fmt.Appendf(nil, `{"name":"bench","login":%q,"graph":%[1]q,"portal":%[1]q}`, login), 0o600); err != nil {
			b.Fatal(err)
		}
		f.args = append(f.args, "--cloud", cloud)
	}
	for i := range n {
		base, err := openfire.ParseBase(fmt.Sprintf("base%05d", i))
		if err != nil {
			b.Fatal(err)
		}
		f.bases = append(f.bases, base)
	}
	return f
}

// write writes all token files as setup does, with that much time until their access
// tokens expire.
func (f *fleet) write(b *testing.B, left time.Duration) {
	b.Helper()
	for _, base := range f.bases {
		file := tokenfile.New(base, "16.0")
		file.Client = tokenfile.Client{ID: "11111111-1111-4111-8111-111111111111", Secret: secret.New("abc8Q~" + strings.Repeat("s", 34))}
		file.Azure = tokenfile.Azure{TenantID: "22222222-2222-4222-8222-222222222222", RedirectURI: base.RedirectURI(), SignedInAs: "compta@client.fr", RefreshIssued: time.Now()}
		file.SetMailbox("compta@client.fr", false)
		file.Mail.Tokens = tokenfile.Tokens{Refresh: secret.New(refreshToken), Access: secret.New(accessToken), Expiration: time.Now().Add(left).Unix()}
		data, err := file.Encode()
		if err == nil {
			err = os.WriteFile(filepath.Join(f.dir, base.FileName()), data, 0o600)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// ours returns the command of our program for the fleet.
func (f *fleet) ours(b *testing.B, env []string, args ...string) command {
	b.Helper()
	return command{args: slices.Concat([]string{program(b, "openfire-o365")}, args, f.args), env: env}
}
