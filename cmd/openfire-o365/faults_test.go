package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/guard"
	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
)

// connected writes the token file of a mailbox that was set up when all was
// well; its access token has just run out.
func (b *bench) connected(mailbox string, change func(*openfire.File)) {
	b.t.Helper()
	base, err := openfire.ParseBase(b.base)
	if err != nil {
		b.t.Fatal(err)
	}
	v := b.box.Values()
	f := openfire.NewFile(base, "16.0")
	f.Client = openfire.Client{ID: v.ClientID, Secret: v.Secret}
	f.Azure = openfire.Azure{TenantID: v.TenantID, RedirectURI: base.RedirectURI(), Loopback: true, SecretExpires: v.SecretExpires, SignedInAs: mailbox, RefreshIssued: time.Now()}
	f.SetMailbox(mailbox, true)
	access, refresh := entra.Issue(time.Now(), mailbox, azure.ConsentScopes(16, true)...)
	for _, block := range f.Blocks() {
		*block.Tokens = openfire.Tokens{Refresh: guard.NewSecret(refresh), Access: guard.NewSecret(access), Expiration: time.Now().Add(-time.Minute).Unix()}
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

// TestVerifyFindsTheBrokenLink: after each fault that can befall a base that
// once worked, verify names the link, the remedy and who acts, in both
// languages, with the exit code of the catalogue.
func TestVerifyFindsTheBrokenLink(t *testing.T) {
	t.Parallel()
	changes := map[string]func(*openfire.File){
		"aadsts50011":   func(*openfire.File) {}, // the redirect URI of another base is registered
		"aadsts700016":  func(f *openfire.File) { f.Client.ID = "0b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d" },
		"aadsts90002":   func(f *openfire.File) { f.Azure.TenantID = "absent.invalid" },
		"aadsts7000215": func(f *openfire.File) { f.Client.Secret = guard.NewSecret("wrong~but-plausible-value-000000000000000") },
		"aadsts7000222": func(f *openfire.File) { f.Client.Secret = guard.NewSecret(entra.OldSecret) },
	}
	met := 0
	for _, fault := range azure.Catalogue() {
		change, changed := changes[fault.ID]
		if !changed && (fault.Where == azure.OnPage || fault.Where == azure.InReturn) {
			continue // only somebody in a browser meets it: TestSetupTellsWhatThePageSays
		}
		met++
		for _, l := range []lang.Lang{lang.FR, lang.EN} {
			t.Run(fault.ID+"/"+string(l), func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				mailbox := fault.ID + "@client.fr"
				if changed {
					mailbox = b.box.Values().Mailbox
				}
				if fault.Code == 50011 {
					b.base = "autre"
				}
				b.connected(mailbox, change)
				got := b.run("", "verify", b.base, "--lang", string(l), "--send", mailbox)
				if got.code != fault.Exit {
					t.Errorf("exit %d, want %d\n%s", got.code, fault.Exit, got.out)
				}
				for _, part := range []lang.Text{fault.What, fault.Do, fault.Who.Text()} {
					if !strings.Contains(flat(got.out), flat(part.In(l))) {
						t.Errorf("%q is not in\n%s", part.In(l), got.out)
					}
				}
				if strings.Contains(flat(got.out), flat(lang.Text{FR: "La chaîne tient", EN: "The chain holds"}.In(l))) {
					t.Errorf("a broken chain holds:\n%s", got.out)
				}
			})
		}
	}
	if met < 15 {
		t.Errorf("%d faults", met)
	}
}

// TestConsequencesAreNoSecondAlarm: one broken link is one failure.
func TestConsequencesAreNoSecondAlarm(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.connected("aadsts700082@client.fr", nil)
	got := b.run("", "verify", "mabase", "--lang", "en")
	if n := strings.Count(got.out, "FAILED"); n != 1 {
		t.Errorf("%d failures told:\n%s", n, got.out)
	}
	if !strings.Contains(got.out, "SKIPPED SMTP sign-in: not checked: depends on token.refresh") {
		t.Errorf("the consequence is not skipped:\n%s", got.out)
	}
}

// TestOfflineSendsNothing: V9.
func TestV9OfflineSendsNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.connected("compta@client.fr", nil)
	before := b.state()
	if got := b.run("", "verify", "mabase", "--offline"); got.code != lang.OK {
		t.Errorf("exit %d\n%s%s", got.code, got.out, got.err)
	}
	if after := b.state(); after != before {
		t.Errorf("something changed: %s\nwas %s", after, before)
	}
}

// TestSetupTellsWhatThePageSays: Microsoft keeps some refusals on its own page;
// what a person copies from there is explained, in both languages.
func TestSetupTellsWhatThePageSays(t *testing.T) {
	t.Parallel()
	for _, fault := range azure.Catalogue() {
		if fault.Where != azure.OnPage && fault.Where != azure.InReturn || fault.Code == 50011 {
			continue
		}
		for _, l := range []lang.Lang{lang.FR, lang.EN} {
			t.Run(fault.ID+"/"+string(l), func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				b.connected("compta@client.fr", func(f *openfire.File) {
					for _, block := range f.Blocks() {
						*block.Tokens = openfire.Tokens{}
					}
				})
				page := "Sorry, but we're having trouble signing you in. " + fault.Play("{appid}", "x", "{tenantname}", "Client SARL", "{user}", "u") + "\n"
				got := b.run("\n\n"+page, "setup", "mabase", "--plain", "--lang", string(l))
				for _, part := range []lang.Text{fault.What, fault.Do} {
					if !strings.Contains(got.said, flat(part.In(l))) {
						t.Errorf("%q is not in\n%s", part.In(l), got.err)
					}
				}
			})
		}
	}
}

// TestS24PastedAddresses: what is no answer to this sign-in is refused with a
// reason, and may be tried again.
func TestS24PastedAddresses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := "https://mabase.openfire.fr/microsoft_outlook/confirm"
	bad := []string{"x", base, base + "?", base + "?code=abc", base + "?state=abc", base + "?code=abc&state=abc", base + "?error=access_denied&state=abc", "https://mabase.openfire.fr/web/login",
		"https://mabase.openfire.fr/web/login?redirect=%2Fmicrosoft_outlook%2Fconfirm%3Fcode%3Dabc%26state%3Dabc", "http://localhost:1234/openfire-o365?code=abc&state=abc", "code=abc", "%zz", "https://evil.example/?code=abc&state=",
		"javascript:alert(1)?code=a&state=b", "\x1b[2J" + base, strings.Repeat("a", 40000), base + "?code=a&code=b&state=c", base + "#code=abc&state=abc", "openfire"}
	b.connected("compta@client.fr", func(f *openfire.File) {
		f.Azure.Loopback = false
		for _, block := range f.Blocks() {
			*block.Tokens = openfire.Tokens{}
		}
	})
	got := b.run("\n\n"+strings.Join(bad, "\n")+"\n", "setup", "mabase", "--plain", "--lang", "en")
	if n := strings.Count(got.said, "Copy the whole address of the last page"); n != len(bad) || n < 15 {
		t.Errorf("%d of %d were refused with a reason:\n%s", n, len(bad), got.err)
	}
	if got.code != lang.Usage || !strings.Contains(got.said, "--pasted-address") && !strings.Contains(got.said, "Missing") {
		t.Errorf("exit %d when the input ends", got.code)
	}
}
