package wizard

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// TestEveryQuestionHasAPage: those of set-up, wherever they are asked. The first
// page is for the base and its version only.
func TestEveryQuestionHasAPage(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{pastedAddress: true, pageSays: true}
	for id := range questions(time.Time{}) {
		ids[id] = true
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sources {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`Question\{ID: "([^"]+)"`).FindAllSubmatch(src, -1) {
			ids[string(m[1])] = true
		}
	}
	if len(ids) < 20 {
		t.Errorf("only %d questions found", len(ids))
	}
	for id := range ids {
		page := guide.ForQuestion(id)
		_, found := guide.Find(i18n.French, guide.Example(), page)
		if first := id == "base" || id == "odoo-version"; !found || first != (page == guide.Prerequisites) {
			t.Errorf("the page of %s is %q", id, page)
		}
	}
}

// TestGuidebook: where there is a browser its page is opened if that is wanted,
// else the lines say the same; nobody meets another base's values or a secret.
func TestGuidebook(t *testing.T) {
	t.Parallel()
	base, err := openfire.ParseBase("compagnie")
	if err != nil {
		t.Fatal(err)
	}
	file := tokenfile.New(base, "16.0")
	if file.Client.Secret, _, err = openfire.ParseSecret("abc8Q~abcdefghijklmnopqrstuvwxyz0123456789"); err != nil {
		t.Fatal(err)
	}
	var nobody *Guidebook
	nobody.show(base, file, false)
	nobody.beside(guide.Secret)
	nobody.Close()

	var told bytes.Buffer
	lines := &Guidebook{Tell: &ui.Printer{W: &told, Lang: i18n.French}, Cloud: azure.Public()}
	lines.show(base, file, false)
	lines.beside(guide.Registration)
	said := lines.Help(t.Context(), "loopback").In(i18n.French)
	if !strings.Contains(said, "S'inscrire (Register)") || !strings.Contains(said, "https://compagnie.openfire.fr/microsoft_outlook/confirm") || strings.Contains(said, "mabase") || told.Len() > 0 {
		t.Errorf("without a browser:\n%s%s", told.String(), said)
	}

	opened := make(chan string, 2)
	given := func() string {
		select {
		case address := <-opened:
			return address
		case <-time.After(20 * time.Second): // a guard
			t.Fatal("no browser was opened")
			return ""
		}
	}
	pages := &Guidebook{Tell: &ui.Printer{W: &told, Lang: i18n.English}, Cloud: azure.Public(), Serve: true}
	defer pages.Close()
	if said := pages.Help(t.Context(), "base").In(i18n.English); !strings.Contains(said, "The guide is here: http://127.0.0.1:") {
		t.Errorf("with a browser that is not to be opened: %s", said)
	}
	pages.Open = func(address string) error { opened <- address; return nil }
	pages.show(base, file, false)
	pages.beside(guide.Registration)
	pages.beside(guide.Secret) // is told, and not opened
	if first := given(); !strings.HasSuffix(first, "/en/registration") || !strings.Contains(told.String(), first) || !strings.Contains(told.String(), "/en/secret") {
		t.Errorf("opened %s, told:\n%s", first, told.String())
	}
	said = pages.Help(t.Context(), "client-secret").In(i18n.English)
	address := given()
	if !strings.HasSuffix(address, "/en/secret") || !strings.Contains(said, address) {
		t.Errorf("opened %s and said %s", address, said)
	}
	for _, page := range []string{address, strings.Replace(address, "/en/secret", "/fr/registration", 1)} {
		text := get(t, page)
		if strings.Contains(text, file.Client.Secret.Reveal()) {
			t.Error("the secret is on the page")
		}
		if strings.Contains(page, "registration") && !strings.Contains(text, "https://compagnie.openfire.fr/microsoft_outlook/confirm") {
			t.Errorf("not this base's values:\n%s", text)
		}
	}
	pages.Close()
	if _, err := http.Get(address); err == nil {
		t.Error("it answers after its end")
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
