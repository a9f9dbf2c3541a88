package realtest

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
)

//go:embed testdata/audit.js
var audit string

// looks audits the page in light and dark, on a screen and on a telephone, and
// keeps pictures of two of the four.
func (v *tab) looks(name string) {
	v.t.Helper()
	for _, c := range []struct {
		scheme, device string
		width, height  int64
		picture        bool
	}{{"dark", "screen", 1000, 700, false}, {"dark", "phone", 320, 640, true}, {"light", "phone", 320, 640, false}, {"light", "screen", 1000, 700, true}} {
		v.emulate(c.scheme)
		v.do(c.device, chromedp.EmulateViewport(c.width, c.height))
		for _, wrong := range evaluate[[]string](v, audit) {
			v.t.Errorf("%s, %s, %s: %s", name, c.scheme, c.device, wrong)
		}
		if c.picture {
			v.picture(name + "-" + c.scheme)
		}
	}
}

// language is the declared language of the page.
func (v *tab) language(want string) {
	v.t.Helper()
	if got := evaluate[string](v, "document.documentElement.lang"); got != want {
		v.t.Errorf("the page is in %q, want %q: %s", got, want, v.glance())
	}
}

var (
	unattended = []string{"--no-input", "--json"}
	attended   = []string{"--plain", "--loopback=yes", "--incoming=no", "--secret-expires=2028-11-22", "--test-to=" + entra.Mailbox}
)

// Texts of the pages that the tests look for.
const (
	signInFR, consentFR, doneFR = "Se connecter", "Autorisations demandées", "Connexion réussie"
	signInEN, consentEN, doneEN = "Sign in", "Permissions requested", "Signed in"
	failedFR                    = "La connexion a échoué"
	stuckFR                     = "Désolé, nous ne pouvons pas vous connecter."
	next, cancel                = "button.main", "button[value=cancel]"
)

// TestBrowser shows the pages of a setup in Debian's Chromium: Microsoft's pages as the
// sandbox shows them, and the program's last page. No page may send a request to
// another machine or write an error to the console.
func TestBrowser(t *testing.T) {
	b := startBrowser(t)
	cloud := startSandbox(t)
	for name, test := range map[string]func(*testing.T, *browser, map[string]string){
		"signs in, in French": inFrench, "signs in, in English": inEnglish, "back after success": backAfterSuccess,
		"cancels": cancels, "refused at last": refusedAtLast, "two tabs": twoTabs, "reloads while it waits": reloads,
		"pastes from another machine": pastes, "stays on Microsoft's page": stays,
		"guide": guidePages, "guide in English": guideInEnglish, "pastes into the guide": pastesIntoTheGuide,
		"no JavaScript": noJavaScript, "keyboard only": keyboardOnly, "other pages": otherPages,
	} {
		t.Run(name, func(t *testing.T) { test(t, b, cloud) })
	}
}

func inFrench(t *testing.T, b *browser, cloud map[string]string) {
	s := startSetup(t, cloud, entra.Mailbox, append(unattended, "--lang=fr", "--incoming=yes")...)
	v := b.tab(t, "fr-FR,fr;q=0.9,en;q=0.8")
	v.goTo(s.address)
	v.sees(signInFR)
	v.language("fr")
	v.looks("signin-fr")
	if got := evaluate[string](v, "document.getElementById('mailbox').value"); got != entra.Mailbox {
		t.Errorf("the mailbox is filled in as %q", got)
	}
	v.press(next)
	v.sees(consentFR)
	v.looks("consent-fr")
	if text := v.text(); !strings.Contains(text, "Envoyer des messages depuis votre boîte aux lettres") || !strings.Contains(text, entra.Mailbox) {
		t.Errorf("the consent page does not show the permissions or the account:\n%s", text)
	}
	v.press(next)
	v.sees(doneFR)
	v.language("fr")
	v.looks("done-fr")
	said := s.ends(0)
	if n := s.gateway.redeemed.Load(); n != 1 || !strings.Contains(said, `"type":"summary"`) {
		t.Errorf("%d codes redeemed:\n%s", n, said)
	}
}

func inEnglish(t *testing.T, b *browser, cloud map[string]string) {
	s := startSetup(t, cloud, entra.Mailbox, append(unattended, "--lang=en")...)
	v := b.tab(t, "en-GB,en;q=0.9,fr;q=0.8")
	v.goTo(s.address)
	v.sees(signInEN)
	v.language("en")
	v.looks("signin-en")
	v.press(next)
	v.sees(consentEN)
	v.looks("consent-en")
	v.press(next)
	v.sees(doneEN)
	v.language("en")
	v.looks("done-en")
	s.ends(0)
}

// backAfterSuccess goes back and accepts again: there must be no second
// exchange.
func backAfterSuccess(t *testing.T, b *browser, cloud map[string]string) {
	s := startSetup(t, cloud, entra.Mailbox, unattended...)
	v := b.tab(t, "fr")
	v.goTo(s.address)
	v.sees(signInFR)
	v.press(next)
	v.sees(consentFR)
	v.press(next)
	v.sees(doneFR)
	s.ends(0)
	file := filepath.Join(s.dir, "mabase.openfire.fr.json")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	v.leaves("back", chromedp.NavigateBack())
	if text := v.text(); strings.Contains(text, doneFR) {
		t.Errorf("going back shows %s", text)
	}
	v.forgive("ERR_CACHE_MISS") // Chromium asks before it sends a form again
	v.do("send the form again", chromedp.Reload())
	v.sees(consentFR)
	v.leaves("accept again", chromedp.Click(chromedp.CSS(next)))
	command(v, "nobody listens any more", func(ctx context.Context) error {
		return until(ctx, func() bool { return strings.Contains(v.glance(), "ERR_CONNECTION_REFUSED") })
	})
	v.forgive("ERR_CONNECTION_REFUSED")
	after, err := os.ReadFile(file)
	if err != nil || string(after) != string(before) || s.gateway.redeemed.Load() != 1 {
		t.Errorf("%d codes redeemed, file changed: %v, %v", s.gateway.redeemed.Load(), string(after) != string(before), err)
	}
}

// leaves does something that may end on an error page of the browser.
func (v *tab) leaves(what string, steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil && !strings.Contains(err.Error(), "net::ERR_") {
		v.t.Fatalf("%s: %v", what, err)
	}
}

func cancels(t *testing.T, b *browser, cloud map[string]string) {
	for _, on := range []string{signInFR, consentFR} {
		s := startSetup(t, cloud, entra.Mailbox, unattended...)
		v := b.tab(t, "fr")
		v.goTo(s.address)
		v.sees(signInFR)
		if on == consentFR {
			v.press(next)
			v.sees(consentFR)
		}
		v.press(cancel)
		v.sees(failedFR)
		v.looks("failed-fr")
		s.ends(10)
		if n := s.gateway.redeemed.Load(); n != 0 {
			t.Errorf("%s: %d codes redeemed", on, n)
		}
	}
}

// refusedAtLast signs in and consents, then the exchange fails. The browser must show
// the error although the program ends at once.
func refusedAtLast(t *testing.T, b *browser, cloud map[string]string) {
	s := startSetup(t, cloud, "noscope@client.fr", unattended...)
	v := b.tab(t, "fr")
	v.goTo(s.address)
	v.sees(signInFR)
	v.press(next)
	v.sees(consentFR)
	v.press(next)
	v.sees(failedFR)
	s.ends(11)
}

// twoTabs opens the same address twice: the later tab must show how the sign-in
// ended.
func twoTabs(t *testing.T, b *browser, cloud map[string]string) {
	s := startSetup(t, cloud, entra.Mailbox, unattended...)
	release := s.gateway.hold(t)
	one := b.tab(t, "fr")
	two := one.beside("fr")
	for _, v := range []*tab{one, two} {
		v.goTo(s.address)
		v.sees(signInFR)
		v.press(next)
		v.sees(consentFR)
	}
	one.press(next)
	s.gateway.waits(t)
	two.press(next)
	two.requested("/openfire-o365")
	release()
	one.sees(doneFR)
	two.sees(doneFR)
	s.ends(0)
	if n := s.gateway.redeemed.Load(); n != 1 {
		t.Errorf("%d codes redeemed", n)
	}
}

// reloads reloads the page while the code is exchanged.
func reloads(t *testing.T, b *browser, cloud map[string]string) {
	s := startSetup(t, cloud, entra.Mailbox, unattended...)
	release := s.gateway.hold(t)
	v := b.tab(t, "fr")
	v.goTo(s.address)
	v.sees(signInFR)
	v.press(next)
	v.sees(consentFR)
	v.press(next)
	s.gateway.waits(t)
	v.do("reload", chromedp.Reload())
	v.sees(consentFR)
	v.press(next)
	v.requested("/openfire-o365")
	release()
	v.sees(doneFR)
	s.ends(0)
	if n := s.gateway.redeemed.Load(); n != 1 {
		t.Errorf("%d codes redeemed", n)
	}
}

// pastes pastes the address when the browser ends on the base's login page.
func pastes(t *testing.T, b *browser, cloud map[string]string) {
	s := startSetup(t, cloud, entra.Mailbox, append(attended, "--flow=paste", "--lang=fr")...)
	v := b.tab(t, "fr")
	v.goTo(s.address)
	v.sees(signInFR)
	v.press(next)
	v.sees(consentFR)
	v.press(next)
	v.sees("OpenFire")
	v.looks("base-fr")
	if text := v.text(); !strings.Contains(text, "Copiez toute l'adresse de cette page") {
		t.Errorf("the base's page does not explain what to do:\n%s", text)
	}
	address := evaluate[string](v, "location.href")
	if !strings.HasPrefix(address, cloud["base"]+"/web/login?") || !strings.Contains(address, "code%3D") {
		t.Errorf("the address bar holds %s", address)
	}
	s.types("  " + address + "\r")
	s.types("o") // the message has arrived
	s.ends(0)
	if n := s.gateway.redeemed.Load(); n != 1 {
		t.Errorf("%d codes redeemed", n)
	}
}

// stays copies an error from Microsoft's page into the program, which must recognize it
// and continue with another mailbox.
func stays(t *testing.T, b *browser, cloud map[string]string) {
	s := startSetup(t, cloud, "aadsts50105@client.fr", append(attended, "--lang=fr")...)
	v := b.tab(t, "fr")
	v.goTo(s.address)
	v.sees(signInFR)
	v.press(next)
	v.sees(stuckFR)
	v.looks("error-fr")
	message := evaluate[string](v, "document.querySelector('.said').innerText")
	if !strings.HasPrefix(message, "AADSTS50105: ") || !strings.Contains(message, "aadsts50105@client.fr") {
		t.Errorf("Microsoft's words are %q", message)
	}
	s.types(message)
	s.types(entra.Mailbox) // another mailbox, then
	v.goTo(s.signInAddress())
	v.sees(signInFR)
	v.press(next)
	v.sees(consentFR)
	v.press(next)
	v.sees(doneFR)
	s.types("o") // the message has arrived
	if said := s.ends(0); !strings.Contains(said, "AADSTS50105") || !strings.Contains(said, "Ajouter un utilisateur/groupe") {
		t.Errorf("the program does not say what the page's words mean:\n%s", said)
	}
}

func noJavaScript(t *testing.T, b *browser, cloud map[string]string) {
	s := startSetup(t, cloud, entra.Mailbox, unattended...)
	v := b.tab(t, "fr")
	command(v, "no JavaScript", func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	})
	v.goTo("data:text/html,<h1>off</h1><script>document.querySelector('h1').innerText='on'</script>")
	v.sees("off")
	v.goTo(s.address)
	v.sees(signInFR)
	v.press(next)
	v.sees(consentFR)
	v.press(next)
	v.sees(doneFR)
	s.ends(0)
}

// keyboardOnly checks that Tab shows the focus and that Enter and Space work.
func keyboardOnly(t *testing.T, b *browser, cloud map[string]string) {
	s := startSetup(t, cloud, entra.Mailbox, unattended...)
	v := b.tab(t, "fr")
	v.goTo(s.address)
	v.sees(signInFR)
	if got := evaluate[string](v, "document.activeElement.id"); got != "mailbox" {
		t.Errorf("the page opens with the focus on %q", got)
	}
	v.do("select all", chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	v.do("type", chromedp.KeyEvent("COMPTA@client.fr"))
	if got := evaluate[string](v, "document.activeElement.value"); got != "COMPTA@client.fr" {
		t.Errorf("what is typed does not replace what was there: %q", got)
	}
	for _, stop := range []string{"button[value=signin]", "button[value=cancel]", "summary"} {
		v.tabTo(stop)
	}
	v.do("open the menu", chromedp.KeyEvent(" "))
	v.tabTo("details li:first-child button.link")
	v.looks("menu-fr")
	v.do("back to the mailbox", chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)), chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)),
		chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)), chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)), chromedp.KeyEvent(kb.Enter))
	v.sees(consentFR)
	v.tabTo("button[value=accept]")
	v.do("accept", chromedp.KeyEvent(kb.Enter))
	v.sees(doneFR)
	s.ends(0)
}

// tabTo presses Tab and checks that an element is focused and visible.
func (v *tab) tabTo(selector string) {
	v.t.Helper()
	v.do("Tab", chromedp.KeyEvent(kb.Tab))
	type focus struct {
		There, Visible bool
		Style, Name    string
		Width          float64
	}
	got := evaluate[focus](v, fmt.Sprintf(`(() => { const e = document.activeElement, s = getComputedStyle(e);
		return {There: e.matches(%q), Visible: e.matches(':focus-visible'), Style: s.outlineStyle, Width: parseFloat(s.outlineWidth), Name: e.outerHTML.slice(0, 80)} })()`, selector))
	if !got.There || !got.Visible || got.Style == "none" || got.Width < 2 {
		v.t.Errorf("Tab goes to %+v, want %s with an outline", got, selector)
	}
}

// otherPages are the pages that a sign-in does not use.
func otherPages(t *testing.T, b *browser, cloud map[string]string) {
	authorize := cloud["login"] + "/common/oauth2/v2.0/authorize?" + url.Values{"client_id": {entra.ClientID}, "response_type": {"code"},
		"response_mode": {"form_post"}, "redirect_uri": {azure.LoopbackRedirect}, "scope": {"openid"}, "state": {`"><script>alert(1)</script>`}}.Encode()
	for name, c := range map[string]struct{ address, language, heading string }{
		"portal-fr":  {cloud["portal"] + "/", "fr", "Le portail de Microsoft s'ouvrirait ici"},
		"portal-en":  {cloud["portal"] + "/", "en-US", "The Microsoft portal would open here"},
		"logout-fr":  {cloud["login"] + "/common/oauth2/v2.0/logout", "fr", "Vous êtes déconnecté."},
		"base-en":    {cloud["base"] + "/web/login", "en", "OpenFire"},
		"post-fr":    {authorize, "fr", signInFR},
		"unknown-en": {strings.Replace(authorize, entra.ClientID, "5a4db0c5-0000-4000-8000-0f1fe0365999", 1), "en", "Sorry, but we're having trouble signing you in."},
	} {
		v := b.tab(t, c.language)
		v.goTo(c.address)
		v.sees(c.heading)
		if name == "post-fr" {
			v.do("mailbox", chromedp.SendKeys(chromedp.ID("mailbox"), entra.Mailbox))
			v.press(next)
			v.sees(consentFR)
			v.press(next)
			v.sees("Presque terminé")
		}
		v.language(c.language[:2])
		v.looks(name)
	}
}

// types answers a question of the program.
func (s *setting) types(line string) {
	s.t.Helper()
	if _, err := io.WriteString(s.keyboard, line+"\n"); err != nil {
		s.t.Fatal(err)
	}
}
