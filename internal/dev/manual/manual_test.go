package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// TestHostileText checks that text with roff markup is shown unchanged.
func TestHostileText(t *testing.T) {
	t.Parallel()
	lines := []string{".SH NOTHING", "'br", `\fBbold\fR \n(.x \" remark`, "a-b --all 'quoted' \"quoted\" `id` ~ ^ $HOME %d", "l'été « à », œ € … →", `end\`}
	m := manual{lang: i18n.English}
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

// unstruck removes overstriking, which makes bold letters: c, backspace, c.
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
