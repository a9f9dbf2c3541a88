package statuscmd

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDeployFilesListTheMetrics checks that docs/deploy lists exactly the metrics of
// the program.
func TestDeployFilesListTheMetrics(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../../docs/deploy/*")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	told := map[string]bool{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, metric := range regexp.MustCompile(`openfire_o365_[a-z_]+`).FindAllString(string(text), -1) {
			told[metric] = true
		}
	}
	for _, m := range metrics {
		if !told[m.name] {
			t.Errorf("docs/deploy does not list %s", m.name)
		}
		delete(told, m.name)
	}
	for metric := range told {
		t.Errorf("docs/deploy lists %s, which does not exist", metric)
	}
}

func TestLabelsAreEscaped(t *testing.T) {
	t.Parallel()
	if got := escapeLabel("a\"b\\c\nd"); strings.Contains(got, "\n") || !strings.Contains(got, `\"`) || !strings.Contains(got, `\\`) {
		t.Errorf("label %q", got)
	}
}
