package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/lang"
)

// wrote is what write leaves in a folder, by path.
func wrote(t *testing.T, built string, e edition) map[string]string {
	t.Helper()
	dir := t.TempDir()
	if err := write(t.Context(), built, dir, e); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestManual: a page for every command in both languages, the completions, and
// the same bytes again.
func TestManual(t *testing.T) {
	t.Parallel()
	e := edition{version: "1.2.3"}
	if err := e.dated("1795000000"); err != nil {
		t.Fatal(err)
	}
	built, err := build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	files := wrote(t, built, e)
	for _, command := range strings.Fields("openfire-o365 openfire-o365-setup openfire-o365-verify openfire-o365-token openfire-o365-token-refresh openfire-o365-token-status openfire-o365-token-schedule openfire-o365-token-schedule-install openfire-o365-apply openfire-o365-explain openfire-o365-sandbox openfire-o365-completion openfire-o365-help") {
		for folder, words := range map[string][]string{"man/man1/": {".SH NAME", "openfire\\-o365 1.2.3"}, "man/fr/man1/": {".SH NOM", "2026-11-18"}} {
			page := files[folder+command+".1"]
			for _, word := range append(words, ".TH "+escape(strings.ToUpper(command))+" 1 ") {
				if !strings.Contains(page, word) {
					t.Errorf("%s%s.1 lacks %q", folder, command, word)
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
	}
	if en != fr || len(files) != en+fr+4 {
		t.Errorf("%d pages in English, %d in French, %d files", en, fr, len(files))
	}
	for name, text := range wrote(t, built, e) {
		if files[name] != text {
			t.Errorf("%s differs when written again", name)
		}
	}
	read(t, files)
}

// read has those who read pages and scripts read them, where they are installed.
func read(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := put(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		readers := [][]string{{"mandoc", "-T", "lint", "-W", "warning", path}, {"groff", "-ww", "-man", "-Tutf8", "-z", path}}
		if shell := strings.TrimPrefix(filepath.Ext(name), "."); shell != "1" {
			readers = [][]string{{shell, "-n", path}}
		}
		for _, r := range readers {
			if _, err := exec.LookPath(r[0]); err != nil {
				t.Logf("%s is not installed", r[0])
				continue
			}
			if out, err := exec.Command(r[0], r[1:]...).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%v: %v\n%s", r, err, out)
			}
		}
	}
}

// TestHostileText: what means something to roff is shown as it is.
func TestHostileText(t *testing.T) {
	t.Parallel()
	lines := []string{".SH NOTHING", "'br", `\fBbold\fR \n(.x \" remark`, "a-b --all 'quoted' \"quoted\" `id` ~ ^ $HOME %d", "l'été « à », œ € … →", `end\`}
	m := manual{lang: lang.EN}
	page := m.page(entry{Command: program + " x", Usage: program + " x [BASE...]", Short: "x", About: "  " + strings.Join(lines, "\n  ") + "\n\n" + strings.Join(lines, "\n")})
	for _, reader := range [][]string{{"mandoc", "-T", "utf8"}, {"groff", "-man", "-Tutf8", "-P-c"}} {
		if _, err := exec.LookPath(reader[0]); err != nil {
			t.Logf("%s is not installed", reader[0])
			continue
		}
		cmd := exec.Command(reader[0], reader[1:]...)
		cmd.Stdin = bytes.NewReader(page)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		shown := strings.Join(strings.Fields(unstruck(string(out))), " ")
		for _, line := range lines {
			if want := strings.Join(strings.Fields(line), " "); strings.Count(shown, want) != 2 {
				t.Errorf("%s does not show %q twice:\n%s", reader[0], want, shown)
			}
		}
	}
	for _, raw := range []string{"\n.SH NOTHING", "\n'br", `\fBbold`} {
		if strings.Contains(string(page), raw) {
			t.Errorf("the page has %q", raw)
		}
	}
}

// unstruck takes off how terminals of old made bold letters: c, back, c.
func unstruck(s string) string {
	var out []rune
	for _, r := range s {
		if r == '\b' && len(out) > 0 {
			out = out[:len(out)-1]
			continue
		}
		out = append(out, r)
	}
	return string(out)
}

func TestDated(t *testing.T) {
	t.Parallel()
	for epoch, want := range map[string]string{"": "", "0": "1970-01-01", "1795000000": "2026-11-18"} {
		var e edition
		if err := e.dated(epoch); err != nil || e.day != want {
			t.Errorf("%q: %s %v", epoch, e.day, err)
		}
	}
	var e edition
	if err := e.dated("yesterday"); err == nil || !strings.Contains(fmt.Sprint(err), "SOURCE_DATE_EPOCH") {
		t.Errorf("a day that is none: %v", err)
	}
}
