package faults

import (
	"fmt"
	"mime/quotedprintable"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

func ids(found []Found) string {
	var names []string
	for _, f := range found {
		names = append(names, f.ID)
	}
	return strings.Join(names, " ")
}

// The messages are as people post them, each with the faults expected, in order.
func TestFindInPostedMessages(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile("testdata/messages.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.Files) < 60 {
		t.Errorf("%d messages", len(archive.Files))
	}
	for _, file := range archive.Files {
		head, text, _ := strings.Cut(string(file.Data), "\n")
		want := strings.TrimSpace(strings.TrimPrefix(head, "want"))
		for name, text := range map[string]string{"": text, " with CRLF": strings.ReplaceAll(text, "\n", "\r\n"), " as UTF-16": toUTF16(text)} {
			if got := ids(Find(text)); got != want {
				t.Errorf("%s%s: found %q, want %q", file.Name, name, got, want)
			}
		}
	}
}

func TestFindNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", " ", "\n", "()", ".", "0", "200", "2.1.5", "5.", "aadsts", "AADSTS12", "AADSTS: none", "12345", "5.7.3.1", "=", "%", "&", "<", "\\"} {
		if got := Find(text); len(got) != 0 {
			t.Errorf("%q: found %s", text, ids(got))
		}
	}
}

// A code that has an entry of its own is explained by that entry, however it is typed.
func TestTypedCodeOfAnEntryIsNotExplainedByItsFamily(t *testing.T) {
	t.Parallel()
	for _, f := range Catalogue() {
		if f.Code == 0 {
			continue
		}
		n := strconv.Itoa(f.Code)
		for _, text := range []string{n, f.ID, "AADSTS" + n, "erreur " + n, "error code: " + n, "AADST" + n, "ADSTS " + n, "AADSTS " + n[:3] + " " + n[3:], strings.ReplaceAll("AADSTS"+n, "0", "O")} {
			if got := Find(text); len(got) != 1 || got[0].What.Key() != f.What.Key() {
				t.Errorf("%q: found %s", text, ids(got))
			}
		}
	}
}

// toUTF16 encodes a text as the ">" of Windows PowerShell does.
func toUTF16(s string) string {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return string(out)
}

// spoken returns the message of a fault as users see it, a mail server's with its codes.
func spoken(f Fault, french bool) string {
	text := sample(f, french)
	if f.Where == FromSMTP {
		text = fmt.Sprintf("%d %s %s", f.Status, f.Enhanced, text)
	}
	return text
}

// distortions are the changes to a message when it is copied, logged or forwarded.
var distortions = map[string]func(string) string{
	"as it is":     func(s string) string { return s },
	"upper case":   strings.ToUpper,
	"wrapped":      func(s string) string { return wrap(s, 20, "\n") },
	"quoted":       func(s string) string { return "> " + wrap(s, 30, "\n> ") },
	"quoted twice": func(s string) string { return "> > " + wrap(s, 40, "\r\n> > ") },
	"cut":          func(s string) string { return s[:min(len(s), 110)] },
	"indented":     func(s string) string { return "\t" + wrap(s, 50, "\n\t\t") },
	"French frame": func(s string) string {
		return "Désolé, un problème est survenu : « " + s + " ». ID de requête : 12"
	},
	"in an address": func(s string) string { return "https://client.fr/retour?error_description=" + url.QueryEscape(s) },
	"twice encoded": func(s string) string { return "redirect=" + url.QueryEscape("x="+url.QueryEscape(s)) },
	"JSON":          strconv.Quote,
	"ASCII JSON":    strconv.QuoteToASCII,
	"HTML": func(s string) string {
		return "<div class=\"error\"><p>" + strings.NewReplacer("'", "&#39;", `"`, "&quot;", " ", "&nbsp;", "é", "&eacute;").Replace(s) + "</p></div>"
	},
	"typographic": strings.NewReplacer("'", "’", " ", "\u00a0").Replace,
	"Latin-1": func(s string) string {
		var out []byte
		for _, r := range s {
			out = append(out, byte(r))
		}
		return string(out)
	},
	"macOS": strings.NewReplacer("é", "e\u0301", "è", "e\u0300", "à", "a\u0300", "É", "E\u0301").Replace,
	"quoted-printable": func(s string) string {
		var b strings.Builder
		w := quotedprintable.NewWriter(&b)
		_, _ = w.Write([]byte("é " + s))
		_ = w.Close()
		return b.String()
	},
}

// wrap breaks lines at spaces, as mail clients do.
func wrap(s string, width int, end string) string {
	var b strings.Builder
	column := 0
	for i, w := range strings.Split(s, " ") {
		switch {
		case i > 0 && column+len(w) > width:
			b.WriteString(end)
			column = 0
		case i > 0:
			b.WriteByte(' ')
		}
		b.WriteString(w)
		column += len(w) + 1
	}
	return b.String()
}

// A sample is found however it was wrapped, truncated, quoted and encoded, and among
// other faults.
func TestEverySampleIsFoundInDistortedText(t *testing.T) {
	t.Parallel()
	for _, f := range Catalogue() {
		for _, french := range []bool{false, true} {
			text := spoken(f, french)
			for name, distort := range distortions {
				if got := Find(distort(text)); len(got) != 1 || got[0].ID != f.ID {
					t.Errorf("%s, %s: found %q in %q", f.ID, name, ids(got), distort(text))
				}
			}
			mixed := "AADSTS50158: External security challenge was not satisfied.\n" + text + "\n550 5.7.1 Unable to relay\n"
			got := Find(mixed)
			if !slices.ContainsFunc(got, func(g Found) bool { return g.ID == f.ID }) || !slices.ContainsFunc(got, func(g Found) bool { return g.Code == 50158 }) {
				t.Errorf("%s among others: found %q", f.ID, ids(got))
			}
		}
	}
}

// listedCodes returns the codes of Microsoft's list. It is independent of the families.
func listedCodes(t *testing.T) (all []int) {
	t.Helper()
	data, err := os.ReadFile("testdata/codes.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, number := range strings.Fields(string(data)) {
		code, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, code)
	}
	if len(all) < 240 {
		t.Fatalf("%d codes", len(all))
	}
	return all
}

func TestEveryListedCodeIsExplained(t *testing.T) {
	t.Parallel()
	all := listedCodes(t)
	for _, code := range all {
		f := Entra([]int{code}, "", 0)
		if f.Code != code || f.ID != fmt.Sprintf("aadsts%d", code) {
			t.Errorf("%d: found %s", code, f.ID)
		}
		if got := ids(Find(fmt.Sprintf("AADSTS%d: words of tomorrow", code))); got != f.ID {
			t.Errorf("%d: found %q", code, got)
		}
		wellFormed(t, f)
		if again, known := Explain(f.ID); !known || again.What.Key() != f.What.Key() || !strings.Contains(f.Title().In(i18n.French), f.Name()) {
			t.Errorf("%s: known %v, title %s", f.ID, known, f.Title().In(i18n.French))
		}
	}
	for _, f := range slices.Concat(Catalogue(), Families()) {
		for _, item := range f.codes {
			code, err := strconv.Atoi(item)
			if err == nil && !slices.Contains(all, code) {
				t.Errorf("%s: %d is not in testdata/codes.txt", f.ID, code)
			}
		}
	}
}

// A code that is in no list is explained by its family, with Microsoft's own page.
func TestUnlistedCodeHasMicrosoftsPage(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"AADSTS53099: words": "aadsts53099 entra_admin", "530099": "aadsts530099 entra_admin", "AADSTS50999": "aadsts50999 entra_admin",
		"error 7000999": "aadsts7000999 entra_admin", "AADSTS8999999: words": "refused app_owner", "invalid_grant AADSTS50999: words": "invalid_grant user",
		"Code d’erreur : 53099": "aadsts53099 entra_admin", "エラー コード: 530099": "aadsts530099 entra_admin",
	} {
		got := Find(text)
		if len(got) != 1 || got[0].ID+" "+string(got[0].Who) != want {
			t.Errorf("%s: found %s", text, ids(got))
			continue
		}
		if page := errorPage + strconv.Itoa(got[0].Code); got[0].Link != page || !strings.Contains(text, strconv.Itoa(got[0].Code)) {
			t.Errorf("%s: link %s", text, got[0].Link)
		}
	}
}

// A secret next to an error in a log is not repeated.
func TestDetailShowsNoSecret(t *testing.T) {
	t.Parallel()
	token := "0.AXoA" + strings.Repeat("Zq3x", 40)
	for _, text := range []string{
		`{"error_description":"AADSTS50173: revoked","refresh_token":"` + token + `"}`,
		"AADSTS50173 revoked refresh_token=" + token,
		"error_description=AADSTS50173&refresh_token=" + token,
		"535 5.7.3 no\nAUTH XOAUTH2 " + token,
		"AADSTS7000215: wrong client_secret=" + token[:40],
		`AADSTS7000215 {"client_secret": "` + token[:40] + `"}`,
		"AADSTS50173 refresh_token%3D" + token[:40] + "x",
		"AADSTS50173: no \x1b[2J\u202e here",
	} {
		for _, f := range Find(text) {
			if strings.Contains(f.Detail, token[:40]) || strings.ContainsAny(f.Detail, "\x1b\u202e\n") {
				t.Errorf("%s shows %q", f.ID, f.Detail)
			}
		}
	}
	if got := Find("AADSTS50173: The provided grant has expired. Trace ID: 1 Correlation ID: 2"); got[0].Detail != "AADSTS50173: The provided grant has expired." {
		t.Errorf("%q", got[0].Detail)
	}
}

// A plus sign is a space in a query, but not in a mail address.
func TestDetailKeepsThePlusOfAnAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"AADSTS50105: user anna+test@client.fr is not assigned":                          "AADSTS50105: user anna+test@client.fr is not assigned",
		"AADSTS50105: <anna+test@client.fr>, 'b+c@d.fr'":                                 "AADSTS50105: <anna+test@client.fr>, 'b+c@d.fr'",
		"error_description=AADSTS50105%3A+user+anna%2Btest%40client.fr+is+not&state=x":   "AADSTS50105: user anna+test@client.fr is not",
		"error_description=AADSTS50105:+signed+in+as+anna@client.fr":                     "AADSTS50105: signed in as anna@client.fr",
		"x=error_description%3DAADSTS50105%253A%2Bsigned%2Bin%2Bas%2Banna%2540client.fr": "AADSTS50105: signed in as anna@client.fr",
	} {
		if found := Find(text); len(found) == 0 || found[0].Detail != want {
			t.Errorf("%s: %+v, want %q", text, found, want)
		}
	}
}

func FuzzFind(f *testing.F) {
	archive, err := txtar.ParseFile("testdata/messages.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range archive.Files {
		f.Add(string(file.Data))
	}
	f.Add("\xff\xfeA\x00")
	f.Add("Content-Transfer-Encoding: base64\n\n\n\nContent-Transfer-Encoding: base64\n\nQUFE")
	f.Add("=\n=\r\n=3D%25252525&#x;<\\u00")
	f.Fuzz(func(t *testing.T, text string) {
		seen := map[string]bool{}
		last := byCode
		for _, found := range Find(text) {
			if seen[found.ID] || found.ID == "" || found.What.IsZero() || found.rank < last {
				t.Errorf("%q twice, empty or out of order", found.ID)
			}
			seen[found.ID], last = true, found.rank
			if strings.ContainsAny(found.Detail, "\n\r\x1b") {
				t.Errorf("%q", found.Detail)
			}
		}
		if !strings.HasPrefix(text, "\xff\xfe") && !strings.HasPrefix(text, "\xfe\xff") && !strings.Contains(ids(Find(text+"\n\nAADSTS50105")), "aadsts50105") {
			t.Errorf("AADSTS50105 is not found behind %q", text)
		}
	})
}

func BenchmarkFindMegabyte(b *testing.B) {
	const line = "2026-03-03 08:14:22,101 4211 INFO mabase odoo.addons.mail.models.mail_mail: Mail with ID 50105 and Message-Id <a.5.7.b@mabase> sent in 535 ms\n"
	const busy = `{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys are expired.","error_codes":[7000222]} 535 5.7.3 no` + "\n"
	for name, text := range map[string]string{
		"quiet": strings.Repeat(line, 1<<20/len(line)) + "AADSTS7000222: expired\n535 5.7.3 no\n",
		"busy":  strings.Repeat(busy, 1<<20/len(busy)),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if got := ids(Find(text)); got != "aadsts7000222 535-5.7.3" {
					b.Fatal(got)
				}
			}
		})
	}
}
