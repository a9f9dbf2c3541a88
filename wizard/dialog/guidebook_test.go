package dialog

import (
	"bytes"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/openfire/input"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// The steps ask only questions of the table, and each question has a page of the
// guide. Only the questions about the base and incoming mail are on the first page.
func TestStepsAskOnlyQuestionsOfTheTable(t *testing.T) {
	t.Parallel()
	asked := 0
	err := filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		src, err := os.ReadFile(name)
		for _, m := range regexp.MustCompile(`Question\{ID: "([^"]+)"`).FindAllSubmatch(src, -1) {
			asked++
			if _, known := find(string(m[1])); !known {
				t.Errorf("%s asks %s", name, m[1])
			}
		}
		return err
	})
	if err != nil || asked < 12 {
		t.Errorf("%d questions are asked, %v", asked, err)
	}
	for _, q := range table {
		_, found := guide.Find(i18n.English, guide.Example(), q.page)
		if first := slices.Contains([]string{"base", "odoo-version", "base-unreachable", "incoming"}, q.id); !found || first != (q.page == guide.Prerequisites) {
			t.Errorf("the page of %s is %q", q.id, q.page)
		}
	}
}

// The guide shows the values of this base and no secrets, as a page or, without a
// browser, as plain lines. The first page is opened in the browser.
func TestGuidebookShowsThisBaseAndNoSecret(t *testing.T) {
	t.Parallel()
	base, err := openfire.ParseBase("compagnie")
	if err != nil {
		t.Fatal(err)
	}
	file := tokenfile.New(base, "16.0")
	if file.Client.Secret, _, err = input.ParseSecret("abc8Q~abcdefghijklmnopqrstuvwxyz0123456789"); err != nil {
		t.Fatal(err)
	}
	values := GuideValues(base, file, azure.Public())
	var nobody *Guidebook
	nobody.Show(values)
	nobody.showAddress(guide.Secret)
	nobody.Close()

	var told bytes.Buffer
	lines := &Guidebook{Tell: &ui.Printer{W: &told, Lang: i18n.French}, Cloud: azure.Public()}
	lines.Show(values)
	lines.showAddress(guide.Registration)
	said := lines.Help(guide.Registration).In(i18n.French)
	if !strings.Contains(said, "S'inscrire (Register)") ||
		!strings.Contains(said, "https://compagnie.openfire.fr/microsoft_outlook/confirm") ||
		strings.Contains(said, "mabase") ||
		told.Len() > 0 {
		t.Errorf("without a browser:\n%s%s", told.String(), said)
	}

	opened := make(chan string, 2)
	given := func() string {
		select {
		case address := <-opened:
			return address
		case <-time.After(20 * time.Second):
			t.Fatal("no browser was opened")
			return ""
		}
	}
	pages := &Guidebook{Tell: &ui.Printer{W: &told, Lang: i18n.English}, Cloud: azure.Public(), Serve: true}
	defer pages.Close()
	if said := pages.Help(guide.Prerequisites).In(i18n.English); !strings.Contains(said, "The guide is here: http://127.0.0.1:") {
		t.Errorf("with a browser that is not to be opened: %s", said)
	}
	pages.Open = func(address string) error { opened <- address; return nil }
	pages.Show(values)
	pages.showAddress(guide.Registration)
	pages.showAddress(guide.Secret) // printed, not opened
	if first := given(); !strings.HasSuffix(first, "/en/registration") || !strings.Contains(told.String(), first) ||
		!strings.Contains(told.String(), "/en/secret") {
		t.Errorf("opened %s, told:\n%s", first, told.String())
	}
	said = pages.Help(guide.Secret).In(i18n.English)
	address := given()
	if !strings.HasSuffix(address, "/en/secret") || !strings.Contains(said, address) {
		t.Errorf("opened %s and said %s", address, said)
	}
	for _, page := range []string{address, strings.Replace(address, "/en/secret", "/fr/registration", 1)} {
		text := get(t, page)
		if strings.Contains(text, file.Client.Secret.Reveal()) {
			t.Error("the secret is on the page")
		}
		if strings.Contains(page, "registration") &&
			!strings.Contains(text, "https://compagnie.openfire.fr/microsoft_outlook/confirm") {
			t.Errorf("not this base's values:\n%s", text)
		}
	}
	pages.Close()
	if _, err := http.Get(address); err == nil {
		t.Error("the server answers after Close")
	}
}

func get(t *testing.T, address string) string {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", address, res.Status, err)
	}
	return string(text)
}
