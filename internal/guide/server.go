package guide

import (
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"html"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Server serves the guide to browsers on this machine. It listens only on the
// loopback address, on a random port and below a random path. The only input that it
// accepts is the address of the last page of a sign-in, during Await.
type Server struct {
	host   string // expected Host header
	path   string // "/" and a random string
	server *http.Server
	values *atomic.Pointer[Values]
	paste  atomic.Pointer[Paste]
}

// Paste accepts the address of the last page of a sign-in. It returns a
// *problem.Problem if the address is invalid, and any other error if the sign-in has
// ended.
type Paste func(address string) error

// maxAddress is the maximum length of an address in bytes. Authorization codes have
// up to 2,000 characters.
const maxAddress = 16 << 10

// Serve serves the guide until Close. The values may be replaced at any time.
func Serve(values *atomic.Pointer[Values]) (*Server, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s := &Server{host: l.Addr().String(), path: "/" + rand.Text(), values: values}
	s.server = &http.Server{
		Handler:           http.HandlerFunc(s.handle),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: 30 * time.Second,
		MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	go func() { _ = s.server.Serve(l) }()
	return s, nil
}

// Await lets the sign-in page accept an address until over is called.
func (s *Server) Await(p Paste) (over func()) {
	s.paste.Store(&p)
	return func() { s.paste.CompareAndSwap(&p, nil) }
}

// Address returns the address of a page in one language.
func (s *Server) Address(l i18n.Lang, page string) string {
	return "http://" + s.host + s.path + "/" + string(written(l)) + "/" + page
}

// Close stops the server and closes its connections.
func (s *Server) Close() error { return s.server.Close() }

// handle answers requests of a browser on this machine. It rejects other host names
// (DNS rebinding), other paths, and requests caused by other sites.
func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	nonce := rand.Text()
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+nonce+"'; script-src 'nonce-"+nonce+
		"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin") // with no-referrer browsers send the form with "Origin: null"
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	page, found := s.find(r.URL.Path)
	page.Nonce = nonce
	switch {
	case r.Host != s.host:
		http.Error(w, "misdirected", http.StatusMisdirectedRequest)
	case !s.sameOrigin(r):
		http.Error(w, "forbidden", http.StatusForbidden)
	case !found:
		http.Error(w, "not found", http.StatusNotFound)
	case r.Method == http.MethodGet:
		show(w, page)
	case r.Method == http.MethodPost && page.Paste != nil:
		s.receive(w, r, page)
	default:
		h.Set("Allow", http.MethodGet)
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	}
}

// sameOrigin reports whether no other site caused the request, from the headers that
// browsers send. A POST always has an Origin header.
func (s *Server) sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "none" && site != "same-origin" {
		return false
	}
	origin := r.Header.Get("Origin")
	return origin == "http://"+s.host || origin == "" && r.Method != http.MethodPost
}

// find returns the page for a path.
func (s *Server) find(path string) (v view, found bool) {
	rest, below := strings.CutPrefix(path, s.path+"/")
	language, id, _ := strings.Cut(rest, "/")
	v.Lang = i18n.Lang(language)
	if !below || v.Lang != written(v.Lang) {
		return view{}, false
	}
	v.Pages = Pages(v.Lang, *s.values.Load())
	v.Number = slices.IndexFunc(v.Pages, func(p Page) bool { return p.ID == id })
	if id == SignIn && s.paste.Load() != nil {
		v.Paste = &pasteView{}
	}
	return v, v.Number >= 0
}

func show(w http.ResponseWriter, v view) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = pageTemplate(v.Lang).Execute(w, v) // fails if the browser has closed the connection
}

// receive passes an address to Paste. It never shows the address, which contains an
// authorization code.
func (s *Server) receive(w http.ResponseWriter, r *http.Request, v view) {
	r.Body = http.MaxBytesReader(w, r.Body, maxAddress)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	v.Paste = nil
	if paste := s.paste.Load(); paste != nil {
		err := (*paste)(sanitize.Pasted(r.PostForm.Get("address")))
		v.Paste = &pasteView{answer(err).In(v.Lang), err != nil}
	}
	show(w, v)
}

// answer returns the message for the result of Paste.
func answer(err error) i18n.Text {
	var prob *problem.Problem
	switch {
	case err == nil:
		return i18n.T("Address received. Go back to the openfire-o365 window.")
	case errors.As(err, &prob):
		return i18n.T("%s %s", prob.What, prob.Do)
	default:
		return i18n.T("openfire-o365 is no longer waiting for this address.")
	}
}

//go:embed page.html
var pageHTML string

//go:embed drawing.css
var drawingCSS string

// view is the data of the page template.
type view struct {
	Lang   i18n.Lang
	Nonce  string // of the style and the script, for the Content-Security-Policy
	Pages  []Page
	Number int        // index of the shown page in Pages
	Paste  *pasteView // nil: no Await
}

// pasteView is the form for the address of the last page of a sign-in.
type pasteView struct {
	Message string // about the submitted address; may be empty
	Refused bool
}

// Page returns the shown page.
func (v view) Page() Page { return v.Pages[v.Number] }

// Beside returns the page at that distance from the shown one, nil if there is none.
func (v view) Beside(pages int) *Page {
	if n := v.Number + pages; n >= 0 && n < len(v.Pages) {
		return &v.Pages[n]
	}
	return nil
}

// pageTemplate returns the template of a page in one language.
func pageTemplate(l i18n.Lang) *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"T": i18n.Func(l), "bold": bold,
		"next": func(i int) int { return i + 1 },
		"css":  func() template.CSS { return template.CSS(drawingCSS) },
	}).Parse(pageHTML))
}

// bold returns a text as HTML, with the parts between ** in bold.
func bold(s string) template.HTML {
	return template.HTML(boldParts.ReplaceAllString(html.EscapeString(s), "<strong>$1</strong>"))
}

var boldParts = regexp.MustCompile(`\*\*(.*?)\*\*`)
