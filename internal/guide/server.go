package guide

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Server shows the guide to the browser of this machine: on loopback only, at a
// port and below a path that nobody can guess. It changes nothing; the one thing
// it takes is the address of a sign-in's last page, while somebody waits for it.
type Server struct {
	host   string // name and port, as the browser must call it
	path   string // "/" and what cannot be guessed
	server *http.Server
	values atomic.Pointer[Values]
	paste  atomic.Pointer[Paste]
}

// Paste takes the address of a sign-in's last page, or says why it will not do.
type Paste func(address string) error

// maxAddress is the length of an address that is taken; codes have up to 2,000
// characters.
const maxAddress = 16 << 10

// Serve starts to serve, until Close.
func Serve(v Values) (*Server, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s := &Server{host: l.Addr().String(), path: "/" + rand.Text()}
	s.Show(v)
	s.server = &http.Server{Handler: http.HandlerFunc(s.handle), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: 30 * time.Second,
		MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() { _ = s.server.Serve(l) }()
	return s, nil
}

// Show gives the pages newer values.
func (s *Server) Show(v Values) { s.values.Store(&v) }

// Await has the sign-in's page take an address until the wait is over.
func (s *Server) Await(p Paste) (over func()) {
	s.paste.Store(&p)
	return func() { s.paste.CompareAndSwap(&p, nil) }
}

// Address is where a page is, in one language.
func (s *Server) Address(l i18n.Lang, page string) string {
	return "http://" + s.host + s.path + "/" + string(l) + "/" + page
}

// Close ends the server and what it still holds.
func (s *Server) Close() error { return s.server.Close() }

// handle lets through what the browser of this machine asks by itself: our own
// name (against DNS rebinding), our own path, no other site's doing.
func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	nonce := rand.Text()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+nonce+"'; script-src 'nonce-"+nonce+"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin") // without one a browser calls our own form's origin null
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	l, page, found := s.asked(r)
	switch {
	case r.Host != s.host:
		http.Error(w, "misdirected", http.StatusMisdirectedRequest)
	case !s.own(r):
		http.Error(w, "forbidden", http.StatusForbidden)
	case !found:
		http.Error(w, "not found", http.StatusNotFound)
	case r.Method == http.MethodGet:
		s.show(w, l, page, nonce, nil)
	case r.Method == http.MethodPost && s.takes(page):
		s.take(w, r, l, page, nonce)
	default:
		h.Set("Allow", http.MethodGet)
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	}
}

// own reports a request that no other site has caused: browsers say who does.
// What is sent must come from our own page; a browser always names it then.
func (s *Server) own(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "none" && site != "same-origin" {
		return false
	}
	origin := r.Header.Get("Origin")
	return origin == "http://"+s.host || origin == "" && r.Method != http.MethodPost
}

// asked is the page of a path, and its language.
func (s *Server) asked(r *http.Request) (l i18n.Lang, page int, found bool) {
	rest, ours := strings.CutPrefix(r.URL.Path, s.path+"/")
	language, id, _ := strings.Cut(rest, "/")
	page = slices.IndexFunc(Pages(*s.values.Load()), func(p Page) bool { return p.ID == id })
	l = i18n.Lang(language)
	return l, page, ours && page >= 0 && (l == i18n.French || l == i18n.English)
}

// takes: the page takes an address now.
func (s *Server) takes(page int) bool {
	return s.paste.Load() != nil && Pages(*s.values.Load())[page].ID == SignIn
}

func (s *Server) show(w http.ResponseWriter, l i18n.Lang, page int, nonce string, said *pasteView) {
	if said == nil && s.takes(page) {
		said = box(l)
	}
	var b bytes.Buffer
	if err := write(&b, l, *s.values.Load(), page, nonce, said); err != nil {
		http.Error(w, "the page cannot be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	_, _ = w.Write(b.Bytes())
}

// box is the empty box.
func box(l i18n.Lang) *pasteView {
	return &pasteView{
		Title: i18n.T("Paste the last page's address").In(l),
		Label: i18n.T("If the browser has stopped on a page of your base, its whole address:").In(l),
		Send:  i18n.T("Send to openfire-o365").In(l),
	}
}

// take hands an address on. It is a code that is good once: it is repeated
// nowhere.
func (s *Server) take(w http.ResponseWriter, r *http.Request, l i18n.Lang, page int, nonce string) {
	r.Body = http.MaxBytesReader(w, r.Body, maxAddress)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	said := box(l)
	paste := s.paste.Load()
	if paste == nil {
		s.show(w, l, page, nonce, nil)
		return
	}
	err := (*paste)(sanitize.Pasted(r.PostForm.Get("address")))
	var prob *problem.Problem
	switch {
	case err == nil:
		said.Label, said.Class = "", "good"
		said.Said = i18n.T("The address has arrived. Go back to the openfire-o365 window.").In(l)
	case errors.As(err, &prob):
		said.Class, said.Said = "bad", i18n.T("%s %s", prob.What, prob.Do).In(l)
	default:
		said.Class, said.Said = "bad", i18n.T("Nobody waits for this address any more.").In(l)
	}
	s.show(w, l, page, nonce, said)
}
