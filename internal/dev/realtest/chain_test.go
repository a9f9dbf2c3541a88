package realtest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/base"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// program is the program under test.
var program string

// TestMain builds the program once, unless PROGRAM names a built one.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		if program = os.Getenv("PROGRAM"); program != "" {
			return m.Run()
		}
		dir, err := os.MkdirTemp("", "realtest")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "openfire-o365")
		build := exec.Command("go", "build", "-o", program, "./cmd/openfire-o365")
		build.Dir = filepath.Join("..", "..", "..")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// chain is the program with a provider, mail servers and a base.
type chain struct {
	t      *testing.T
	p      *provider
	m      *mail
	dir    string
	cloud  map[string]string
	secret string // file
}

func newChain(t *testing.T, p *provider, m *mail) *chain {
	t.Helper()
	odoo := httptest.NewServer(base.New(base.Options{Odoo: "16.0", Now: time.Now}, azure.Cloud{}, nil).Handler())
	t.Cleanup(odoo.Close)
	c := &chain{t: t, p: p, m: m, dir: filepath.Join(t.TempDir(), "tokens"), secret: filepath.Join(t.TempDir(), "secret")}
	write(t, c.secret, clientSecret+"\n")
	c.cloud = map[string]string{"name": "real parts", "login": p.url, "graph": p.url, "portal": p.url, "base": odoo.URL, "ca_file": m.CA.file,
		"smtp": fmt.Sprintf("localhost:%d", m.SMTP), "imap": fmt.Sprintf("imaps://localhost:%d", m.IMAPS)}
	return c
}

// command is the program with the chain's cloud file.
func (c *chain) command(args ...string) *exec.Cmd {
	c.t.Helper()
	body, err := json.Marshal(c.cloud)
	if err != nil {
		c.t.Fatal(err)
	}
	file := filepath.Join(filepath.Dir(c.secret), "cloud.json")
	write(c.t, file, string(body))
	cmd := exec.Command(program, append([]string{"--cloud", file, "--dir", c.dir, "--lang", "en"}, args...)...)
	cmd.Env = []string{"HOME=" + c.t.TempDir(), "PATH=" + os.Getenv("PATH")}
	return cmd
}

// run runs the program to its end.
func (c *chain) run(args ...string) (code int, said string) {
	c.t.Helper()
	out, err := c.command(args...).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), string(out)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return 0, string(out)
}

// setup runs setup, and signs in as who when it asks for a sign-in.
func (c *chain) setup(who string, args ...string) (code int, said string) {
	c.t.Helper()
	cmd := c.command(append([]string{"setup", "mabase", "--no-input", "--no-browser", "--mailbox", mailbox, "--tenant", tenantID, "--client-id", clientID, "--client-secret-file", c.secret}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	if address, _ := bufio.NewReader(stdout).ReadString('\n'); address != "" {
		signIn(c.t, strings.TrimSpace(address), who)
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), stderr.String()
	}
	return 0, stderr.String()
}

var loginID = regexp.MustCompile(`name="id" value="([^"]*)"`)

// signIn fills in the provider's login page, follows the redirects, and returns
// the last page.
func signIn(t *testing.T, address, who string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Timeout: time.Minute}
	page := get(t, client, address)
	id := loginID.FindStringSubmatch(page)
	if id == nil {
		return page
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.PostForm("http://"+u.Host+"/login/username", url.Values{"id": {id[1]}, "username": {who}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func get(t *testing.T, client *http.Client, address string) string {
	t.Helper()
	res, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// path returns the path of the token file.
func (c *chain) path() string { return filepath.Join(c.dir, "mabase.openfire.fr.json") }

// bytes returns the content of the token file.
func (c *chain) bytes() []byte {
	c.t.Helper()
	data, err := os.ReadFile(c.path())
	if err != nil {
		c.t.Fatal(err)
	}
	return data
}

// file returns the decoded token file.
func (c *chain) file() tokenfile.File {
	c.t.Helper()
	f, err := tokenfile.Decode(c.bytes())
	if err != nil {
		c.t.Fatal(err)
	}
	return f
}

// edit changes the token file.
func (c *chain) edit(change func(*tokenfile.File)) {
	c.t.Helper()
	f := c.file()
	change(&f)
	data, err := f.Encode()
	if err == nil {
		err = os.WriteFile(c.path(), data, 0o600)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// expire sets the expiry of the access tokens in the file only.
func expire(f *tokenfile.File, left time.Duration) {
	for _, b := range f.Blocks() {
		b.Tokens.Expiration = time.Now().Add(left).Unix()
	}
}

// line is a line of --json: a check, a refreshed base or the summary.
type line struct {
	Type, ID, Status, What, Do, Fault, Detail, Result, Cause, Message string

	Exit, Code int
}

// lines runs the program with --json.
func (c *chain) lines(args ...string) (code int, lines []line) {
	c.t.Helper()
	code, said := c.run(append([]string{"--json"}, args...)...)
	for text := range strings.Lines(said) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			c.t.Fatalf("%v: %s", err, said)
		}
		lines = append(lines, l)
	}
	return code, lines
}

// find returns the line of a check.
func find(lines []line, id string) line {
	i := slices.IndexFunc(lines, func(l line) bool { return l.ID == id })
	if i < 0 {
		return line{}
	}
	return lines[i]
}
