package realtest

import (
	"context"
	"strings"
	"testing"

	cdp "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
)

// byHand runs a manual setup until the guide's first page.
func byHand(t *testing.T, cloud map[string]string, language string) (*setting, string) {
	t.Helper()
	s := runSetup(t, cloud, "--plain", "--lang="+language, "--register=manual", "--incoming=yes")
	return s, s.guidePage(guide.Registration)
}

// guidePages checks all pages in French, and what their buttons copy to the
// clipboard.
func guidePages(t *testing.T, b *browser, cloud map[string]string) {
	_, address := byHand(t, cloud, "fr")
	v := b.tab(t, "fr")
	v.mayRead()
	v.goTo(address)
	v.sees("Inscrire l'application")
	v.language("fr")
	for id, want := range map[string]string{"part1-4-1": "https://mabase.openfire.fr/microsoft_outlook/confirm", "part2-2-1": azure.LoopbackRedirect, "part3-4-2": "SMTP.Send"} {
		v.copies(id, want, "Copié")
	}
	v.selects("part1-2-1", azure.ApplicationName, "Sélectionné")
	for _, p := range guide.Pages("fr", guide.Example()) {
		v.press(".steps a[href='" + p.ID + "']")
		v.sees(p.Title)
		v.looks("guide-" + p.ID + "-fr")
		if p.ID == guide.Prerequisites {
			continue
		}
		if text := v.text(); strings.Contains(text, "compta@client.fr") != (strings.Contains("users permissions sign-in test hand-over", p.ID)) {
			t.Errorf("%s: %s", p.ID, text)
		}
	}
}

// guideInEnglish checks that one link changes the language and that the
// keyboard is enough.
func guideInEnglish(t *testing.T, b *browser, cloud map[string]string) {
	_, address := byHand(t, cloud, "fr")
	v := b.tab(t, "en")
	v.mayRead()
	v.goTo(address)
	v.sees("Inscrire l'application")
	v.press("header a")
	v.sees("Register the application")
	v.language("en")
	v.copies("part1-4-1", "https://mabase.openfire.fr/microsoft_outlook/confirm", "Copied")
	for _, p := range guide.Pages("en", guide.Example()) {
		v.press(".steps a[href='" + p.ID + "']")
		v.sees(p.Title)
		v.looks("guide-" + p.ID + "-en")
	}
	v.goTo(strings.Replace(address, "/fr/", "/en/", 1))
	v.sees("Register the application")
	v.tabTo("a.skip")
	v.do("skip to the content", chromedp.KeyEvent(kb.Enter))
	v.tabTo(".go a")
	v.tabTo("button[data-copy=part1-2-1]")
	v.do("copy with the keyboard", chromedp.KeyEvent(kb.Enter))
	v.onClipboard(azure.ApplicationName)
}

// pastesIntoTheGuide pastes the address of the base's page, where the browser
// ends, into the guide's page: the console is not needed.
func pastesIntoTheGuide(t *testing.T, b *browser, cloud map[string]string) {
	s := startSetup(t, cloud, entra.Mailbox, append(attended, "--flow=paste", "--lang=fr")...)
	page := s.guidePage(guide.SignIn)
	v := b.tab(t, "fr")
	v.goTo(s.address)
	v.sees(signInFR)
	v.press(next)
	v.sees(consentFR)
	v.press(next)
	v.sees("OpenFire")
	address := evaluate[string](v, "location.href")
	w := v.beside("fr")
	w.goTo(page)
	w.sees("Connecter la boîte aux lettres")
	w.do("a wrong address", chromedp.SendKeys(chromedp.ID("address"), cloud["base"]+"/web"), chromedp.Click(chromedp.CSS(".paste button")))
	command(w, "the reason", func(ctx context.Context) error {
		return until(ctx, func() bool { return strings.Contains(w.text(), "ne contient pas de code de connexion") })
	})
	w.looks("guide-paste-fr")
	w.do("the right one", chromedp.SendKeys(chromedp.ID("address"), address), chromedp.Click(chromedp.CSS(".paste button")))
	command(w, "the thanks", func(ctx context.Context) error {
		return until(ctx, func() bool { return strings.Contains(w.text(), "Adresse reçue") })
	})
	if text := evaluate[string](w, "document.documentElement.outerHTML"); strings.Contains(text, "code=") || strings.Contains(text, "code%3D") {
		t.Error("the page repeats the code")
	}
	s.types("o") // the message has arrived
	s.ends(0)
	if n := s.gateway.redeemed.Load(); n != 1 {
		t.Errorf("%d codes redeemed", n)
	}
}

// mayRead lets the test read the clipboard; writing needs no permission.
func (v *tab) mayRead() {
	v.t.Helper()
	command(v, "leave to read the clipboard", func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, cdp.SetPermission, cdp.SetPermissionParams{Permission: &cdp.PermissionDescriptor{Name: "clipboard-read"}, Setting: cdp.PermissionSettingGranted, BrowserContextID: chromedp.FromContext(v.ctx).BrowserContextID})
		return err
	})
}

// copies presses a Copy button and reads the clipboard.
func (v *tab) copies(id, want, word string) {
	v.t.Helper()
	v.press("button[data-copy=" + id + "]")
	v.onClipboard(want)
	if got := evaluate[string](v, "document.querySelector('button[data-copy="+id+"]').innerText + ' ' + document.querySelector('[role=status]').innerText"); got != word+" "+word {
		v.t.Errorf("the button and the status say %q", got)
	}
}

func (v *tab) onClipboard(want string) {
	v.t.Helper()
	got := ""
	command(v, "read the clipboard", func(ctx context.Context) error {
		return until(ctx, func() bool {
			text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("navigator.clipboard.readText()", chromedp.EvalAwaitPromise))
			if err != nil {
				v.t.Fatal(err)
			}
			got = text
			return got == want
		})
	})
	if got != want {
		v.t.Errorf("the clipboard holds %q, want %q", got, want)
	}
}

// selects presses a Copy button without a clipboard: the value must be
// selected, so that Ctrl+C copies it.
func (v *tab) selects(id, want, word string) {
	v.t.Helper()
	evaluate[bool](v, "navigator.clipboard.writeText = () => Promise.reject(new Error('no')), true")
	v.press("button[data-copy=" + id + "]")
	command(v, "selected", func(ctx context.Context) error {
		return until(ctx, func() bool { return evaluate[string](v, "getSelection().toString()") == want })
	})
	if got := evaluate[string](v, "document.querySelector('[role=status]').innerText"); !strings.HasPrefix(got, word) {
		v.t.Errorf("the status says %q", got)
	}
}
