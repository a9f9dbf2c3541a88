package realtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// contrasts returns every text of the page, drawing included, whose contrast
// with its background is below 4.5 to 1 (WCAG 2.2, 1.4.3), and the number of
// texts checked.
const contrasts = `(() => {
  const rgb = c => { const m = c.match(/[\d.]+/g)?.map(Number); return !m || m.length > 3 && m[3] < 1 ? null : m };
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b };
  const out = { looked: 0, low: [] };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; n = walker.nextNode();) {
    const e = n.parentElement;
    if (!n.data.trim() || e.localName === 'title') continue;
    e.scrollIntoView({ block: 'center', inline: 'center' });
    const range = document.createRange(); range.selectNodeContents(n);
    const box = range.getClientRects()[0];
    if (!box) continue;
    const svg = e.namespaceURI.endsWith('svg');
    const style = getComputedStyle(e), text = rgb(svg ? style.fill : style.color);
    let back = null;
    for (const under of document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2)) {
      if (under === e && svg) continue;
      const s = getComputedStyle(under);
      back = rgb(under.namespaceURI.endsWith('svg') && under.localName !== 'svg' ? s.fill : s.backgroundColor);
      if (back) break;
    }
    const [a, b] = [light(text), light(back || [255, 255, 255])];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    out.looked++;
    if (ratio < 4.5) out.low.push(n.data.trim().slice(0, 40) + ' ' + ratio.toFixed(2));
  }
  scrollTo(0, 0);
  return out;
})()`

// landmarks counts the landmarks that a screen reader uses.
const landmarks = `({
  main: document.querySelectorAll('main').length, h1: document.querySelectorAll('h1').length, lang: document.documentElement.lang,
  drawing: [...document.querySelectorAll('svg')].map(s => s.getAttribute('role') + ' ' + document.getElementById(s.getAttribute('aria-labelledby'))?.textContent).join(),
  scripts: document.scripts.length, foreign: document.querySelectorAll('img, iframe, object, embed, link, form, input').length,
  hacked: typeof hacked, wide: document.documentElement.scrollWidth > innerWidth + 1 })`

// reportOf writes the report for a mailbox of the sandbox after a change to its token
// file, and returns the page.
func reportOf(t *testing.T, language string, spoil func(file map[string]map[string]any)) []byte {
	t.Helper()
	dir := t.TempDir()
	page := filepath.Join(dir, "report.html")
	run := func(args ...string) {
		cmd := exec.Command(program, append(args, "--sandbox", "--dir", dir, "--lang", language)...)
		cmd.Env = []string{"HOME=" + dir}
		out, err := cmd.CombinedOutput()
		var refused *exec.ExitError
		if err != nil && (!errors.As(err, &refused) || args[0] == "setup") {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	run("setup", "--no-input")
	path := filepath.Join(dir, "sandbox", "mabase.openfire.fr.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var whole map[string]any
	blocks := map[string]map[string]any{}
	if err := json.Unmarshal(data, &whole); err != nil {
		t.Fatal(err)
	}
	for name, value := range whole {
		if block, is := value.(map[string]any); is {
			blocks[name] = block
		}
	}
	spoil(blocks)
	if data, err = json.Marshal(whole); err != nil {
		t.Fatal(err)
	}
	write(t, path, string(data))
	run("verify", "--report", page)
	if data, err = os.ReadFile(page); err != nil {
		t.Fatal(err)
	}
	return data
}

// TestBrowserReport checks that the report needs no script and nothing from
// other machines, is readable with and without a screen reader, in light and
// dark, on a screen and on a phone, and escapes hostile text.
func TestBrowserReport(t *testing.T) {
	b := startBrowser(t)
	for name, c := range map[string]struct {
		lang, drawing string
		spoil         func(map[string]map[string]any)
	}{
		"broken": {"fr", "img Cette machine\u00a0: OK\u00a0; Base OpenFire\u00a0: OK\u00a0; Microsoft Entra\u00a0: échec", func(f map[string]map[string]any) {
			f["azure"]["client_secret_expires"] = "2027-01-05"
			f["ir.config_parameter"]["microsoft_outlook_client_secret"] = "wrong~but-plausible-value-000000000000000"
		}},
		"hostile": {"en", "img This machine: OK; OpenFire base: OK; Microsoft Entra: OK", func(f map[string]map[string]any) {
			f["azure"]["signed_in_as"] = `</style></title><script>hacked=1</script><img src=https://evil.example/x onerror=hacked=1>`
		}},
	} {
		page := reportOf(t, c.lang, c.spoil)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/":
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				_, _ = w.Write(page)
			case "/favicon.ico": // requested by the browser itself
			default:
				t.Errorf("%s: the page asked for %s", name, r.URL.Path)
			}
		}))
		t.Cleanup(server.Close)
		for _, off := range []bool{true, false} {
			v := b.tab(t, c.lang)
			command(v, "scripting", func(ctx context.Context) error {
				_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: off})
				return err
			})
			for _, scheme := range []string{"light", "dark"} {
				v.emulate(scheme)
				v.do("size", chromedp.EmulateViewport(1000, 1180))
				v.goTo(server.URL)
				seen := evaluate[struct {
					Main, H1, Scripts, Foreign int
					Lang, Drawing, Hacked      string
					Wide                       bool
				}](v, landmarks)
				if seen.Main != 1 || seen.H1 != 1 || seen.Lang != c.lang || !strings.HasPrefix(seen.Drawing, c.drawing) || seen.Scripts != 0 || seen.Foreign != 0 || seen.Hacked != "undefined" || seen.Wide {
					t.Errorf("%s, %s: %+v", name, scheme, seen)
				}
				got := evaluate[struct {
					Looked int
					Low    []string
				}](v, contrasts)
				if got.Looked < 80 || len(got.Low) > 0 {
					t.Errorf("%s, %s: of %d texts these are too faint: %q", name, scheme, got.Looked, got.Low)
				}
				if !off {
					v.picture("report-" + name + "-" + scheme)
				}
			}
			v.do("phone", chromedp.EmulateViewport(360, 700))
			if evaluate[bool](v, "document.documentElement.scrollWidth > 361") {
				t.Errorf("%s: wider than a phone", name)
			}
			if n := evaluate[int](v, "[...document.querySelectorAll('.stack li')].filter(e => e.getClientRects().length).length"); n != 5 {
				t.Errorf("%s: %d parts of the drawing are shown on a phone", name, n)
			}
		}
		if bytes.Contains(page, []byte("compta@client.fr")) {
			t.Errorf("%s: a whole address", name)
		}
	}
}
