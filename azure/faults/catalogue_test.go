package faults

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults/decode"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// played holds the values that the sandbox puts into samples.
var played = []string{
	"{tenant}", "client.fr", "{tenantname}", "Client", "{appid}", "11111111-2222-3333-4444-555555555555", "{uri}", "https://mabase.openfire.fr/microsoft_outlook/confirm",
	"{user}", "compta@client.fr", "{from}", "anna@client.fr", "{iso}", "2026-11-24T12:00:00.000Z", "{iso7}", "2026-11-24T12:00:00.0000000Z",
	"{host}", "PR0P264CA0001.FRAP264.PROD.OUTLOOK.COM", "{mailboxhost}", "PR0P264MB0001.FRAP264.PROD.OUTLOOK.COM", "{session}", "08DE2B0000000001",
}

// sample returns the message of a fault as the sandbox sends it.
func sample(f Fault, french bool) string {
	text := f.Sample
	if french && f.SampleFR != "" {
		text = f.SampleFR
	}
	return strings.NewReplacer(played...).Replace(text)
}

func TestCatalogueEntriesAreComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	local := regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*$`) // the local part of the sandbox's mailbox
	for _, f := range Catalogue() {
		if seen[f.ID] || !local.MatchString(f.ID) {
			t.Errorf("%q: duplicate, or not a valid local part", f.ID)
		}
		seen[f.ID] = true
		if f.Sample == "" {
			t.Errorf("%s: no sample", f.ID)
		}
		if got := sample(f, false) + sample(f, true); strings.ContainsAny(got, "{}") {
			t.Errorf("%s: placeholder left: %s", f.ID, got)
		}
		for _, w := range f.Words {
			if len(w) < 8 || w != decode.Lower(decode.Text(w)) {
				t.Errorf("%s: %q is not in its normal form, or too short", f.ID, w)
			}
		}
		switch {
		case f.Where == FromSMTP:
			if name := fmt.Sprintf("%d-%s", f.Status, f.Enhanced); f.ID != name && !strings.HasPrefix(f.ID, name+"-") || f.Code != 0 || f.Error != "" {
				t.Errorf("%s: the ID of a mail fault must begin with its codes", f.ID)
			}
			if !slices.Contains([]string{"AUTH", "MAIL", "DATA"}, f.Verb) {
				t.Errorf("%s: unknown command %q", f.ID, f.Verb)
			}
		case f.Where == OnBase:
			if !strings.HasPrefix(f.ID, "base-") || len(f.Words) == 0 || f.Status != 0 || f.Code != 0 {
				t.Errorf("%s: a fault of the base needs Words and no codes", f.ID)
			}
		case f.Where == FromIMAP:
			if f.Status != 0 || f.Code != 0 || len(f.Words) == 0 || !strings.HasPrefix(f.ID, "imap-") {
				t.Errorf("%s: a fault of IMAP has no codes", f.ID)
			}
		default:
			if f.ID != fmt.Sprintf("aadsts%d", f.Code) || !strings.HasPrefix(f.Sample, fmt.Sprintf("AADSTS%d: ", f.Code)) || f.Error == "" {
				t.Errorf("%s: code %d, error %q, sample %q", f.ID, f.Code, f.Error, f.Sample)
			}
			if f.Where == FromToken && (f.Status < 400 || f.Status > 599) {
				t.Errorf("%s: status %d", f.ID, f.Status)
			}
		}
	}
}

// TestEverySampleNamesItsSource reads the lines above the samples.
func TestEverySampleNamesItsSource(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`\n  source +\S.*\n  sample +\S`).FindAllString(catalogueText, -1)
	if len(named) != len(Catalogue()) {
		t.Errorf("%d samples with a source, %d faults", len(named), len(Catalogue()))
	}
}

// TestEveryFaultSaysWhatToDoInBothLanguages covers the families and fallbacks too.
func TestEveryFaultSaysWhatToDoInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, f := range slices.Concat(Catalogue(), Families(), fallbacks()) {
		wellFormed(t, f)
	}
}

// Somebody who cannot correct an error alone is led to the page where it is corrected.
func TestEveryFaultHasALinkOrNeedsNone(t *testing.T) {
	t.Parallel()
	none := map[Origin]string{
		OnBase: "the pages of a base are not public", OnNetwork: "a network has no page",
		FromIMAP: "setup or a support engineer corrects it", FromSMTP: "setup or a support engineer corrects it",
		SignInPage: "the next sign-in corrects it", Callback: "the next sign-in corrects it", FromToken: "setup or a setting that the text names corrects it",
		FromGraph: "setup corrects it, or a setting that the text names",
	}
	inText := regexp.MustCompile(`openfire-o365|OpenFire support|Sign in|sign in|Entra > |Conditional Access|Outgoing Mail Servers|outgoing mail server|Wait|base|Use a mailbox|settings of the machine`)
	for _, f := range slices.Concat(Catalogue(), Families()) {
		if f.Link == "" && !f.Passes && (none[f.Where] == "" || !inText.MatchString(f.Do.In(i18n.English))) {
			t.Errorf("%s: no link, and no place in %q", f.ID, f.Do.In(i18n.English))
		}
		if f.Code != 0 && f.Link == "" || f.Who == ExchangeAdmin && f.Link == "" {
			t.Errorf("%s: no link", f.ID)
		}
	}
}

// An entry is reproduced by the sandbox, which needs its sample, or it is a family.
func TestFamiliesHaveCodesOrWordsAndNoSample(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range slices.Concat(Catalogue(), Families(), fallbacks()) {
		if seen[f.ID] {
			t.Errorf("%s twice", f.ID)
		}
		seen[f.ID] = true
		for _, w := range f.Words {
			if seen[w] && f.Enhanced == "" || len(w) < 6 || w != decode.Lower(decode.Text(w)) {
				t.Errorf("%s: %q is not in its normal form, too short, or of two faults", f.ID, w)
			}
			seen[w] = true
		}
		for _, code := range f.codes {
			if seen[code] {
				t.Errorf("%s: %s twice", f.ID, code)
			}
			seen[code] = true
		}
	}
	for _, f := range Families() {
		if f.Sample != "" || len(f.Words)+len(f.codes) == 0 || f.Status != 0 || f.Code != 0 || f.Error != "" {
			t.Errorf("%s: not a family: %+v", f.ID, f)
		}
		if f.Title().IsZero() || f.Works().IsZero() || strings.Contains(f.Title().In(i18n.English), f.ID) {
			t.Errorf("%s: title %q", f.ID, f.Title().In(i18n.English))
		}
	}
}

func TestMistakesInTheFilesPanic(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(){
		"field":          func() { parse("x\n  whom  user\n") },
		"no entry":       func() { parse("  who  user\n") },
		"letters":        func() { parseSpan("50a14") },
		"empty range":    func() { parseSpan("5.7.500-") },
		"reversed range": func() { parseSpan("50010-50001") },
		"one code":       func() { parseSpan("5.7.1-1") },
		"no last number": func() { parseSpan("5.7.") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

// wellFormed checks for whole sentences in both languages and consistent fields.
func wellFormed(t *testing.T, f Fault) {
	t.Helper()
	for name, text := range map[string]i18n.Text{"What": f.What, "Do": f.Do} {
		for _, half := range []string{text.In(i18n.French), text.In(i18n.English)} {
			if !strings.HasSuffix(half, ".") || strings.TrimSpace(half) != half || strings.ContainsAny(half, "{}%") {
				t.Errorf("%s: %s: %q", f.ID, name, half)
			}
		}
		if text.In(i18n.French) == text.In(i18n.English) {
			t.Errorf("%s: %s is not translated", f.ID, name)
		}
	}
	if f.Who.Text().IsZero() || f.Who == "" {
		t.Errorf("%s: unknown actor %q", f.ID, f.Who)
	}
	if f.Passes != (f.Who == Nobody) || f.Passes && f.Dead {
		t.Errorf("%s: passes %v, who %s, dead %v", f.ID, f.Passes, f.Who, f.Dead)
	}
}

// TestExitCodeSaysWhoMustAct covers the catalogue, the families, the listed codes and
// the fallbacks.
func TestExitCodeSaysWhoMustAct(t *testing.T) {
	t.Parallel()
	all := slices.Concat(Catalogue(), Families(), fallbacks())
	for _, code := range listedCodes(t) {
		f, _ := Explain("aadsts" + strconv.Itoa(code))
		all = append(all, f)
	}
	entra := map[Actor]problem.Exit{User: 10, EntraAdmin: 11, AppOwner: 11, Support: 11, Nobody: 75}
	mailOrBase := map[Actor]problem.Exit{User: 12, EntraAdmin: 12, AppOwner: 12, ExchangeAdmin: 12, Support: 12, Nobody: 75}
	counts := map[problem.Exit]int{}
	for _, f := range all {
		want, known := entra[f.Who]
		if slices.Contains([]Origin{FromSMTP, FromIMAP, OnBase, OnNetwork}, f.Where) {
			want, known = mailOrBase[f.Who]
		}
		if f.ID == "aadsts700084" {
			want = problem.SignIn
		}
		if counts[want]++; !known || f.Exit() != want {
			t.Errorf("%s, %s, %s: exit %d, want %d", f.ID, f.Where, f.Who, f.Exit(), want)
		}
	}
	if counts[10] < 80 || counts[11] < 120 || counts[12] < 30 || counts[75] < 20 {
		t.Errorf("some faults were not checked: %v", counts)
	}
}

func TestFindEntra(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		codes  []int
		error  string
		status int
		want   string
		exit   problem.Exit
	}{
		{"code decides", []int{7000215}, "invalid_client", 401, "aadsts7000215", problem.Application},
		{"code beats the error", []int{700082}, "invalid_client", 400, "aadsts700082", problem.SignIn},
		{"code beats the status", []int{65001}, "", 503, "aadsts65001", problem.SignIn},
		{"second code", []int{1, 53003}, "invalid_grant", 400, "aadsts53003", problem.Application},
		{"first known code", []int{50173, 7000222}, "", 400, "aadsts50173", problem.SignIn},
		{"code 0 is no mail fault", []int{0}, "invalid_grant", 400, "invalid_grant", problem.SignIn},
		{"unknown code", []int{123456}, "invalid_client", 401, "invalid_client", problem.Application},
		{"error alone", nil, "interaction_required", 400, "interaction_required", problem.SignIn},
		{"declined", nil, "access_denied", 0, "access_denied", problem.SignIn},
		{"429", nil, "invalid_grant", 429, "temporarily_unavailable", problem.Temporary},
		{"500 without a body", nil, "", 500, "temporarily_unavailable", problem.Temporary},
		{"503 with a code", []int{90033}, "temporarily_unavailable", 503, "aadsts90033", problem.Temporary},
		{"503 with a code of the list", []int{50020002, 16001}, "temporarily_unavailable", 503, "temporarily_unavailable", problem.Temporary},
		{"a code of the list beats the error", []int{700011}, "invalid_grant", 400, "aadsts700011", problem.Application},
		{"server_error in a 400", nil, "server_error", 400, "server_error", problem.Temporary},
		{"unknown error", nil, "invalid_target", 400, "refused", problem.Application},
		{"nothing", nil, "", 400, "refused", problem.Application},
		{"nothing at all", nil, "", 0, "refused", problem.Application},
	} {
		t.Run(c.name, func(t *testing.T) {
			if f := Entra(c.codes, c.error, c.status); f.ID != c.want || f.Exit() != c.exit {
				t.Errorf("%s, exit %d; want %s, exit %d", f.ID, f.Exit(), c.want, c.exit)
			}
		})
	}
	for _, f := range Catalogue() {
		if got := Entra([]int{f.Code}, f.Error, f.Status); f.Code != 0 && got.ID != f.ID {
			t.Errorf("%s: found %s", f.ID, got.ID)
		}
		if got, ok := ByID(f.ID); !ok || got.ID != f.ID {
			t.Errorf("FaultByID(%s) = %s, %v", f.ID, got.ID, ok)
		}
	}
	if _, ok := ByID("aadsts0"); ok {
		t.Error("an unknown fault was found")
	}
}

// Codes and the trace ID are read from the members of the response and from the
// description, whose end is removed, however its parts are separated.
func TestEntraRefusal(t *testing.T) {
	t.Parallel()
	const trace, other = "0b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d", "1b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d"
	for _, gap := range []string{" ", "\r\n"} {
		words := "AADSTS50173: The grant is revoked." + gap + "Trace ID: " + trace + gap + "Correlation ID: " + other + gap + "Timestamp: 2026-11-24 10:00:00Z"
		r := EntraRefusal(nil, "invalid_grant", 400, words, "")
		if r.ID != "aadsts50173" || r.Code != 50173 || r.TraceID != trace || r.Detail != "invalid_grant: AADSTS50173: The grant is revoked." {
			t.Errorf("%+v", r)
		}
		if r := EntraRefusal([]int{7000222}, "invalid_client", 401, words, other); r.Code != 7000222 || r.TraceID != other {
			t.Errorf("%+v", r)
		}
	}
	r := EntraRefusal(nil, "access_denied", 0, "\x1b[2J\u202e"+strings.Repeat("x", 5000), "\x1b[2J")
	if r.TraceID != "" || strings.ContainsAny(r.Detail, "\x1b\r\n\u202e") || len([]rune(r.Detail)) > 600 {
		t.Errorf("%+v", r)
	}
	if r := EntraRefusal(nil, "invalid_grant", 400, "", ""); r.Detail != "invalid_grant" {
		t.Errorf("%+v", r)
	}
}

func TestAsRefusal(t *testing.T) {
	t.Parallel()
	r, ok := AsRefusal(fmt.Errorf("refresh: %w", &Refusal{Fault: Entra([]int{7000222}, "invalid_client", 401), Detail: "its words", TraceID: "trace", RetryAfter: time.Minute}))
	if !ok || r.ID != "aadsts7000222" || r.Detail != "its words" || r.TraceID != "trace" || r.RetryAfter != time.Minute {
		t.Errorf("%+v %v", r, ok)
	}
	if again, ok := AsRefusal(fmt.Errorf("x: %w", r)); !ok || again != r {
		t.Error("AsRefusal does not return the wrapped refusal")
	}
	p := r.Problem()
	if p.Exit != problem.Application || p.ID != "aadsts7000222" || p.What.In(i18n.French) != r.What.In(i18n.French) || p.Do.In(i18n.French) != r.Do.In(i18n.French) || !errors.Is(p, r) || r.Error() != "aadsts7000222: its words" {
		t.Errorf("%+v", p)
	}
	if _, ok := AsRefusal(errors.New("dial tcp")); ok {
		t.Error("AsRefusal accepts a transport error")
	}
	if _, ok := AsRefusal(nil); ok {
		t.Error("AsRefusal accepts nil")
	}
}

func TestSilentProxyIsNamed(t *testing.T) {
	t.Parallel()
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	for _, err := range []error{
		&network.ProxyError{Proxy: "proxy.example.com:3128", Err: refused},
		&network.ProxyError{Proxy: "proxy.example.com:3128", Err: &net.DNSError{Err: "no such host", Name: "proxy.example.com"}},
		&network.ProxyError{Proxy: "proxy.example.com:3128", Status: "407 Proxy Authentication Required"},
	} {
		p, ok := network.Problem(&network.TransportError{Err: err}, "Microsoft")
		if !ok || p.Exit != problem.Temporary || !strings.Contains(p.What.In(i18n.English), "HTTPS_PROXY") || !strings.Contains(p.What.In(i18n.English), "proxy.example.com:3128") {
			t.Errorf("%v: %+v", err, p)
		}
	}
}

// The fault that the sandbox reproduces is the fault that is explained.
func TestEverySampleFindsItsOwnFault(t *testing.T) {
	t.Parallel()
	number := regexp.MustCompile(`^AADSTS(\d+): `)
	for _, f := range Catalogue() {
		text := sample(f, false)
		var got Fault
		switch f.Where {
		case FromSMTP:
			got = SMTP(f.Status, f.Enhanced, text)
		case OnBase:
			got = Find(text)[0].Fault
		case FromIMAP:
			got = IMAP(f.Verb, "", "", text)
		default:
			var code int
			if m := number.FindStringSubmatch(text); m != nil {
				_, _ = fmt.Sscan(m[1], &code)
			}
			got = Entra([]int{code}, "", 0)
		}
		if got.ID != f.ID {
			t.Errorf("%s: found %s", f.ID, got.ID)
		}
	}
}
