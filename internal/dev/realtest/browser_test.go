package realtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
)

// patience is the time limit of each browser operation.
const patience = 40 * time.Second

// browser is one Chromium; each tab has its own profile.
type browser struct {
	ctx      context.Context
	pictures string // folder
}

// startBrowser starts Debian's Chromium, which ends with the test.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("no browser (apt-get install chromium): %v", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.DisableGPU, chromedp.WindowSize(1000, 800),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1"))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, _ = chromedp.NewContext(ctx)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx) })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	b := &browser{ctx, os.Getenv("REALTEST_PICTURES")}
	if b.pictures == "" {
		b.pictures = filepath.Join(os.TempDir(), "openfire-o365-pictures")
	}
	if err := os.MkdirAll(b.pictures, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Logf("pictures of the pages: %s", b.pictures)
	return b
}

// tab is a browser tab. Its errors are reported when the test ends.
type tab struct {
	t   *testing.T
	b   *browser
	ctx context.Context

	mu    sync.Mutex
	asked map[network.RequestID]*url.URL
	sent  *url.URL // of the last request whose headers left
	wrong []string // console errors, requests to elsewhere
}

// tab opens a tab in a profile of its own that prefers a language.
func (b *browser) tab(t *testing.T, language string) *tab {
	return b.open(t, language, chromedp.WithNewBrowserContext())
}

// beside opens another tab of the same profile.
func (v *tab) beside(language string) *tab {
	return v.b.open(v.t, language, chromedp.WithExistingBrowserContext(chromedp.FromContext(v.ctx).BrowserContextID))
}

func (b *browser) open(t *testing.T, language string, option chromedp.ContextOption) *tab {
	t.Helper()
	v := &tab{t: t, b: b, asked: map[network.RequestID]*url.URL{}}
	ctx, cancel := chromedp.NewContext(b.ctx, option, chromedp.WithListener(v.watch))
	v.ctx = ctx
	t.Cleanup(func() {
		cancel()
		v.mu.Lock()
		defer v.mu.Unlock()
		for _, w := range v.wrong {
			t.Errorf("in the browser: %s", w)
		}
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	command(v, "language", func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": language}})
		return err
	})
	return v
}

// watch records what no page of the program may do: send a request to another
// machine, violate its own Content-Security-Policy, or log an error.
func (v *tab) watch(event any) {
	said := ""
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		u, err := url.Parse(e.Request.URL)
		if err != nil || !local(u) {
			said = "asked for " + e.Request.URL
			break
		}
		v.mu.Lock()
		v.asked[e.RequestID] = u
		v.mu.Unlock()
	case *network.EventRequestWillBeSentExtraInfo:
		v.mu.Lock()
		v.sent = v.asked[e.RequestID]
		v.mu.Unlock()
	case *log.EventEntryAdded:
		if e.Entry.Level != log.EntryLevelVerbose && e.Entry.Level != log.EntryLevelInfo {
			said = fmt.Sprintf("console: %s: %s (%s)", e.Entry.Level, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		said = "exception: " + e.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		said = "console: " + string(e.Type)
	}
	if said != "" {
		v.mu.Lock()
		v.wrong = append(v.wrong, said)
		v.mu.Unlock()
	}
}

func local(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "data" || u.Scheme == "chrome-error" || u.Scheme == "about" || u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// forgive removes the recorded errors with that text, which the test has
// caused.
func (v *tab) forgive(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var kept []string
	for _, w := range v.wrong {
		if !strings.Contains(w, text) {
			kept = append(kept, w)
		}
	}
	v.wrong = kept
}

// command runs an action in the tab within patience.
func command(v *tab, what string, do func(context.Context) error) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	if err := do(ctx); err != nil {
		v.t.Fatalf("%s: %v\nthe page: %s", what, err, v.glance())
	}
}

func (v *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	command(v, what, func(ctx context.Context) error { return chromedp.Do(ctx, steps...) })
}

// evaluate returns the value of a JavaScript expression, which works although
// the page's own scripts are disabled.
func evaluate[T any](v *tab, expression string) (value T) {
	v.t.Helper()
	command(v, expression, func(ctx context.Context) (err error) {
		value, err = chromedp.Run(ctx, chromedp.Evaluate[T](expression))
		return err
	})
	return value
}

// glance returns what the tab shows, for failure messages.
func (v *tab) glance() string {
	ctx, cancel := context.WithTimeout(v.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("location.href + '\\n' + document.body.innerText"))
	if err != nil {
		return err.Error()
	}
	return text
}

func (v *tab) goTo(address string) {
	v.t.Helper()
	v.do("open "+address, chromedp.Navigate(address))
}

// press clicks and does not wait for the next page.
func (v *tab) press(selector string) {
	v.t.Helper()
	v.do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// sees waits for a heading on a complete page.
func (v *tab) sees(heading string) {
	v.t.Helper()
	command(v, "wait for "+heading, func(ctx context.Context) error {
		return until(ctx, func() bool {
			got, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.readyState === 'complete' && document.querySelector('h1')?.innerText || ''"))
			return err == nil && got == heading
		})
	})
}

// requested waits until a request of the tab for a path has sent its headers.
func (v *tab) requested(path string) {
	v.t.Helper()
	command(v, "request for "+path, func(ctx context.Context) error {
		var sent *url.URL
		err := until(ctx, func() bool {
			v.mu.Lock()
			defer v.mu.Unlock()
			sent = v.sent
			return sent != nil && sent.Path == path
		})
		if err != nil {
			return err
		}
		for _, host := range []string{"127.0.0.1", "[::1]"} {
			if res, err := http.Get("http://" + host + ":" + sent.Port() + "/"); err == nil {
				_ = res.Body.Close()
			}
		}
		return nil
	})
}

// until polls a condition, as the browser sends no event for it.
func until(ctx context.Context, holds func() bool) error {
	for !holds() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// text returns the visible text.
func (v *tab) text() string { return evaluate[string](v, "document.body?.innerText || ''") }

// emulate sets the preferred colour scheme.
func (v *tab) emulate(scheme string) {
	v.t.Helper()
	command(v, scheme, func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	})
}

// picture saves a screenshot of the tab.
func (v *tab) picture(name string) {
	v.t.Helper()
	command(v, "picture", func(ctx context.Context) error {
		png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		if err == nil {
			err = os.WriteFile(filepath.Join(v.b.pictures, name+".png"), png, 0o644)
		}
		return err
	})
}

// gateway is a proxy of the sandbox's sign-in that counts the redeemed codes and can
// delay the responses.
type gateway struct {
	*httptest.Server
	redeemed atomic.Int32
	held     atomic.Pointer[chan struct{}]
}

func newDoor(t *testing.T, login string) *gateway {
	t.Helper()
	to, err := url.Parse(login)
	if err != nil {
		t.Fatal(err)
	}
	d := &gateway{}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
	}}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil {
			r.Body = io.NopCloser(bytes.NewReader(body))
			if form, _ := url.ParseQuery(string(body)); form.Get("grant_type") == "authorization_code" {
				d.redeemed.Add(1)
				if held := d.held.Load(); held != nil {
					<-*held
				}
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(d.Close)
	return d
}

// hold delays the answers to codes until release is called, once.
func (d *gateway) hold(t *testing.T) (release func()) {
	held := make(chan struct{})
	d.held.Store(&held)
	release = sync.OnceFunc(func() { close(held) })
	t.Cleanup(release)
	return release
}

// waits returns when a code has arrived.
func (d *gateway) waits(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := until(ctx, func() bool { return d.redeemed.Load() > 0 }); err != nil {
		t.Fatalf("no code came: %v", err)
	}
}

// setting is a running setup.
type setting struct {
	t        *testing.T
	gateway  *gateway
	cmd      *exec.Cmd
	keyboard io.WriteCloser
	address  string         // where to sign in
	told     *bufio.Scanner // the stream that is read
	heard    bytes.Buffer   // its output so far
	said     bytes.Buffer   // the output of the other stream
	dir      string
}

// startSetup runs setup with its own sandbox until it waits for the browser.
func startSetup(t *testing.T, cloud map[string]string, mailbox string, args ...string) *setting {
	t.Helper()
	s := runSetup(t, cloud, append([]string{"--mailbox", mailbox, "--tenant", entra.TenantID, "--client-id", entra.ClientID, secretFile}, args...)...)
	s.address = s.signInAddress()
	return s
}

// secretFile is the argument that stands for the file with the sandbox's secret.
const secretFile = "--client-secret-file"

// runSetup runs setup with its own sandbox, without a browser to open.
func runSetup(t *testing.T, cloud map[string]string, args ...string) *setting {
	t.Helper()
	dir := t.TempDir()
	s := &setting{t: t, gateway: newDoor(t, cloud["login"]), dir: filepath.Join(dir, "tokens")}
	mine := map[string]string{}
	for k, v := range cloud {
		mine[k] = v
	}
	mine["login"] = s.gateway.URL
	body, err := json.Marshal(mine)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "cloud.json"), string(body))
	write(t, filepath.Join(dir, "secret"), entra.Secret+"\n")
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience) // a question that nobody answers
	t.Cleanup(cancel)
	if i := slices.Index(args, secretFile); i >= 0 {
		args = slices.Insert(slices.Clone(args), i+1, filepath.Join(dir, "secret"))
	}
	s.cmd = exec.CommandContext(ctx, program, append([]string{"setup", "mabase", "--cloud", filepath.Join(dir, "cloud.json"), "--dir", s.dir, "--no-browser"}, args...)...)
	s.cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "LC_ALL=fr_FR.UTF-8", "DISPLAY=:0"} // the guide is for a browser on this screen
	follow, other := s.cmd.StdoutPipe, &s.cmd.Stderr
	if !strings.Contains(strings.Join(args, " "), "--no-input") {
		follow, other = s.cmd.StderrPipe, &s.cmd.Stdout
	}
	*other = &s.said
	out, err := follow()
	if err == nil {
		s.keyboard, err = s.cmd.StdinPipe()
	}
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = s.cmd.Wait()
	})
	s.told = bufio.NewScanner(out)
	return s
}

// guidePage reads on to the address of a page of the guide.
func (s *setting) guidePage(page string) string {
	s.t.Helper()
	for s.told.Scan() {
		line := strings.TrimSpace(s.told.Text())
		if strings.HasPrefix(line, "http://127.0.0.1:") && strings.HasSuffix(line, "/"+page) {
			return line
		}
		s.heard.WriteString(line + "\n")
	}
	_ = s.cmd.Wait()
	s.t.Fatalf("no address of the guide's page %s:\n%s%s", page, s.heard.String(), s.said.String())
	return ""
}

// signInAddress reads on to the next address, in JSON or in text.
func (s *setting) signInAddress() string {
	s.t.Helper()
	for s.told.Scan() {
		line := strings.TrimSpace(s.told.Text())
		var event struct{ Type, URL string }
		switch {
		case json.Unmarshal([]byte(line), &event) == nil && event.Type == "sign-in":
			return event.URL
		case strings.HasPrefix(line, s.gateway.URL+"/common/"):
			return line
		}
		s.heard.WriteString(line + "\n")
	}
	_ = s.cmd.Wait()
	s.t.Fatalf("no address to sign in at:\n%s%s", s.heard.String(), s.said.String())
	return ""
}

// ends waits for the end and checks the exit code.
func (s *setting) ends(want int) string {
	s.t.Helper()
	for s.told.Scan() {
		s.heard.WriteString(s.told.Text() + "\n")
	}
	err := s.cmd.Wait()
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		s.t.Fatal(err)
	}
	said := s.heard.String() + s.said.String()
	if code != want {
		s.t.Errorf("exit %d, want %d:\n%s", code, want, said)
	}
	return said
}
