package main

import (
	"bytes"
	"context"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// connected writes the token file of a connected mailbox whose access token has just
// expired.
func (b *bench) connected(mailbox string, change func(*tokenfile.File)) {
	b.t.Helper()
	b.connectedAt(time.Now(), mailbox, change)
}

// connectedTo is connected for a base with that version of Odoo; "" is 16.0.
func (b *bench) connectedTo(odoo, mailbox string) {
	b.t.Helper()
	b.connected(mailbox, func(f *tokenfile.File) {
		if odoo == "" {
			return
		}
		f.OdooVersion = odoo
		access, refresh := entra.Issue(time.Now(), mailbox, azure.Use{Odoo: f.Major(), Incoming: true}.ConsentScopes()...)
		for _, block := range f.Blocks() {
			*block.Tokens = tokenfile.Tokens{Refresh: secret.New(refresh), Access: secret.New(access), Expiration: time.Now().Add(time.Hour).Unix()}
		}
	})
}

// connectedAt is connected with another date.
func (b *bench) connectedAt(now time.Time, mailbox string, change func(*tokenfile.File)) {
	b.t.Helper()
	base, err := openfire.ParseBase(b.base)
	if err != nil {
		b.t.Fatal(err)
	}
	v := b.box.Values()
	f := tokenfile.New(base, "16.0")
	f.Client = tokenfile.Client{ID: v.ClientID, Secret: v.Secret}
	f.Azure = tokenfile.Azure{TenantID: v.TenantID, RedirectURI: base.RedirectURI(), Loopback: true, SecretExpires: v.SecretExpires, SignedInAs: mailbox, RefreshIssued: now}
	f.SetMailbox(mailbox, true)
	access, refresh := entra.Issue(now, mailbox, azure.Use{Odoo: 16, Incoming: true}.ConsentScopes()...)
	for _, block := range f.Blocks() {
		*block.Tokens = tokenfile.Tokens{Refresh: secret.New(refresh), Access: secret.New(access), Expiration: now.Add(-time.Minute).Unix()}
	}
	if change != nil {
		change(&f)
	}
	data, err := f.Encode()
	if err == nil {
		err = os.MkdirAll(b.dir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(b.dir, base.FileName()), data, 0o600)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// tells checks the output for the explanation of the error, and its exit code.
func tells(t *testing.T, got problem.Exit, told string, fault faults.Fault, l i18n.Lang, parts ...i18n.Text) {
	t.Helper()
	if got != fault.Exit() {
		t.Errorf("exit %d, want %d\n%s", got, fault.Exit(), told)
	}
	for _, part := range append(parts, fault.What, fault.Do) {
		if !strings.Contains(flat(told), flat(part.In(l))) {
			t.Errorf("%q is not in\n%s", part.In(l), told)
		}
	}
}

// TestSandboxSimulatesEveryFault checks that the sandbox simulates each error of the catalogue
// where it occurs, and that the command prints its explanation in both languages and
// exits with its code.
//
//ci:scale-race
func TestSandboxSimulatesEveryFault(t *testing.T) {
	t.Parallel()
	meet := map[faults.Origin]func(*testing.T, faults.Fault, i18n.Lang){
		faults.SignInPage: metBySetup, faults.Callback: metBySetup, faults.OnBase: metOnBase,
		faults.FromToken: metByVerify, faults.FromSMTP: metByVerify, faults.FromIMAP: metByVerify,
	}
	for i, fault := range faults.Catalogue() {
		languages := []i18n.Lang{i18n.French, i18n.English}
		if !everyCase {
			languages = languages[i%2:][:1]
		}
		for _, l := range languages {
			t.Run(fault.ID+"/"+string(l), func(t *testing.T) {
				t.Parallel()
				meet[fault.Where](t, fault, l)
			})
		}
	}
}

// metByVerify runs verify on a base that was connected before the error.
func metByVerify(t *testing.T, fault faults.Fault, l i18n.Lang) {
	b := newBench(t)
	mailbox := fault.ID + "@client.fr"
	b.connected(mailbox, nil)
	got := b.run("", "verify", b.base, "--lang", string(l), "--send", mailbox)
	tells(t, got.code, got.out, fault, l, fault.Who.Text())
	if strings.Contains(flat(got.out), flat(strings.TrimSuffix(i18n.T("No problem found.").In(l), "."))) {
		t.Errorf("no problem found in spite of the fault:\n%s", got.out)
	}
}

// metBySetup runs setup twice: unattended, with the sandbox's visitor, then with a
// person who pastes the last page.
func metBySetup(t *testing.T, fault faults.Fault, l i18n.Lang) {
	b := newBench(t)
	var out, err bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	code := run(ctx, b.environment(strings.NewReader(""), &out, &err), []string{"setup", "mabase", "--sandbox", "--no-input", "--dir", b.dir, "--lang", string(l), "--mailbox", fault.ID + "@client.fr"})
	tells(t, code, err.String(), fault, l)
	if fault.Where == faults.Callback || fault.Code == 50011 || fault.Code == 500113 {
		return // see TestUnregisteredLoopback
	}
	b.pastes(strings.NewReplacer("{appid}", "x", "{tenantname}", "Client SARL", "{user}", "u").Replace(fault.Sample), fault, l)
}

// pastes pastes the last page into setup.
func (b *bench) pastes(page string, fault faults.Fault, l i18n.Lang) {
	b.t.Helper()
	b.connected("compta@client.fr", func(f *tokenfile.File) {
		for _, block := range f.Blocks() {
			*block.Tokens = tokenfile.Tokens{}
		}
	})
	got := b.run("\n\nSorry, but we're having trouble signing you in. "+page+"\n", "setup", "mabase", "--plain", "--lang", string(l))
	for _, part := range []i18n.Text{fault.What, fault.Do} {
		if !strings.Contains(got.said, flat(part.In(l))) {
			b.t.Errorf("%q is not in\n%s", part.In(l), got.err)
		}
	}
}

// metOnBase checks that an error page of the base ends an unattended setup, is
// explained when it is pasted with the text around it, and is accepted by setup.
func metOnBase(t *testing.T, fault faults.Fault, l i18n.Lang) {
	metBySetup(t, fault, l)
	b := newBench(t)
	v := b.box.Values()
	q := url.Values{"client_id": {v.ClientID}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s"}, "redirect_uri": {"https://mabase.openfire.fr/microsoft_outlook/confirm"}}
	form := url.Values{"mailbox": {fault.ID + "@client.fr"}, "step": {"accept"}}
	req, err := http.NewRequest(http.MethodPost, b.box.Cloud().Login+"/common/oauth2/v2.0/authorize?"+q.Encode(), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept-Language", string(l))
	res, err := (&http.Client{Timeout: patience}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(page), "SANDBOX") {
		t.Fatalf("%s %v", page, err)
	}
	got := b.run(string(page), "explain", "-", "--lang", string(l))
	if got.code != problem.OK {
		t.Errorf("exit %d", got.code)
	}
	for _, part := range []i18n.Text{fault.What, fault.Do, fault.Responsible()} {
		if !strings.Contains(flat(got.out), flat(part.In(l))) {
			t.Errorf("%q is not in\n%s", part.In(l), got.out)
		}
	}
}

// TestVerifyFindsWrongValues checks that mistyped values, and a redirect URI of another
// base, cause the same errors.
func TestVerifyFindsWrongValues(t *testing.T) {
	t.Parallel()
	for id, change := range map[string]func(*tokenfile.File){
		"aadsts50011":   func(*tokenfile.File) {}, // the redirect URI of another base is registered
		"aadsts700016":  func(f *tokenfile.File) { f.Client.ID = "0b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d" },
		"aadsts90002":   func(f *tokenfile.File) { f.Azure.TenantID = "absent.invalid" },
		"aadsts7000215": func(f *tokenfile.File) { f.Client.Secret = secret.New("wrong~but-plausible-value-000000000000000") },
		"aadsts7000222": func(f *tokenfile.File) { f.Client.Secret = secret.New(entra.OldSecret) },
	} {
		fault, _ := faults.ByID(id)
		for _, l := range []i18n.Lang{i18n.French, i18n.English} {
			t.Run(id+"/"+string(l), func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				if id == "aadsts50011" {
					b.base = "autre"
				}
				b.connected(b.box.Values().Mailbox, change)
				got := b.run("", "verify", b.base, "--lang", string(l), "--send", b.box.Values().Mailbox)
				tells(t, got.code, got.out, fault, l, fault.Who.Text())
			})
		}
	}
}

// TestSandboxMenu checks that the sign-in page lists every error by who must act.
func TestSandboxMenu(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.box.Values()
	res, err := (&http.Client{Timeout: patience}).Get(b.box.Cloud().Login + "/common/oauth2/v2.0/authorize?" + url.Values{"client_id": {v.ClientID}, "response_type": {"code"}, "scope": {"openid"}, "ui_locales": {"en"},
		"redirect_uri": {"https://mabase.openfire.fr/microsoft_outlook/confirm"}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	groups := strings.Split(string(page), "<h2>")
	for _, fault := range faults.Catalogue() {
		group := slices.IndexFunc(groups, func(g string) bool { return strings.Contains(g, `value="`+fault.ID+`@client.fr"`) })
		if group < 0 || !strings.HasPrefix(strings.ToLower(html.UnescapeString(groups[group])), strings.ToLower(fault.Who.Text().In(i18n.English))) {
			t.Errorf("%s is not on the menu of %s", fault.ID, fault.Who)
		}
	}
}

// TestConsequencesAreSkipped checks that one cause is reported as one failure.
func TestConsequencesAreSkipped(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.connected("aadsts700082@client.fr", nil)
	got := b.run("", "verify", "mabase", "--lang", "en")
	if n := strings.Count(got.out, "FAILED"); n != 1 {
		t.Errorf("%d failures told:\n%s", n, got.out)
	}
	if !strings.Contains(got.out, "SKIPPED SMTP sign-in: depends on \"Token refresh\"") {
		t.Errorf("the consequence is not skipped:\n%s", got.out)
	}
}

// TestOfflineSendsNothing checks that --offline sends no packet.
func TestOfflineSendsNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.connected("compta@client.fr", nil)
	before := b.state()
	if got := b.run("", "verify", "mabase", "--offline"); got.code != problem.OK {
		t.Errorf("exit %d\n%s%s", got.code, got.out, got.err)
	}
	if after := b.state(); after != before {
		t.Errorf("something changed: %s\nwas %s", after, before)
	}
}

// TestPastedAddressesOfOtherSignInsAreRefused checks that an address that does not
// belong to this sign-in is refused with a reason, and asked for again.
func TestPastedAddressesOfOtherSignInsAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := "https://mabase.openfire.fr/microsoft_outlook/confirm"
	bad := []string{"x", base, base + "?", base + "?code=abc", base + "?state=abc", base + "?code=abc&state=abc", base + "?error=access_denied&state=abc", "https://mabase.openfire.fr/web/login",
		"https://mabase.openfire.fr/web/login?redirect=%2Fmicrosoft_outlook%2Fconfirm%3Fcode%3Dabc%26state%3Dabc", "http://localhost:1234/openfire-o365?code=abc&state=abc", "code=abc", "%zz", "https://evil.example/?code=abc&state=",
		"javascript:alert(1)?code=a&state=b", "\x1b[2J" + base, strings.Repeat("a", 40000), base + "?code=a&code=b&state=c", base + "#code=abc&state=abc", "openfire"}
	b.connected("compta@client.fr", func(f *tokenfile.File) {
		f.Azure.Loopback = false
		for _, block := range f.Blocks() {
			*block.Tokens = tokenfile.Tokens{}
		}
	})
	got := b.run("\n\n"+strings.Join(bad, "\n")+"\n", "setup", "mabase", "--plain", "--lang", "en")
	if n := strings.Count(got.said, "Copy the whole address of the last page"); n != len(bad) || n < 15 {
		t.Errorf("%d of %d were refused with a reason:\n%s", n, len(bad), got.err)
	}
	if got.code != problem.Usage || !strings.Contains(got.said, "--pasted-address") && !strings.Contains(got.said, "Missing") {
		t.Errorf("exit %d when the input ends", got.code)
	}
}

// TestThrottlingDoesNotConfirmTheApplication checks that a temporary refusal is not
// taken as proof that the application exists.
func TestThrottlingDoesNotConfirmTheApplication(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.connected("compta@client.fr", nil)
	b.through(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.Contains(r.URL.Path, entra.TenantID) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":"temporarily_unavailable","error_description":"AADSTS90033: A transient error has occurred. Please try again.","error_codes":[90033]}`)
			return
		}
		next.ServeHTTP(w, r)
	})
	got := b.run("", "verify", "mabase", "--lang", "en")
	if !strings.Contains(got.out, "UNKNOWN Application") || !strings.Contains(got.out, "SKIPPED Client secret") || strings.Contains(got.out, "this application exists") {
		t.Errorf("exit %d\n%s", got.code, got.out)
	}
}
