//go:build linux

package realtest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// windows is a Windows of Wine with the program. It tests the use of the Windows API,
// not how a console looks.
type windows struct {
	t         *testing.T
	wine      string
	prefix    string
	exe, hold string
	env       []string
}

// newWindows makes a new Wine prefix, or skips the test.
func newWindows(t *testing.T) *windows {
	t.Helper()
	wine, server := installed("wine64", "wine", "/usr/lib/wine/wine64"), installed("wineserver", "/usr/lib/wine/wineserver64", "/usr/lib/wine/wineserver")
	compiler := installed("x86_64-w64-mingw32-gcc")
	if wine == "" || server == "" || compiler == "" {
		t.Skip("wine64 or gcc-mingw-w64-x86-64 is not installed")
	}
	dir := t.TempDir()
	w := &windows{t: t, wine: wine, prefix: filepath.Join(dir, "prefix"), exe: filepath.Join(dir, "openfire-o365.exe"), hold: filepath.Join(dir, "hold.exe")}
	w.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "WINEPREFIX=" + w.prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml,winemenubuilder.exe=", "LC_ALL=C.UTF-8"}
	t.Cleanup(func() {
		kill := exec.Command(server, "-k", "-w")
		kill.Env = w.env
		_ = kill.Run()
	})
	boot := exec.Command(wine, "wineboot", "-i")
	boot.Env = w.env
	if err := boot.Run(); err != nil { // its output would stay open as long as Windows' services run
		t.Skipf("wine does not start: %v", err)
	}
	first := exec.Command(server, "-w") // services that were started during the installation do not start others
	first.Env = w.env
	if err := first.Run(); err != nil {
		t.Fatalf("wineserver: %v", err)
	}
	prng := filepath.Join(w.prefix, "drive_c", "windows", "system32", "bcryptprimitives.dll")
	w.build(".", nil, compiler, "-shared", "-O2", "-s", "-o", prng, "testdata/windows/bcryptprimitives.c", "-ladvapi32")
	cross := append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	w.build(".", cross, "go", "build", "-o", w.hold, "testdata/windows/hold.go")
	w.build("../../..", cross, "go", "build", "-o", w.exe, "./cmd/openfire-o365")
	t.Cleanup(w.keep(t, `C:\windows\system32\bcryptprimitives.dll`)) // otherwise Windows would start again for each program
	return w
}

// installed returns the first of these programs that is installed.
func installed(names ...string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func (w *windows) build(dir string, env []string, name string, args ...string) {
	w.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, env
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// at returns the Linux path of a file below C:.
func (w *windows) at(path string) string {
	return filepath.Join(w.prefix, "drive_c", filepath.FromSlash(strings.ReplaceAll(strings.TrimPrefix(path, `C:\`), `\`, "/")))
}

// outside returns the Windows path of a Linux file.
func outside(path string) string { return "Z:" + strings.ReplaceAll(path, "/", `\`) }

func (w *windows) command(args ...string) *exec.Cmd {
	cmd := exec.Command(w.wine, append([]string{w.exe}, args...)...)
	cmd.Env = w.env
	cmd.WaitDelay = time.Second // a service that Windows starts keeps the output open
	return cmd
}

// said is the output of one run of the program.
type said struct {
	code     int
	out, err string
}

// ended waits for a started program.
func ended(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode()
}

// run runs the program with pipes to its end. Its output must be UTF-8.
func (w *windows) run(t *testing.T, in string, args ...string) said {
	t.Helper()
	cmd := w.command(args...)
	var out, err bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(in), &out, &err
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := said{ended(t, cmd), out.String(), err.String()}
	if !utf8.ValidString(s.out) || !utf8.ValidString(s.err) {
		t.Errorf("not UTF-8: %q %q", s.out, s.err)
	}
	return s
}

// want fails unless the run ended with that code and printed that text.
func (s said) want(t *testing.T, code int, text string) {
	t.Helper()
	if s.code != code || !strings.Contains(s.out+s.err, text) {
		t.Errorf("exit %d, want %d and %q:\n%s%s", s.code, code, text, s.out, s.err)
	}
}

// practiced is a sandbox in this process that both sides can reach.
type practiced struct {
	*sandbox.Sandbox
	cloud string // as Windows sees it
}

func (w *windows) practice(t *testing.T, strict bool) practiced {
	t.Helper()
	dir := t.TempDir()
	box, err := sandbox.Start(t.Context(), sandbox.Options{Strict: strict, Now: time.Now, CAFile: filepath.Join(dir, "ca.pem")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	cloud := box.Cloud()
	cloud.CAFile = outside(cloud.CAFile)
	body, err := json.Marshal(cloud)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "cloud.json"), string(body))
	return practiced{box, outside(filepath.Join(dir, "cloud.json"))}
}

// refreshes returns how often a token was refreshed.
func (p practiced) refreshes() (n int) {
	for _, r := range p.Requests() {
		if r.Form.Get("grant_type") == "refresh_token" {
			n++
		}
	}
	return n
}

// connect runs setup on Windows with the token folder dir, and makes the token due.
func (w *windows) connect(t *testing.T, p practiced, dir string) {
	t.Helper()
	v := p.Values()
	secret := filepath.Join(t.TempDir(), "secret")
	write(t, secret, v.Secret.Reveal()+"\r\n")
	cmd := w.command("setup", "mabase", "--dir", dir, "--cloud", p.cloud, "--no-input", "--no-browser", "--mailbox", v.Mailbox, "--tenant", v.TenantID, "--client-id", v.ClientID, "--client-secret-file", outside(secret), "--lang=en")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	address, _ := bufio.NewReader(stdout).ReadString('\n')
	if err := sandbox.Visit(t.Context(), strings.TrimSpace(address)); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	if code := ended(t, cmd); code != 0 {
		t.Fatalf("setup: exit %d\n%s", code, stderr.String())
	}
	w.due(t, dir)
}

// due sets the expiry of the access token to a minute from now.
func (w *windows) due(t *testing.T, dir string) {
	t.Helper()
	path := w.at(dir + `\mabase.openfire.fr.json`)
	f := w.tokens(t, dir)
	f.Mail.Expiration = time.Now().Add(time.Minute).Unix()
	data, err := f.Encode()
	if err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (w *windows) tokens(t *testing.T, dir string) tokenfile.File {
	t.Helper()
	data, err := os.ReadFile(w.at(dir + `\mabase.openfire.fr.json`))
	if err != nil {
		t.Fatal(err)
	}
	f, err := tokenfile.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestWindows runs the cross-built program on Windows' API.
func TestWindows(t *testing.T) {
	w := newWindows(t)
	t.Run("setup, verify and refresh through pipes, files under LocalAppData", w.newcomer)
	t.Run("language of the locale and of Windows", w.languages)
	t.Run("exit codes", w.codes)
	t.Run("folder with blanks and accents", w.accents)
	t.Run("two refreshes at once send one", w.together)
	t.Run("a reader that lets go is waited for", w.released)
	t.Run("a reader that stays is 74, the old file intact", w.held)
	t.Run("a task of the scheduler, put in and taken out", w.scheduled)
	t.Run("plain questions through a pipe with CRLF", w.questions)
}

// newcomer runs the first commands of the README.
func (w *windows) newcomer(t *testing.T) {
	setup := w.run(t, "", "setup", "--sandbox", "--lang=fr")
	setup.want(t, 0, "est connectée et Microsoft a accepté son message")
	where := `C:\users\` + filepath.Base(w.user(t)) + `\AppData\Local\openfire-o365\sandbox`
	setup.want(t, 0, "\n    "+where+`\mabase.openfire.fr.json`+"\n")
	if f := w.tokens(t, where); !f.Complete() || f.Mailbox() != "compta@client.fr" {
		t.Errorf("not connected: %+v", f)
	}
	w.run(t, "", "verify", "--sandbox", "--lang=fr").want(t, 0, "OK Fichier de jetons")
	if s := w.run(t, "", "token", "refresh", "--sandbox", "-q"); s != (said{}) {
		t.Errorf("a refresh with nothing to say: %+v", s)
	}
	w.run(t, "", "token", "status", "--sandbox").want(t, 0, "mabase")
	left, err := filepath.Glob(filepath.Join(w.at(where), "*.new*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// user returns the folder of the Windows user.
func (w *windows) user(t *testing.T) string {
	t.Helper()
	users, err := filepath.Glob(filepath.Join(w.prefix, "drive_c", "users", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		if filepath.Base(u) != "Public" {
			return u
		}
	}
	t.Fatalf("no user in %v", users)
	return ""
}

// languages checks that environment variables come before the display language
// of Windows.
func (w *windows) languages(t *testing.T) {
	for _, c := range []struct{ env, want string }{
		{"LC_ALL=fr_FR.UTF-8", "Connecte les bases OpenFire à des boîtes"}, {"LC_ALL=en_GB.UTF-8", "Connects OpenFire bases to"}, {"LC_ALL=C.UTF-8", "Connects OpenFire bases to"},
	} {
		there := *w
		there.env = append(append([]string{}, w.env...), c.env)
		there.run(t, "", "--help").want(t, 0, c.want)
	}
}

func (w *windows) codes(t *testing.T) {
	for _, c := range []struct {
		code int
		text string
		args []string
	}{
		{2, "Unknown flag --nonsense", []string{"verify", "--nonsense"}},
		{2, "this name is reserved", []string{"setup", "--sandbox", "con"}},
		{2, "Run setup first", []string{"token", "refresh", "autre", "--dir", `C:\nothing`}},
		{2, "--owner", []string{"setup", "--sandbox", "--owner=1:1"}},
		{11, "AADSTS700016", []string{"setup", "--sandbox", "--client-id=5a4db0c5-0000-4000-8000-0f1fe0365009", "--dir", `C:\wrong`}},
	} {
		w.run(t, "", append(c.args, "--lang=en")...).want(t, c.code, c.text)
	}
}

func (w *windows) accents(t *testing.T) {
	dir, p := `C:\Données de Zoé\OpenFire & Cie`, w.practice(t, false)
	w.connect(t, p, dir)
	w.run(t, "", "token", "refresh", "mabase", "--dir", dir, "--cloud", p.cloud).want(t, 0, "")
	w.run(t, "", "verify", "mabase", "--dir", dir, "--cloud", p.cloud, "--lang=fr").want(t, 0, "OK")
	if f := w.tokens(t, dir); f.Mail.Expiration < time.Now().Add(30*time.Minute).Unix() {
		t.Error("the token was not renewed")
	}
}

// together checks that the lock, and reading the file again under it, work
// across processes.
func (w *windows) together(t *testing.T) {
	dir, p := `C:\together`, w.practice(t, true)
	w.connect(t, p, dir)
	before := p.refreshes()
	var runs []*exec.Cmd
	for range 2 {
		cmd := w.command("token", "refresh", "mabase", "--dir", dir, "--cloud", p.cloud, "--lang=en")
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		runs = append(runs, cmd)
	}
	for _, cmd := range runs {
		if code := ended(t, cmd); code != 0 {
			t.Errorf("exit %d", code)
		}
	}
	if n := p.refreshes() - before; n != 1 {
		t.Errorf("%d refreshes were sent", n)
	}
	w.due(t, dir) // Microsoft knows only the tokens that were saved last
	w.run(t, "", "token", "refresh", "mabase", "--dir", dir, "--cloud", p.cloud, "--lang=en").want(t, 0, "")
}

// keep opens a file so that it cannot be replaced.
func (w *windows) keep(t *testing.T, path string) (release func()) {
	t.Helper()
	cmd := exec.Command(w.wine, w.hold, path)
	cmd.Env = w.env
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if text, err := bufio.NewReader(out).ReadString('\n'); strings.TrimSpace(text) != "held" {
		t.Fatalf("%q %v", text, err)
	}
	return func() {
		_ = in.Close()
		if code := ended(t, cmd); code != 0 {
			t.Errorf("the reader: exit %d", code)
		}
	}
}

// released closes a file that could not be replaced once the program has its
// new token.
func (w *windows) released(t *testing.T) {
	dir, p := `C:\released`, w.practice(t, false)
	w.connect(t, p, dir)
	before := p.refreshes()
	release := w.keep(t, dir+`\mabase.openfire.fr.json`)
	cmd := w.command("token", "refresh", "mabase", "--dir", dir, "--cloud", p.cloud, "--lang=en")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); p.refreshes() == before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing was sent")
		}
	}
	w.written(t, dir)
	release()
	if code := ended(t, cmd); code != 0 {
		t.Errorf("exit %d\n%s", code, stderr.String())
	}
	if f := w.tokens(t, dir); f.Mail.Expiration < time.Now().Add(30*time.Minute).Unix() {
		t.Error("the token was not renewed")
	}
}

// written waits until the complete new file is beside the old one.
func (w *windows) written(t *testing.T, dir string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		left, _ := filepath.Glob(w.at(dir) + "/*.new")
		for _, name := range left {
			if data, err := os.ReadFile(name); err == nil && json.Valid(data) {
				return
			}
		}
	}
	t.Fatal("no new file came")
}

func (w *windows) held(t *testing.T) {
	dir, p := `C:\held`, w.practice(t, false)
	w.connect(t, p, dir)
	path := w.at(dir + `\mabase.openfire.fr.json`)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	release := w.keep(t, dir+`\mabase.openfire.fr.json`)
	w.run(t, "", "token", "refresh", "mabase", "--dir", dir, "--cloud", p.cloud, "--lang=en").want(t, 74, "It was not changed")
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("%v: the old file is not what it was", err)
	}
	if left, _ := filepath.Glob(path + ".new*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	release()
	w.run(t, "", "token", "refresh", "mabase", "--dir", dir, "--cloud", p.cloud, "--lang=en").want(t, 0, "")
}

// questions checks that lines ending with CRLF from a Windows program are read.
func (w *windows) questions(t *testing.T) {
	p := w.practice(t, false)
	v := p.Values()
	in := strings.Join([]string{"mabase", "non", "non", "oui", v.ClientID, v.TenantID, v.Secret.Reveal(), "22/11/2028", v.Mailbox, ""}, "\r\n")
	s := w.run(t, in, "setup", "--plain", "--no-browser", "--cloud", p.cloud, "--dir", `C:\questions`, "--lang=fr", "--flow=paste")
	s.want(t, 2, "40 caractères reçus.")
	if f := w.tokens(t, `C:\questions`); f.Client.Secret.Reveal() != v.Secret.Reveal() || f.Azure.SecretExpires != "2028-11-22" || f.Mailbox() != v.Mailbox {
		t.Errorf("%+v\n%s", f, s.err)
	}
}

// scheduled checks that the scheduler accepts the definition, keeps it, and
// removes it. In Wine every task exists, so that a missing one cannot be
// tested.
func (w *windows) scheduled(t *testing.T) {
	dir := `C:\Société A & Cie 5%\jetons`
	write(t, filepath.Join(w.at(dir), "mabase.openfire.fr.json"), "{}")
	tasks := func() []string {
		names, err := filepath.Glob(filepath.Join(w.at(`C:\windows\system32\tasks`), "openfire-o365-*"))
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	schedule := func(args ...string) said {
		return w.run(t, "", append([]string{"token", "schedule"}, append(args, "--lang=en", "--dir", dir)...)...)
	}
	for range 2 {
		schedule("install").want(t, 0, "every 15 minutes")
	}
	if names := tasks(); len(names) != 1 {
		t.Fatalf("tasks: %q", names)
	}
	kept, err := os.ReadFile(tasks()[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, setting := range []string{"<MultipleInstancesPolicy>IgnoreNew<", "<StartWhenAvailable>true<", "<ExecutionTimeLimit>PT1H<"} {
		if !strings.Contains(string(kept), setting) {
			t.Errorf("the scheduler has not read %s:\n%s", setting, kept)
		}
	}
	schedule("show").want(t, 0, "Windows Task Scheduler: scheduled.")
	w.run(t, "", "token", "schedule", "remove", "--lang=en").want(t, 0, "no longer scheduled")
	if names := tasks(); len(names) != 0 {
		t.Errorf("left behind: %q", names)
	}
}
