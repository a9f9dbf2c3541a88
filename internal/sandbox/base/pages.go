package base

import (
	"cmp"
	_ "embed"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"github.com/openfire-fr/openfire-o365/azure/faults"
)

//go:embed login.html
var loginHTML string

//go:embed refusal.html
var refusalHTML string

var (
	loginPage   = sync.OnceValue(func() *template.Template { return parse("login", loginHTML) })
	refusalPage = sync.OnceValue(func() *template.Template { return parse("refusal", refusalHTML) })
)

func parse(name, text string) *template.Template {
	return template.Must(template.New(name).Parse(text))
}

// showLogin writes the login page with a message.
func showLogin(w http.ResponseWriter, r *http.Request, message string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'")
	_ = loginPage().Execute(w, map[string]any{
		"French": inFrench(r),
		"Code":   message == "" && strings.Contains(r.URL.Query().Get("redirect"), "code="),
		"Text":   message, "Login": Admin, "Password": AdminPassword,
	})
}

// showFault writes a refusal in the base's own words. The one that forbids has
// its status, the others are ordinary pages or dialogues.
func showFault(w http.ResponseWriter, r *http.Request, f faults.Fault) {
	french := inFrench(r)
	text := f.Sample
	if french {
		text = cmp.Or(f.SampleFR, f.Sample)
	}
	text = strings.NewReplacer("{user}", "autre@client.fr", "{from}", "compta@client.fr").Replace(text)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	if f.ID == "base-forbidden" {
		w.WriteHeader(http.StatusForbidden)
	}
	_ = refusalPage().Execute(w, map[string]any{"French": french, "Text": text})
}

// inFrench reports whether the base answers in French: unless the browser
// prefers English.
func inFrench(r *http.Request) bool {
	return !strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en")
}

// icon writes the smallest PNG: one transparent dot.
func icon(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write([]byte("\x89PNG\r\n\x1a\n" +
		"\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89" +
		"\x00\x00\x00\rIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"))
}
