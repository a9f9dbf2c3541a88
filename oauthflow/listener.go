package oauthflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Listener waits on this machine's loopback address for the browser to come
// back (RFC 8252 section 7.3).
type Listener struct {
	port   int
	path   string
	page   func(ok bool) []byte
	server *http.Server
	hits   chan hit
	over   chan struct{} // closed once a return was taken
	taken  *Callback     // set before over is closed

	mu   sync.Mutex
	idle []net.Conn // connections that have not asked anything yet, oldest first
}

// hit is a request at the right path, and where its verdict goes.
type hit struct {
	request *http.Request
	verdict chan *Callback // nil: refused
}

// maxIdle is how many silent connections are held; the oldest goes first, so
// that nobody can keep the browser out by sitting on the port.
const maxIdle = 32

// Listen listens on one port of 127.0.0.1 and ::1. A browser may resolve
// localhost to either, so the same port is needed on both: another program on
// [::1] would be handed the code. Where there is no IPv6, IPv4 is enough. page
// gives the last page the browser shows. An empty path is for a redirect URI
// that has none, as well-known public clients do.
func Listen(path string, page func(ok bool) []byte) (*Listener, error) {
	var last error
	for range 20 {
		four, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("listen: %w", err)
		}
		port := four.Addr().(*net.TCPAddr).Port
		six, err := net.Listen("tcp6", net.JoinHostPort("::1", strconv.Itoa(port)))
		if err != nil && !noIPv6() {
			_ = four.Close()
			last = err
			continue
		}
		l := &Listener{port: port, path: path, page: page, hits: make(chan hit), over: make(chan struct{})}
		l.server = &http.Server{Handler: http.HandlerFunc(l.handle), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 5 * time.Second,
			MaxHeaderBytes: 16 << 10, ConnState: l.watch, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
		go func() { _ = l.server.Serve(four) }()
		if six != nil {
			go func() { _ = l.server.Serve(six) }()
		}
		return l, nil
	}
	return nil, fmt.Errorf("listen on 127.0.0.1 and ::1: %w", last)
}

// noIPv6 reports that this machine has no IPv6 loopback at all.
func noIPv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return true
	}
	_ = l.Close()
	return false
}

// RedirectURI is the address the browser must be sent back to.
func (l *Listener) RedirectURI() string {
	return "http://localhost:" + strconv.Itoa(l.port) + l.path
}

// End lets no further browser in, answers those that have come as long as ctx
// lasts, and closes.
func (l *Listener) End(ctx context.Context) {
	_ = l.server.Shutdown(ctx)
	_ = l.server.Close()
}

// Close ends the listener and what it still holds.
func (l *Listener) Close() error { return l.server.Close() }

// Wait returns whichever comes first: the browser's return, or a pasted
// address that is good; refused hears of the others, and the wait goes on. A
// nil Listener takes pasted addresses only. Microsoft's refusal is an *Error.
func (l *Listener) Wait(ctx context.Context, s *AuthRequest, pasted <-chan string, refused func(error)) (*Callback, error) {
	var hits chan hit
	if l != nil {
		hits = l.hits
	}
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case text := <-pasted:
			back, err := s.Parse(text)
			var said *Error
			if err == nil || errors.As(err, &said) {
				l.take(back)
				return back, err
			}
			refused(err)
		case h := <-hits:
			back, err := s.parseCallback(h.request.URL.Query())
			var said *Error
			switch {
			case err == nil:
				back.join()
				l.take(back)
				h.verdict <- back
				return back, nil
			case errors.As(err, &said):
				failed := &Callback{signIn: s, ended: make(chan struct{})}
				failed.join()
				failed.Finish(false)
				l.take(failed)
				h.verdict <- failed
				failed.Wait() // the browser is told before the port goes away
				return nil, err
			}
			h.verdict <- nil
		}
	}
}

// take remembers what was taken: a reload, a scanner that was faster than the
// browser, or another tab of the same sign-in gets its page and no exchange of
// its own.
func (l *Listener) take(back *Callback) {
	if l != nil && back != nil {
		l.taken = back
		close(l.over)
	}
}

// handle lets only the browser's return through: right path, GET, our own
// name. It repeats nothing of what it was sent.
func (l *Listener) handle(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	switch {
	case !l.ours(r.Host):
		http.Error(w, "misdirected", http.StatusMisdirectedRequest)
	case r.URL.Path != cmp.Or(l.path, "/") || r.URL.IsAbs():
		http.Error(w, "not found", http.StatusNotFound)
	case r.Method != http.MethodGet:
		header.Set("Allow", http.MethodGet)
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	default:
		l.callback(w, r)
	}
}

// ours reports a Host header that names this listener: a page elsewhere that
// has its own name resolve to 127.0.0.1 does not.
func (l *Listener) ours(host string) bool {
	name, port, err := net.SplitHostPort(host)
	return err == nil && port == strconv.Itoa(l.port) && (name == "localhost" || name == "127.0.0.1" || name == "::1")
}

// verdict is the return that a request brings, or comes too late after; nil
// when it is refused. joined: its page is waited for.
func (l *Listener) verdict(r *http.Request) (back *Callback, joined bool) {
	h := hit{r, make(chan *Callback)}
	select {
	case l.hits <- h:
		back = <-h.verdict
		return back, back != nil
	case <-l.over:
		if l.taken.signIn.matchesState(r.URL.Query()) {
			return l.taken, l.taken.join()
		}
	case <-r.Context().Done():
	}
	return nil, false
}

func (l *Listener) callback(w http.ResponseWriter, r *http.Request) {
	back, joined := l.verdict(r)
	if back == nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	if joined {
		defer back.served.Done()
	}
	select {
	case <-back.ended:
	case <-time.After(40 * time.Second): // the exchange has its own limit below this
	case <-r.Context().Done():
		return
	}
	page := l.page(false)
	select {
	case <-back.ended:
		page = l.page(back.ok)
	default:
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(page))) // whole with the flush: the program may end before the server adds a last chunk
	w.Header().Set("Connection", "close")
	_, _ = w.Write(page)
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}

// watch counts connections that say nothing and closes the oldest.
func (l *Listener) watch(c net.Conn, state http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch state {
	case http.StateNew, http.StateIdle:
		if l.idle = append(l.idle, c); len(l.idle) > maxIdle {
			_ = l.idle[0].Close()
			l.idle = l.idle[1:]
		}
	default:
		for i, held := range l.idle {
			if held == c {
				l.idle = append(l.idle[:i], l.idle[i+1:]...)
				break
			}
		}
	}
}
