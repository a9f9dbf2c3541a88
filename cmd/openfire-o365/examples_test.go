//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// typist types lines into a shell. It has a sandbox, a browser that signs in, a
// connected base whose token is due, and the files that the examples use.
type typist struct {
	*bench
	home string
	env  []string
}

func newTypist(t *testing.T) *typist {
	t.Helper()
	b := newBench(t)
	b.connected(b.box.Values().Mailbox, nil)
	y := &typist{bench: b, home: t.TempDir()}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(y.home, "bin")
	v := b.box.Values()
	for _, folder := range []string{bin, filepath.Join(y.home, ".zfunc"), filepath.Join(y.home, ".config", "fish", "completions"), filepath.Join(y.home, ".local", "share", "bash-completion", "completions")} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"file.json":  `{"mailbox": "compta@client.fr"}`,
		"secret.txt": v.Secret.Reveal() + "\n", "key.txt": v.Password.Reveal() + "\n",
		"message.txt": "Remote Server returned '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.'\n",
		// Do not use the crontab and the systemd of the account.
		"bin/crontab":   "#!/bin/sh\ncase $1 in -l) cat ~/table ;; -r) rm ~/table ;; *) cat >~/table ;; esac 2>/dev/null || { echo 'no crontab for you' >&2; exit 1; }\n",
		"bin/systemctl": "#!/bin/sh\necho not here >&2; exit 1\n",
	} {
		if err := os.WriteFile(filepath.Join(y.home, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"openfire-o365", "xdg-open"} {
		// Not a symbolic link: the program would find that it is in the folder in which
		// "go test" builds, and refuse to schedule it.
		if os.Link(exe, filepath.Join(bin, name)) == nil {
			continue
		}
		data, err := os.ReadFile(exe) // on another disk
		if err == nil {
			err = os.WriteFile(filepath.Join(bin, name), data, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	y.env = []string{hasty, "PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + y.home, "LC_ALL=en_US.UTF-8", "DISPLAY=:0", "BROWSER_MOOD=admin",
		"OPENFIRE_O365_DIR=" + b.dir, "OPENFIRE_O365_YES=true", "OPENFIRE_O365_TEST_TO=" + v.Mailbox}
	return y
}

// types runs one line. It interrupts a program that keeps running.
func (y *typist) types(line string) (code int, said string) {
	y.t.Helper()
	env := y.env
	if !strings.Contains(line, "--sandbox") {
		env = append(env, "OPENFIRE_O365_CLOUD="+y.cloud)
	}
	if v := y.box.Values(); strings.Contains(line, " apply ") { // values that the program would ask for
		env = append(env, "OPENFIRE_O365_LOGIN="+v.Login, "OPENFIRE_O365_API_KEY="+v.Password.Reveal())
	}
	cmd := exec.Command("/bin/sh", "-c", "exec "+line)
	cmd.Dir, cmd.Env, cmd.WaitDelay = y.home, env, patience
	var out bytes.Buffer
	cmd.Stderr = &out
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		y.t.Fatal(err)
	}
	hang := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer hang.Stop()
	var printed strings.Builder
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		printed.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "Ctrl+C to stop") {
			_ = cmd.Process.Signal(os.Interrupt)
		}
	}
	err = cmd.Wait()
	return exitCode(err), printed.String() + out.String()
}

// typable returns the lines of a text that show commands: indented, and starting with
// the name of the program.
func typable(text string) (lines []string) {
	usage := false
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case usage: // after "Usage:"
			usage = false
		case trimmed == "Usage:":
			usage = true
		case strings.HasPrefix(line, "     "): // continuation of a numbered sentence
		case strings.HasPrefix(line, "  ") && strings.HasPrefix(trimmed, "openfire-o365 "):
			command, _, _ := strings.Cut(trimmed, "  ") // a description may follow
			lines = append(lines, command)
		}
	}
	return lines
}

// otherShell matches lines for another shell.
const otherShell = "Out-String"

// TestHelpExamples runs every example of the help.
func TestHelpExamples(t *testing.T) {
	t.Parallel()
	told := newBench(t)
	seen := map[string]bool{}
	for _, page := range helpPages(t, told) {
		for _, line := range typable(told.run("", append(page, "--lang", "en")...).out) {
			seen[line] = true
		}
	}
	if len(seen) < 25 {
		t.Fatalf("found only %d lines: %v", len(seen), seen)
	}
	for line := range seen {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			if strings.Contains(line, otherShell) {
				t.Skip("a line for PowerShell")
			}
			if strings.Contains(line, " schedule ") && os.Geteuid() == 0 && exists("/run/systemd/system") {
				t.Skip("would change the systemd timer of this machine")
			}
			y := newTypist(t)
			if strings.HasSuffix(line, "--sandbox") { // the line already has it
				y.types("openfire-o365 setup --sandbox")
			}
			if code, said := y.types(line); code != 0 {
				t.Errorf("exit %d:\n%s", code, said)
			}
		})
	}
}

// helpPages returns the command lines of all help pages, as the program lists them.
func helpPages(t *testing.T, b *bench) (pages [][]string) {
	t.Helper()
	for line := range strings.Lines(b.run("", "help", "--json").out) {
		var page struct{ Command, Topic string }
		if err := json.Unmarshal([]byte(line), &page); err != nil {
			t.Fatal(err)
		}
		if page.Command != "" {
			pages = append(pages, append([]string{"help"}, strings.Fields(page.Command)[1:]...))
		}
		if page.Topic != "" {
			pages = append(pages, []string{"help", page.Topic})
		}
	}
	return pages
}

// The help of setup, without --all, fits 40 lines of 80 columns in every language.
func TestSetupHelpFitsAScreen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, lang := range []string{"fr", "en"} {
		if out := b.run("", "setup", "--help", "--lang", lang).out; strings.Count(out, "\n") > 40 {
			t.Errorf("%s: %d lines:\n%s", lang, strings.Count(out, "\n"), out)
		}
	}
}
