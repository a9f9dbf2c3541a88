//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
)

// process starts the real program with its files in the folder of the bench.
func (b *bench) process(args ...string) (*exec.Cmd, *bufio.Reader, *bytes.Buffer) {
	b.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		b.t.Fatal(err)
	}
	name := filepath.Join(b.t.TempDir(), "openfire-o365")
	if err := os.Symlink(exe, name); err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command(name, append([]string{"--cloud", b.cloud, "--dir", b.dir}, args...)...)
	cmd.Env = []string{hasty, "HOME=" + b.t.TempDir(), "LANG=en_GB.UTF-8"}
	for name, value := range b.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	said := &bytes.Buffer{}
	cmd.Stderr = said
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, bufio.NewReader(out), said
}

// TestBrowserInheritsNoSecret checks that the browser does not inherit a secret from
// the environment, nor the credentials folder.
func TestBrowserInheritsNoSecret(t *testing.T) {
	t.Parallel()
	for _, way := range []string{cli.ClientSecretEnv, "CREDENTIALS_DIRECTORY"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			bin, note, secret := t.TempDir(), filepath.Join(t.TempDir(), "browser.txt"), b.box.Values().Secret.Reveal()
			exe, err := os.Executable()
			if err == nil {
				err = os.Symlink(exe, filepath.Join(bin, "xdg-open"))
			}
			if err == nil {
				err = os.WriteFile(filepath.Join(bin, "client-secret"), []byte(secret), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			b.env = map[string]string{"PATH": bin, "DISPLAY": ":0", "BROWSER_NOTE": note, way: secret}
			if way != cli.ClientSecretEnv {
				b.env[way] = bin
			}
			args := b.given("mailbox", "compta@client.fr")
			for i, a := range args {
				if strings.HasPrefix(a, "--client-secret-file") {
					args = append(args[:i:i], args[i+1:]...)
					break
				}
			}
			cmd, out, said := b.process(args...)
			if rest, err := io.ReadAll(out); err != nil || strings.Contains(string(rest), secret) {
				t.Errorf("%v: %s", err, rest)
			}
			if code := exitCode(cmd.Wait()); code != 0 {
				t.Fatalf("exit %d\n%s", code, said.String())
			}
			given, err := os.ReadFile(note)
			if err != nil || strings.Contains(string(given), secret) || strings.Contains(said.String(), secret) {
				t.Errorf("%v; the secret is in the browser's hands or on the screen", err)
			}
			if strings.Contains(said.String(), "is safer") != (way == cli.ClientSecretEnv) {
				t.Errorf("the note about safer ways:\n%s", said.String())
			}
		})
	}
}

// TestBrowserGetsALastPage checks that the browser gets a page when setup ends because another
// account signed in.
func TestBrowserGetsALastPage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	cmd, out, said := b.process(append(b.given("mailbox", "compta@client.fr"), "--no-browser")...)
	address, err := out.ReadString('\n')
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	res, err := http.PostForm(strings.TrimSpace(address), url.Values{"mailbox": {"autre@client.fr"}, "step": {"accept"}})
	if err != nil {
		t.Fatalf("the browser's last page: %v", err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(page), "The sign-in failed") {
		t.Errorf("%v: %s", err, page)
	}
	if code := exitCode(cmd.Wait()); code != int(problem.Safety) {
		t.Errorf("exit %d\n%s", code, said.String())
	}
}

func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}

// TestSignals stops setup while it waits for the sign-in. It must keep the answers,
// have no token, and report the signal by its exit code.
func TestSignals(t *testing.T) {
	t.Parallel()
	for signal, want := range map[os.Signal]int{os.Interrupt: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 143} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			cmd, out, said := b.process(append(b.given("mailbox", "compta@client.fr"), "--no-browser")...)
			if line, err := out.ReadString('\n'); err != nil || !strings.HasPrefix(line, "http") {
				t.Fatalf("%q %v\n%s", line, err, said.String())
			}
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if code := exitCode(cmd.Wait()); code != want {
				t.Errorf("exit %d, want %d\n%s", code, want, said.String())
			}
			if f := b.file(); f.Complete() || f.Client.Secret.Empty() || f.Mailbox() != "compta@client.fr" {
				t.Errorf("answers are missing, or more was written: %+v", f)
			}
		})
	}
}

// TestSandboxCommand checks that --json prints one line with the --cloud file, which
// another process can use, and that a signal ends the command normally.
func TestSandboxCommand(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.cloud = ""
	b.env["OPENFIRE_O365_DIR"] = b.dir
	cmd, out, said := b.process("sandbox", "--json")
	line, err := out.ReadString('\n')
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	b.cloud = filepath.Join(t.TempDir(), "cloud.json")
	if err := os.WriteFile(b.cloud, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := azure.LoadCloud(b.cloud); err != nil {
		t.Fatal(err)
	}
	run := b.follow(strings.NewReader(""), false, append(b.given("mailbox", "compta@client.fr"), "--no-browser")...)
	if err := sandbox.Visit(t.Context(), run.line("http")); err != nil {
		t.Fatal(err)
	}
	if code := run.end(); code != 0 {
		t.Errorf("setup against it: exit %d", code)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(cmd.Wait()); code != 0 {
		t.Errorf("exit %d\n%s", code, said.String())
	}
}

// TestOwner checks that --owner gives the file to another account, and that later
// writes keep the owner.
func TestOwner(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root to change owners")
	}
	b := newBench(t)
	for _, bad := range []string{"nobody-such:x", "a:b:c", ":", "root", "0x1:1"} {
		b.refused("--owner", 2, append(b.given("mailbox", "compta@client.fr"), "--owner", bad)...)
	}
	run := b.follow(strings.NewReader(""), false, append(b.given("mailbox", "compta@client.fr"), "--owner=1:1", "--no-browser")...)
	if err := sandbox.Visit(t.Context(), run.line("http")); err != nil {
		t.Fatal(err)
	}
	if code := run.end(); code != 0 {
		t.Fatalf("exit %d", code)
	}
	owned := func() string {
		info, err := os.Stat(filepath.Join(b.dir, "mabase.openfire.fr.json"))
		if err != nil {
			t.Fatal(err)
		}
		stat := info.Sys().(*syscall.Stat_t)
		return strconv.Itoa(int(stat.Uid)) + ":" + strconv.Itoa(int(stat.Gid)) + " " + info.Mode().String()
	}
	if got := owned(); got != "1:1 -rw-r-----" {
		t.Errorf("after setup: %s", got)
	}
	if got := b.run("", "token", "refresh", "mabase", "--margin", "100h"); got.code != 0 {
		t.Errorf("exit %d\n%s", got.code, got.err)
	}
	if got := owned(); got != "1:1 -rw-r-----" {
		t.Errorf("after a refresh: %s", got)
	}
}
