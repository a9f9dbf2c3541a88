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

// Server shows the guide to browsers of this machine: it listens on loopback
// only, at a random port and below a random path. It changes nothing. The one
// thing it accepts is the address of a sign-in's last page, while that is awaited.
type Server struct {
	host   string // name and port, as a browser must call it
	path   string // "/" and a random text
	server *http.Server
	values *atomic.Pointer[Values]
	paste  atomic.Pointer[Paste]
}

// Paste takes the address of a sign-in's last page. Its error says why the
// address is refused: a *problem.Problem is shown, any other error means that
// the sign-in is over.
type Paste func(address string) error

// maxAddress is the longest address that is read, in bytes. Authorization codes
// have up to 2,000 characters.
const maxAddress = 16 << 10

// Serve serves the guide with these values, which may be replaced at any time,
// until Close.
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

// Await lets the sign-in's page take an address until over is called.
func (s *Server) Await(p Paste) (over func()) {
	s.paste.Store(&p)
	return func() { s.paste.CompareAndSwap(&p, nil) }
}

// Address returns the address of a page in one language.
func (s *Server) Address(l i18n.Lang, page string) string {
	return "http://" + s.host + s.path + "/" + string(written(l)) + "/" + page
}

// Close ends the server and its connections.
func (s *Server) Close() error { return s.server.Close() }

// handle answers requests that a browser of this machine makes by itself: for
// our own host name (against DNS rebinding), below our own path, and not caused
// by another site.
func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	nonce := rand.Text()
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+nonce+"'; script-src 'nonce-"+nonce+
		"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin") // with no-referrer a browser sends our own form with the origin null
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

// sameOrigin reports a request that no other site has caused: browsers say
// which site did. With a POST they always name the page that it comes from.
func (s *Server) sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "none" && site != "same-origin" {
		return false
	}
	origin := r.Header.Get("Origin")
	return origin == "http://"+s.host || origin == "" && r.Method != http.MethodPost
}

// find returns the page at a path.
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
	_ = pageTemplate(v.Lang).Execute(w, v) // fails where the browser has gone
}

// receive passes an address on. It holds an authorization code, so it is
// repeated nowhere.
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

// answer is what is said about an address that Paste took or refused.
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

// view is what the template shows: one page, and the way to the others.
type view struct {
	Lang   i18n.Lang
	Nonce  string // of the style and the script, for the Content-Security-Policy
	Pages  []Page
	Number int        // of the page among Pages, from 0
	Paste  *pasteView // nil: no address is awaited
}

// pasteView is the box for the address of a sign-in's last page.
type pasteView struct {
	Message string // about the address that was sent; "": none was
	Refused bool
}

// Page is the page that is shown.
func (v view) Page() Page { return v.Pages[v.Number] }

// Beside returns the page that many pages further, nil where there is none.
func (v view) Beside(pages int) *Page {
	if n := v.Number + pages; n >= 0 && n < len(v.Pages) {
		return &v.Pages[n]
	}
	return nil
}

// pageTemplate returns the page in one language.
func pageTemplate(l i18n.Lang) *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"T": i18n.Func(l), "bold": bold,
		"next": func(i int) int { return i + 1 },
		"css":  func() template.CSS { return template.CSS(drawingCSS) },
	}).Parse(pageHTML))
}

// bold returns a text as HTML, with the parts between two ** in bold.
func bold(s string) template.HTML {
	return template.HTML(boldParts.ReplaceAllString(html.EscapeString(s), "<strong>$1</strong>"))
}

var boldParts = regexp.MustCompile(`\*\*(.*?)\*\*`)
