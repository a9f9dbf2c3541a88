package oauthflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Listener receives the browser's callback on the loopback interface (RFC 8252
// section 7.3).
type Listener struct {
	port   int
	path   string
	page   func(ok bool) []byte
	server *http.Server
	hits   chan hit
	over   chan struct{} // closed once a callback was accepted
	taken  *Callback     // set before over is closed

	mu   sync.Mutex
	idle []net.Conn // connections without a request so far, oldest first
}

// hit is a request for the redirect URI, and the channel for its verdict.
type hit struct {
	request *http.Request
	verdict chan *Callback // nil if refused
}

// maxIdle is how many connections without a request may stay open. The oldest is
// closed first, so that they cannot block the browser.
const maxIdle = 32

// Listen listens on the same port of 127.0.0.1 and ::1, because a browser may
// resolve localhost to either, and a program on the port of the other address would
// receive the code. Without IPv6 it listens on 127.0.0.1 only. page returns the
// last page for the browser. An empty path is for a redirect URI without a path,
// like that of Microsoft's public clients.
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
		l.server = &http.Server{Handler: http.HandlerFunc(l.handle), ConnState: l.watch,
			ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 5 * time.Second, MaxHeaderBytes: 16 << 10,
			ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
		go func() { _ = l.server.Serve(four) }()
		if six != nil {
			go func() { _ = l.server.Serve(six) }()
		}
		return l, nil
	}
	return nil, fmt.Errorf("listen on 127.0.0.1 and ::1: %w", last)
}

// noIPv6 reports whether this machine has no IPv6 loopback address.
func noIPv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return true
	}
	_ = l.Close()
	return false
}

// RedirectURI returns the redirect URI for the authorization request.
func (l *Listener) RedirectURI() string {
	return "http://localhost:" + strconv.Itoa(l.port) + l.path
}

// CloseAfter closes the listener. If a callback was accepted, it answers for the
// time d after the last page: a link scanner may have requested the address before
// the browser does, which then gets the same page.
func (l *Listener) CloseAfter(d time.Duration) {
	select {
	case <-l.over:
		go func() {
			l.taken.Wait()
			time.AfterFunc(d, func() { _ = l.Close() })
		}()
	default:
		_ = l.Close()
	}
}

// Close closes the listener and its connections.
func (l *Listener) Close() error { return l.server.Close() }

// Wait returns the callback from the browser or from a pasted address, whichever
// comes first. For any other pasted text it calls refused with the error and
// continues. A nil Listener accepts pasted addresses only. If the authorization
// server returned an error, Wait returns that *Error.
func (l *Listener) Wait(ctx context.Context, s *AuthRequest, pasted <-chan string,
	refused func(error)) (*Callback, error) {
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
			if _, refusal := errors.AsType[*Error](err); err == nil || refusal {
				l.take(back)
				return back, err
			}
			refused(err)
		case h := <-hits:
			back, err := s.parseCallback(h.request.URL.Query())
			_, refusal := errors.AsType[*Error](err)
			if err != nil && !refusal {
				h.verdict <- nil
				continue
			}
			if refusal {
				back = &Callback{request: s, ended: make(chan struct{})}
			}
			back.join()
			l.take(back)
			h.verdict <- back
			if refusal {
				back.Finish(false)
				back.Wait() // let the browser get its page before the port closes
				return nil, err
			}
			return back, nil
		}
	}
}

// take stores the accepted callback. A reload, a second tab with the same request,
// or the browser after a link scanner gets the same page, without another exchange.
func (l *Listener) take(back *Callback) {
	if l != nil && back != nil {
		l.taken = back
		close(l.over)
	}
}

// handle accepts only GET requests for the listener's path and host name. Its
// answers contain nothing from the request.
func (l *Listener) handle(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	switch {
	case !l.isHost(r.Host):
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

// isHost reports whether a Host header names this listener. It does not in a
// request from a page whose name resolves to 127.0.0.1 (DNS rebinding).
func (l *Listener) isHost(host string) bool {
	name, port, err := net.SplitHostPort(host)
	return err == nil && port == strconv.Itoa(l.port) && (name == "localhost" || name == "127.0.0.1" || name == "::1")
}

// verdict returns the callback of a request, or the one accepted before, or nil if
// the request is refused. joined reports that Callback.Wait waits for the page of
// this request.
func (l *Listener) verdict(r *http.Request) (back *Callback, joined bool) {
	h := hit{r, make(chan *Callback)}
	select {
	case l.hits <- h:
		back = <-h.verdict
		return back, back != nil
	case <-l.over:
		if l.taken.request.matchesState(r.URL.Query()) {
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
	case <-r.Context().Done():
		return
	}
	page := l.page(back.ok)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// With a Content-Length, the page is complete after Flush: the program may end
	// before the server sends the final chunk.
	w.Header().Set("Content-Length", strconv.Itoa(len(page)))
	w.Header().Set("Connection", "close")
	_, _ = w.Write(page)
	_ = http.NewResponseController(w).Flush()
}

// watch closes the oldest connection without a request if there are more than
// maxIdle.
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
		l.idle = slices.DeleteFunc(l.idle, func(held net.Conn) bool { return held == c })
	}
}
