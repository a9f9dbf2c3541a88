// Package base is the sandbox's OpenFire base: the routes that tell, with
// nobody logged in, whether the Outlook module is there and which Odoo it is.
// Of Microsoft it knows only what a base says when the two do not get on.
package base

import (
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// Base answers as one version of Odoo does.
type Base struct {
	Odoo   string // "16.0"
	Module bool   // the Outlook module is installed
}

// Handler routes as Odoo's controllers do.
func (b Base) Handler() http.Handler {
	mux := http.NewServeMux()
	major := openfire.Major(b.Odoo)
	mux.HandleFunc("GET /web/login", b.login)
	mux.HandleFunc("POST /web/webclient/version_info", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{"server_version": b.Odoo, "server_version_info": []any{major, 0, 0, "final", 0, ""}, "server_serie": b.Odoo, "protocol_version": 1})
	})
	if major >= 16 {
		mux.HandleFunc("POST /openfire/version", func(w http.ResponseWriter, _ *http.Request) { reply(w, map[string]any{"version": b.Odoo + ".1"}) })
	}
	if b.Module {
		mux.HandleFunc("GET "+openfire.ConfirmPath, b.protected)
		if major >= 19 {
			mux.HandleFunc("GET /microsoft_outlook/iap_confirm", b.protected)
		}
		if major >= 16 {
			mux.HandleFunc("GET /microsoft_outlook/static/description/icon.png", icon)
		}
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/web/login", http.StatusSeeOther) })
	return mux
}

// protected sends whoever is not logged in to the login page: with 302 and the
// whole address until Odoo 14, with 303 from 15, with the path only from 16.
func (b Base) protected(w http.ResponseWriter, r *http.Request) {
	if f, ok := azure.FaultByID(r.URL.Query().Get("fault")); ok && f.Where == azure.OnBase {
		refuse(w, r, f)
		return
	}
	major := openfire.Major(b.Odoo)
	status, back := http.StatusSeeOther, r.URL.Path+"?"+r.URL.RawQuery
	if major < 16 {
		back = "https://" + r.Host + strings.TrimSuffix(back, "?")
	}
	if major < 15 {
		status = http.StatusFound
	}
	http.Redirect(w, r, "/web/login?redirect="+url.QueryEscape(back), status)
}

// reply is a JSON-RPC answer.
func reply(w http.ResponseWriter, result any) {
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": nil, "result": result})
	if err != nil {
		http.Error(w, "internal", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// icon is the smallest PNG: one transparent dot.
func icon(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"))
}

var refusalPage = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("refusal").Parse(`<!doctype html>
<html lang="{{if .French}}fr{{else}}en{{end}}">
<head><meta charset="utf-8"><title>OpenFire - SANDBOX</title>
<style>:root { color-scheme: light dark; } body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }</style></head>
<body>
<p><strong>SANDBOX</strong></p>
<p>{{.Text}}</p>
</body>
</html>
`))
})

// refuse shows a refusal in the base's own words; the one that forbids comes
// with its status, the others are ordinary pages or dialogues.
func refuse(w http.ResponseWriter, r *http.Request, f azure.Fault) {
	values := []string{"{user}", "autre@client.fr", "{from}", "compta@client.fr"}
	french := inFrench(r)
	text := f.Play(values...)
	if french {
		text = f.PlayFR(values...)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	if f.ID == "base-forbidden" {
		w.WriteHeader(http.StatusForbidden)
	}
	_ = refusalPage().Execute(w, map[string]any{"French": french, "Text": text})
}

// inFrench: the base speaks French unless the browser prefers English.
func inFrench(r *http.Request) bool {
	return !strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en")
}

var loginPage = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("login").Parse(`<!doctype html>
<html lang="{{if .French}}fr{{else}}en{{end}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{if .French}}Connexion{{else}}Log in{{end}} - OpenFire - SANDBOX</title>
<style>
:root { color-scheme: light dark; --page: #f3f4f6; --card: #fff; --text: #1b1d21; --line: #8b929c; --note: #fdf1d8; --on-note: #5a3a00; }
@media (prefers-color-scheme: dark) { :root { --page: #15171a; --card: #1f2226; --text: #eceef1; --line: #767d87; --note: #3a2a0a; --on-note: #f6dfa8; } }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; background: var(--page); color: var(--text); }
.sandbox { margin: 0; padding: .5rem 1rem; text-align: center; font-size: .9rem; background: var(--note); color: var(--on-note); border-bottom: 1px solid; }
main { max-width: 30rem; margin: 2.5rem auto; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; } p:last-child { margin-bottom: 0; }
@media (max-width: 32rem) { main { margin: 1rem; padding: 1.25rem; } }
</style>
</head>
<body>
<p class="sandbox"><strong>SANDBOX</strong> · {{if .French}}Base OpenFire simulée par openfire-o365, sur cette machine. Rien n'est réel.{{else}}OpenFire base simulated by openfire-o365, on this machine. Nothing is real.{{end}}</p>
<main>
<h1>OpenFire</h1>
{{if .Code}}<p>{{if .French}}La connexion chez Microsoft est faite. Copiez toute l'adresse de cette page et collez-la dans openfire-o365.{{else}}The sign-in at Microsoft is done. Copy the whole address of this page and paste it into openfire-o365.{{end}}</p>
{{end}}<p>{{if .French}}Ici, une vraie base demanderait de se connecter.{{else}}Here a real base would ask to log in.{{end}}</p>
</main>
</body>
</html>
`))
})

func (b Base) login(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_ = loginPage().Execute(w, map[string]bool{
		"French": inFrench(r),
		"Code":   strings.Contains(r.URL.Query().Get("redirect"), "code="),
	})
}
