//go:build linux

package realtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// manual returns the files that the command manual writes, by path.
func manual(t *testing.T, dir string) map[string]string {
	t.Helper()
	cmd := exec.Command("go", "run", "./internal/dev/manual", dir, "1.2.3")
	cmd.Dir = filepath.Join("..", "..", "..")
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1795000000", "OPENFIRE_O365_LANG=fr", "LC_ALL=fr_FR.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestManual checks that there is a page for every command in both languages,
// and completions, that they are reproducible, and that mandoc, groff and the
// shells accept them.
func TestManual(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := manual(t, dir)
	for _, command := range strings.Fields("openfire-o365 setup verify token token-refresh token-status token-schedule token-schedule-show token-schedule-install token-schedule-remove apply explain sandbox completion version help") {
		name := "openfire-o365-" + command
		if command == "openfire-o365" {
			name = command
		}
		for folder, words := range map[string][]string{"man/man1/": {".SH NAME", "openfire\\-o365 1.2.3", "2026-11-18"}, "man/fr/man1/": {".SH NOM", "2026-11-18"}} {
			for _, word := range words {
				if !strings.Contains(files[folder+name+".1"], word) {
					t.Errorf("%s%s.1 lacks %q", folder, name, word)
				}
			}
		}
	}
	en, fr := 0, 0
	for name, text := range files {
		switch {
		case strings.HasPrefix(name, "man/man1/"):
			en++
		case strings.HasPrefix(name, "man/fr/man1/"):
			fr++
		case !strings.HasPrefix(name, "completions/openfire-o365.") || !strings.Contains(text, "__complete"):
			t.Errorf("%s is no page and no completion", name)
		}
		if at := strings.IndexFunc(text, func(r rune) bool { return r > '~' }); strings.HasSuffix(name, ".1") && at >= 0 {
			t.Errorf("%s: not ASCII at %.40q", name, text[at:])
		}
		readable(t, filepath.Join(dir, name))
	}
	if en < 16 || en != fr || len(files) != en+fr+4 {
		t.Errorf("%d pages in English, %d in French, %d files", en, fr, len(files))
	}
	for name, text := range manual(t, t.TempDir()) {
		if files[name] != text {
			t.Errorf("%s differs when written again", name)
		}
	}
}

// readable checks a page or script with the programs that read it.
func readable(t *testing.T, path string) {
	t.Helper()
	readers := [][]string{{"mandoc", "-T", "lint", "-W", "warning", path}, {"groff", "-ww", "-man", "-Tutf8", "-z", path}}
	switch shell := strings.TrimPrefix(filepath.Ext(path), "."); shell {
	case "ps1":
		return
	case "bash", "zsh", "fish":
		readers = [][]string{{shell, "-n", path}}
	}
	for _, r := range readers {
		if out, err := exec.Command(r[0], r[1:]...).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%v: %v\n%s", r, err, out)
		}
	}
}
