package base

import (
	"cmp"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"github.com/openfire-fr/openfire-o365/azure/faults"
)

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
func refuse(w http.ResponseWriter, r *http.Request, f faults.Fault) {
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

// inFrench: the base speaks French unless the browser prefers English.
func inFrench(r *http.Request) bool {
	return !strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en")
}
