//go:build faults && linux && amd64

package durability

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

var whole = flag.Bool("whole", false, "every command, every errno, every file system")

// programs are the paths of the real program and of the one with the planted
// bugs, built once. With GOCOVERDIR set the real one records its coverage of store.
var programs struct{ real, planted string }

func TestMain(m *testing.M) {
	if path := os.Getenv(shimEnv); path != "" {
		fmt.Fprintln(os.Stderr, shim(path))
		os.Exit(1)
	}
	flag.Parse()
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "faults")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		_ = os.Chmod(dir, 0o755) // for other accounts
		programs.real = filepath.Join(dir, "openfire-o365")
		programs.planted = filepath.Join(dir, "planted")
		var cover []string
		if os.Getenv("GOCOVERDIR") != "" { // not for the planted one: cover reads the sources without the overlay
			cover = []string{"-cover", "-coverpkg=./internal/tokenfile/store/...,./cmd/openfire-o365"} // main writes it down
		}
		if err := errors.Join(build(programs.real, cover...), plant(dir, programs.planted)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

func build(to string, flags ...string) error {
	cmd := exec.Command("go", slices.Concat([]string{"build", "-o", to}, flags, []string{"./cmd/openfire-o365"})...)
	cmd.Dir = filepath.Join("..", "..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// world is a simulated Microsoft and the program under test.
type world struct {
	t       testing.TB
	box     *sandbox.Sandbox
	cloud   string // file
	program string
	env     []string
	number  atomic.Int64 // of the next mailbox
}

func newWorld(t testing.TB, o sandbox.Options) *world {
	t.Helper()
	o.Now, o.CAFile = time.Now, filepath.Join(t.TempDir(), "ca.pem")
	box, err := sandbox.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	w := &world{t: t, box: box, program: programs.real, cloud: filepath.Join(t.TempDir(), "cloud.json")}
	w.describe(box.Cloud())
	w.env = []string{"HOME=" + t.TempDir(), "LANG=en_GB.UTF-8", "GOCOVERDIR=" + os.Getenv("GOCOVERDIR")}
	return w
}

func (w *world) describe(cloud azure.Cloud) {
	data, err := json.Marshal(cloud)
	if err == nil {
		err = os.WriteFile(w.cloud, data, 0o644)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// home is a token folder and its base.
type home struct {
	*world
	dir  string
	base openfire.Base
	old  []byte // the token file before
}

func base(name string) openfire.Base {
	b, err := openfire.ParseBase(name)
	if err != nil {
		panic(err)
	}
	return b
}

// home makes a token folder with a connected base whose access tokens have
// expired. Each has its own mailbox, as the strict sandbox revokes by mailbox.
func (w *world) home(dir string) *home {
	w.t.Helper()
	h := &home{world: w, dir: dir, base: base("mabase")}
	h.connect(h.base)
	h.old = h.bytes()
	return h
}

func (h *home) connect(b openfire.Base) {
	h.t.Helper()
	v, mailbox := h.box.Values(), fmt.Sprintf("b%d@client.fr", h.number.Add(1))
	f := tokenfile.New(b, "16.0")
	f.Client = tokenfile.Client{ID: v.ClientID, Secret: v.Secret}
	f.Azure = tokenfile.Azure{TenantID: v.TenantID, RedirectURI: b.RedirectURI(), Loopback: true, SecretExpires: v.SecretExpires, SignedInAs: mailbox, RefreshIssued: time.Now().Add(-time.Hour)}
	f.SetMailbox(mailbox, true)
	access, refresh := entra.Issue(time.Now().Add(-2*time.Hour), mailbox, azure.Use{Odoo: 16, Incoming: true}.ConsentScopes()...)
	for _, block := range f.Blocks() {
		*block.Tokens = tokenfile.Tokens{Refresh: secret.New(refresh), Access: secret.New(access), Expiration: time.Now().Add(-time.Minute).Unix()}
	}
	data, err := f.Encode()
	if err == nil {
		err = os.MkdirAll(h.dir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(h.dir, b.FileName()), data, 0o600)
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *home) path() string { return filepath.Join(h.dir, h.base.FileName()) }

func (h *home) bytes() []byte {
	data, _ := os.ReadFile(h.path())
	return data
}

// command is a command of the program with this token folder.
func (h *home) command(args ...string) *exec.Cmd {
	cmd := exec.Command(h.program, append([]string{"--cloud", h.cloud, "--dir", h.dir}, args...)...)
	cmd.Env = h.env
	return cmd
}

// run runs the program without the tracer.
func (h *home) run(args ...string) outcome {
	h.t.Helper()
	var out, said bytes.Buffer
	cmd := h.command(args...)
	cmd.Stdout, cmd.Stderr = &out, &said
	// A tracer reaps every child of its thread. This one's must not be the thread
	// that a tracer gets while the program still runs.
	runtime.LockOSThread()
	err := cmd.Run()
	runtime.UnlockOSThread()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		h.t.Fatal(err)
	}
	o := outcome{code: cmd.ProcessState.ExitCode(), out: out.String(), err: said.String()}
	if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		o.signal = ws.Signal()
	}
	return o
}

// traced runs the program under the tracer.
func (h *home) traced(enter func(call) verdict, args ...string) outcome {
	h.t.Helper()
	t := &tracer{dir: h.dir, enter: enter}
	o, err := t.trace(h.command(args...))
	if err != nil {
		h.t.Fatal(err)
	}
	return o
}

var refreshArgs = []string{"token", "refresh", "mabase", "--json"}

// posts returns the number of token requests that Microsoft has received.
func (w *world) posts() int {
	n := 0
	for _, r := range w.box.Requests() {
		if r.Method == "POST" && strings.HasSuffix(r.Path, "/token") {
			n++
		}
	}
	return n
}

// sent returns the number of token requests with the tokens of this home: others
// run in the same world at the same time.
func (h *home) sent() int {
	f, err := tokenfile.Decode(h.old)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.sentToken(f.Mail.Refresh.Reveal())
}

// sentToken returns the number of token requests with a refresh token.
func (w *world) sentToken(token string) (n int) {
	for _, r := range w.box.Requests() {
		if r.Method == "POST" && r.Form.Get("refresh_token") == token {
			n++
		}
	}
	return n
}

// content checks that the token file is unchanged or complete and new.
func (h *home) content() (renewed bool, err error) {
	now := h.bytes()
	if bytes.Equal(now, h.old) {
		return false, nil
	}
	f, err := tokenfile.Decode(now)
	switch {
	case err != nil:
		return false, fmt.Errorf("corrupt: %w in %d bytes", err, len(now))
	case h.old != nil && !f.Complete():
		return false, errors.New("corrupt: a token is missing")
	}
	for _, b := range f.Blocks() {
		if h.old != nil && b.Tokens.Refresh.Empty() {
			return false, errors.New("blank token")
		}
	}
	return f.Complete(), nil
}

// take removes the file with rescued tokens that a run has written, if it has
// reported its name.
func (h *home) take(o outcome) {
	rescued, _ := filepath.Glob(h.path() + ".rescued*")
	for _, path := range rescued {
		if strings.Contains(o.out+o.err, filepath.Base(path)) {
			_ = os.Remove(path)
		}
	}
}

// clean checks what must hold after a run that was not killed: no other file has
// tokens, and the lock is free.
func (h *home) clean() error {
	err := filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path == h.path() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte("sandbox-rt")) || strings.HasSuffix(path, ".json.new") {
			return fmt.Errorf("secret temp file %s is left", filepath.Base(path))
		}
		return err
	})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(h.path()+".lock", os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("lock file: %w", err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("the lock is still held: %w", err)
	}
	return nil
}

// saved reports whether the program printed that it renewed the base.
func (o outcome) saved() bool { return strings.Contains(o.out, `"result":"refreshed"`) }
