//go:build unix

package bench

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// peer is another program that refreshes such tokens.
type peer struct {
	name  string
	found []string // paths: the first that exists is used; a script runs in Debian's Python
	help  []string

	// renew creates a state in dir with an expired access token and returns the command
	// that refreshes it. It is nil for a peer that does not store tokens.
	renew func(b *testing.B, e *endpoint, program, dir string) (before func(), c command)
}

const python = "/usr/bin/python3"

var peers = []peer{
	{"mutt_oauth2.py", []string{"/usr/share/doc/mutt/examples/mutt_oauth2.py", "/usr/share/doc/neomutt/examples/mutt_oauth2.py"}, []string{"--help"}, muttRenews},
	{"getmail6", []string{"getmail-gmail-xoauth-tokens"}, []string{"--help"}, getmailRenews},
	{"oauth2c", []string{"oauth2c"}, []string{"--help"}, oauth2cRenews},
	{"rclone", []string{"rclone"}, []string{"--help"}, rcloneRenews},
	{"kubelogin", []string{"kubelogin", "kubectl-oidc_login"}, []string{"--help"}, kubeloginRenews},
	{"m365", []string{"m365"}, []string{"--help"}, nil},
}

// BenchmarkPeers measures each installed peer in turn with our program: its
// start, and one refresh with the same server. The ratios are the peer's figures
// divided by ours.
func BenchmarkPeers(b *testing.B) {
	for _, p := range peers {
		b.Run(p.name, func(b *testing.B) {
			program := p.path()
			switch {
			case program == "":
				b.Skip("not installed")
			case p.name == "m365" && !*inFull:
				b.Skip("a start takes ten seconds")
			}
			e := newEndpoint(b, 0)
			f := newFleet(b, 1, e.url)
			b.Run("help", func(b *testing.B) {
				contest(b, func() {}, command{args: run(program, p.help...)}, f.ours(b, nil, "--help"))
			})
			if p.renew == nil {
				return
			}
			b.Run("refresh", func(b *testing.B) {
				before, c := p.renew(b, e, program, b.TempDir())
				c.env = append(c.env, e.env()...)
				contest(b, func() { f.write(b, -time.Minute); before() }, c, f.ours(b, e.env(), "token", "refresh"))
			})
		})
	}
}

// path returns the path of the peer, "" if it is not installed.
func (p peer) path() string {
	for _, name := range p.found {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
		if _, err := os.Stat(name); err == nil {
			return name
		}
	}
	return ""
}

// run returns the command line of a program, or of a Python script.
func run(program string, args ...string) []string {
	head, _ := os.ReadFile(program)
	if line, _, _ := bytes.Cut(head, []byte("\n")); bytes.HasPrefix(line, []byte("#!")) && bytes.Contains(line, []byte("python3")) {
		return append([]string{python, program}, args...)
	}
	return append([]string{program}, args...)
}

// keep writes a peer's state and returns a function that writes it again.
func keep(b *testing.B, path string, state any) func() {
	b.Helper()
	data, err := json.Marshal(state)
	if err != nil {
		b.Fatal(err)
	}
	return func() {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			b.Fatal(err)
		}
	}
}

// muttRenews runs mutt's script without its encryption, and otherwise unchanged.
func muttRenews(b *testing.B, e *endpoint, program, dir string) (before func(), c command) {
	b.Helper()
	script, err := os.ReadFile(program)
	for _, pipe := range []string{"['gpg', '--encrypt', '--recipient', 'YOUR_GPG_IDENTITY']", "['gpg', '--decrypt']"} {
		script = bytes.ReplaceAll(script, []byte(pipe), []byte("['cat']"))
	}
	own := filepath.Join(dir, "mutt_oauth2.py")
	if err == nil {
		err = os.WriteFile(own, script, 0o700)
	}
	if err != nil {
		b.Fatal(err)
	}
	state := filepath.Join(dir, "token")
	return keep(b, state, map[string]string{"registration": "microsoft", "authflow": "authcode", "email": "compta@client.fr", "refresh_token": refreshToken,
			"access_token": accessToken, "access_token_expiration": "2026-01-01T00:00:00"}),
		command{args: run(own, state), env: []string{"https_proxy=" + e.proxy(b)}}
}

func getmailRenews(b *testing.B, e *endpoint, program, dir string) (before func(), c command) {
	b.Helper()
	state := filepath.Join(dir, "token")
	return keep(b, state, map[string]any{"token_uri": e.url, "client_id": "id", "client_secret": "secret", "user": "compta@client.fr",
		"refresh_token": refreshToken, "access_token": accessToken, "expires_at": 1}), command{args: run(program, state)}
}

// oauth2cRenews runs oauth2c, which stores nothing.
func oauth2cRenews(_ *testing.B, e *endpoint, program, _ string) (before func(), c command) {
	return func() {}, command{args: []string{program, e.url, "--silent", "--token-endpoint", e.url + "/token", "--grant-type", "refresh_token", "--auth-method", "client_secret_post",
		"--client-id", "id", "--client-secret", "secret", "--refresh-token", refreshToken}}
}

// rcloneRenews lists a OneDrive: rclone refreshes and stores the token first.
func rcloneRenews(b *testing.B, e *endpoint, program, dir string) (before func(), c command) {
	b.Helper()
	token, err := json.Marshal(map[string]string{"access_token": accessToken, "refresh_token": refreshToken, "token_type": "Bearer", "expiry": "2026-01-01T00:00:00Z"})
	if err != nil {
		b.Fatal(err)
	}
	conf := filepath.Join(dir, "rclone.conf")
	text := "[drive]\ntype = onedrive\nclient_id = id\nclient_secret = secret\ndrive_id = 1\ndrive_type = business\ntoken = " + string(token) + "\n"
	return func() {
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}, command{args: []string{program, "--config", conf, "lsf", "drive:"}, env: []string{"https_proxy=" + e.proxy(b)}}
}

// kubeloginRenews signs in with a password once, then refreshes on demand.
func kubeloginRenews(b *testing.B, e *endpoint, program, dir string) (before func(), c command) {
	b.Helper()
	args := []string{program, "get-token", "--oidc-issuer-url", e.url, "--oidc-client-id", openIDClient, "--grant-type", "password", "--username", "u", "--password", "p", "--token-cache-dir", dir}
	command{args: args, env: e.env()}.run(b)
	return func() {}, command{args: append(args, "--force-refresh")}
}
