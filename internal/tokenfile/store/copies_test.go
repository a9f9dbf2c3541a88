package store

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// TestStrayCopiesAreFoundByTheirContent checks that the copies of editors, backups
// and synchronization programs are found by their content, and belong to one base.
func TestStrayCopiesAreFoundByTheirContent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := New(dir, time.Now)
	const own = `{"base": "https://mabase.openfire.fr", "ir.mail_server": {"microsoft_outlook_refresh_token": "x"}}`
	const other = `{"base": "https://mabase2.openfire.fr", "ir.config_parameter": {"microsoft_outlook_client_secret": "x"}}`
	for name, content := range map[string]string{
		"mabase.openfire.fr.json": own, "mabase2.openfire.fr.json": other,
		"mabase.openfire.fr.json~":                         own,
		".mabase.openfire.fr.json.swp":                     "b0VIM\x00\"microsoft_outlook_access_token\": \"x\"",
		"mabase.openfire.fr.json.bak":                      own,
		"mabase.openfire.fr (copie).json":                  own,
		"mabase.openfire.fr-PC-7.json":                     own,
		"sauvegarde.txt":                                   own,
		"mabase.openfire.fr.json.rescued-20261124T180000Z": own,
		"mabase2.openfire.fr.json.save":                    other,
		// no copies
		"mabase.openfire.fr.json.lock": "",
		"mabase.openfire.fr.json.new":  own,
		"cloud.json":                   `{"login": "https://login.example"}`,
		"mabase.openfire.fr.txt":       "call Anna",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "mabase.openfire.fr.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	copies, err := s.StrayCopies()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"mabase": {".mabase.openfire.fr.json.swp", "mabase.openfire.fr (copie).json", "mabase.openfire.fr-PC-7.json",
			"mabase.openfire.fr.json.bak",
			"mabase.openfire.fr.json.rescued-20261124T180000Z", "mabase.openfire.fr.json~", "sauvegarde.txt"},
		"mabase2": {"mabase2.openfire.fr.json.save"},
		"base":    nil,
	} {
		b, err := openfire.ParseBase(name)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range copies {
			if c.BelongsTo(b) {
				got = append(got, c.Name)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
