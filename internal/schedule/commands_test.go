//go:build unix

package schedule

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// recorder replaces the commands of other operating systems and records its
// arguments. If a file "refuse" exists, it fails.
const recorder = `#!/bin/sh
echo "$(basename "$0") $*" >>"$NOTES/calls"
case "$*" in */XML\ *) cp "$5" "$NOTES/definition" ;; esac
[ ! -e "$NOTES/refuse" ] || { echo "Access is denied." >&2; exit 5; }
`

// notes puts recorders for systemctl, launchctl and schtasks into PATH.
func notes(t *testing.T) (dir string, calls func() string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range []string{"systemctl", "launchctl", "schtasks"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(recorder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("NOTES", dir)
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return dir, func() string {
		data, _ := os.ReadFile(filepath.Join(dir, "calls"))
		_ = os.Remove(filepath.Join(dir, "calls"))
		return strings.ReplaceAll(string(data), "\n", "; ")
	}
}

func TestInstallAndRemoveRunTheSchedulersCommands(t *testing.T) {
	dir, calls := notes(t)
	folder := filepath.Join(t.TempDir(), "LaunchAgents")
	plist := filepath.Join(folder, "fr.openfire.openfire-o365.plist")
	for _, c := range []struct {
		name             string
		system           System
		install, removal string
	}{
		{"systemd", Systemd{Folder: folder}, "systemctl daemon-reload; systemctl enable openfire-o365.timer; systemctl restart openfire-o365.timer; ",
			"systemctl disable --now openfire-o365.timer; systemctl clean --what=state openfire-o365.timer; systemctl reset-failed openfire-o365.service; systemctl daemon-reload; "},
		{"systemd, user", Systemd{Folder: folder, User: true},
			"systemctl --user daemon-reload; systemctl --user enable openfire-o365.timer; systemctl --user restart openfire-o365.timer; ",
			"systemctl --user disable --now openfire-o365.timer; systemctl --user clean --what=state openfire-o365.timer; systemctl --user reset-failed openfire-o365.service; systemctl --user daemon-reload; "},
		{"launchd", Launchd{Folder: folder, Domain: "gui/501"},
			"launchctl bootout gui/501/fr.openfire.openfire-o365; launchctl bootstrap gui/501 " + plist + "; ",
			"launchctl bootout gui/501/fr.openfire.openfire-o365; "},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := Install(t.Context(), c.system, ordinary()); err != nil {
				t.Fatal(err)
			}
			if got := calls(); got != c.install {
				t.Errorf("install: %s", got)
			}
			there, err := c.system.Installed(t.Context())
			wanted, _ := c.system.Entry(ordinary())
			if err != nil || len(there) != len(wanted) || there[0] != wanted[0] {
				t.Errorf("installed: %v %v", there, err)
			}
			refuses(t, dir, c.system, there)
			calls()
			if _, err := Remove(t.Context(), c.system); err != nil {
				t.Error(err)
			}
			if got := calls(); got != c.removal {
				t.Errorf("remove: %s", got)
			}
			refuses(t, dir, c.system, nil)
			if left, _ := os.ReadDir(folder); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			calls()
			if found, err := Remove(t.Context(), c.system); err != nil || found || calls() != "" {
				t.Errorf("removing nothing is not nothing: %v", err)
			}
		})
	}
}

// refuses makes the scheduler reject another job, and checks that the previous
// entry remains.
func refuses(t *testing.T, dir string, s System, before []File) {
	t.Helper()
	refuse := filepath.Join(dir, "refuse")
	if err := os.WriteFile(refuse, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(refuse)
	other := ordinary()
	other.Args = append(other.Args, "--jobs", "4")
	var refused *problem.Problem
	err := Install(t.Context(), s, other)
	if !errors.As(err, &refused) || !strings.Contains(refused.Error(), "Access is denied.") {
		t.Errorf("a refusal is not told: %v", err)
	}
	after, err := s.Installed(t.Context())
	if err != nil || len(after) != len(before) || len(after) > 0 && after[0] != before[0] {
		t.Errorf("after a refusal: %v %v, before: %v", after, err, before)
	}
}

func TestTaskIsDefinedInUTF16AndItsFileDeleted(t *testing.T) {
	dir, calls := notes(t)
	t.Setenv("TMPDIR", dir)
	task := Task{Account: "Zoé", SID: "S-1-5-21-1-2-3-1001"}
	if err := Install(t.Context(), task, ordinary()); err != nil {
		t.Fatal(err)
	}
	if got := calls(); !strings.HasPrefix(got, "schtasks /Create /TN openfire-o365-Zoé /XML "+dir) ||
		!strings.HasSuffix(got, ".xml /F; ") {
		t.Errorf("install: %s", got)
	}
	data, err := os.ReadFile(filepath.Join(dir, "definition"))
	if err != nil {
		t.Fatal(err)
	}
	words := make([]uint16, len(data)/2)
	for i := range words {
		words[i] = uint16(data[2*i]) | uint16(data[2*i+1])<<8
	}
	wanted, _ := task.Entry(ordinary())
	if got := string(utf16.Decode(words)); got != "\ufeff"+strings.ReplaceAll(wanted[0].Text, "\n", "\r\n") {
		t.Errorf("definition: %q", got)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "openfire-o365-*.xml")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := Remove(t.Context(), task); err != nil {
		t.Error(err)
	}
	if got := calls(); got != "schtasks /Query /TN openfire-o365-Zoé /XML; schtasks /Delete /TN openfire-o365-Zoé /F; " {
		t.Errorf("remove: %s", got)
	}
	refuses(t, dir, task, nil)
}

func TestCommandEndsThoughAServiceKeepsItsOutput(t *testing.T) {
	t.Parallel()
	began := time.Now()
	out, err := run(t.Context(), nil, "/bin/sh", "-c", "sleep 60 & echo done")
	if err != nil || string(out) != "done\n" || time.Since(began) > 30*time.Second {
		t.Errorf("%q %v after %s", out, err, time.Since(began))
	}
}
