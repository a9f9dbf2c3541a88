package guide

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

func serve(t *testing.T) *Server {
	t.Helper()
	var values atomic.Pointer[Values]
	v := Example()
	values.Store(&v)
	s, err := Serve(&values)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// ask sends one request after change has modified it.
func ask(t *testing.T, method, address, body string, change func(*http.Request)) (status int, header http.Header, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if change != nil {
		change(r)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(all)
}

func set(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func TestPagesAreServedInBothLanguagesWithAStrictPolicy(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for _, l := range []i18n.Lang{i18n.French, i18n.English} {
		for _, p := range Pages(l, Example()) {
			status, header, text := ask(t, http.MethodGet, s.Address(l, p.ID), "", set("Sec-Fetch-Site", "none"))
			if status != http.StatusOK || !strings.Contains(text, `<html lang="`+string(l)+`">`) ||
				strings.Contains(text, "<form") {
				t.Errorf("%s: %d\n%s", p.ID, status, text)
			}
			csp := header.Get("Content-Security-Policy")
			for _, want := range []string{
				"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'",
			} {
				if !strings.Contains(csp, want) {
					t.Errorf("the policy is %q", csp)
				}
			}
			if strings.Contains(csp, "unsafe") || header.Get("Cache-Control") != "no-store" ||
				header.Get("X-Content-Type-Options") != "nosniff" ||
				header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("headers %v", header)
			}
		}
	}
	v := Example()
	v.Mailbox = "info@ailleurs.fr"
	s.values.Store(&v)
	if _, _, text := ask(t, http.MethodGet, s.Address(i18n.French, SignIn), "", nil); !strings.Contains(text, "info@ailleurs.fr") {
		t.Error("the newer mailbox is not shown")
	}
}

func TestRequestsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	good := s.Address(i18n.French, SignIn)
	_, port, _ := net.SplitHostPort(s.host)
	for name, c := range map[string]struct {
		method, address string
		change          func(*http.Request)
		want            int
	}{
		"another name":             {http.MethodGet, good, func(r *http.Request) { r.Host = "attacker.example:" + port }, http.StatusMisdirectedRequest},
		"localhost":                {http.MethodGet, good, func(r *http.Request) { r.Host = "localhost:" + port }, http.StatusMisdirectedRequest},
		"no port":                  {http.MethodGet, good, func(r *http.Request) { r.Host = "127.0.0.1" }, http.StatusMisdirectedRequest},
		"the root":                 {http.MethodGet, "http://" + s.host + "/", nil, http.StatusNotFound},
		"no secret":                {http.MethodGet, "http://" + s.host + "/fr/" + SignIn, nil, http.StatusNotFound},
		"a guess":                  {http.MethodGet, strings.Replace(good, s.path, "/"+strings.Repeat("A", len(s.path)-1), 1), nil, http.StatusNotFound},
		"another page":             {http.MethodGet, good + "s", nil, http.StatusNotFound},
		"another language":         {http.MethodGet, strings.Replace(good, "/fr/", "/de/", 1), nil, http.StatusNotFound},
		"a link elsewhere":         {http.MethodGet, good, set("Sec-Fetch-Site", "cross-site"), http.StatusForbidden},
		"another port":             {http.MethodGet, good, set("Sec-Fetch-Site", "same-site"), http.StatusForbidden},
		"another origin":           {http.MethodGet, good, set("Origin", "https://attacker.example"), http.StatusForbidden},
		"POST":                     {http.MethodPost, good, set("Origin", "http://"+s.host), http.StatusMethodNotAllowed},
		"PUT":                      {http.MethodPut, good, nil, http.StatusMethodNotAllowed},
		"POST from another origin": {http.MethodPost, good, set("Origin", "http://attacker.example"), http.StatusForbidden},
		"POST from nowhere":        {http.MethodPost, good, nil, http.StatusForbidden},
		"POST from a sandbox":      {http.MethodPost, good, set("Origin", "null"), http.StatusForbidden},
	} {
		status, header, text := ask(t, c.method, c.address, "", c.change)
		if status != c.want || strings.Contains(text, s.path) || header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d, want %d: %s", name, status, c.want, text)
		}
	}
	if runtime.GOOS == "linux" { // where all of 127.0.0.0/8 is this machine
		if c, err := net.Dial("tcp", "127.0.0.2:"+port); err == nil {
			_ = c.Close()
			t.Error("it listens on more than 127.0.0.1")
		}
	}
}

func TestAddressIsTakenOnlyWhileAwaitedAndNeverRepeated(t *testing.T) {
	t.Parallel()
	s := serve(t)
	page, ours := s.Address(i18n.English, SignIn), set("Origin", "http://"+s.host)
	var got []string
	refuse := errors.New("over")
	over := s.Await(func(address string) error {
		got = append(got, address)
		switch address {
		case "bad":
			return &problem.Problem{What: i18n.T("That is not it.")}
		case "late":
			return refuse
		}
		return nil
	})
	if _, _, text := ask(t, http.MethodGet, page, "", nil); !strings.Contains(text, `<form method="post">`) {
		t.Error("no form during Await")
	}
	for body, want := range map[string]string{"bad": "That is not it.", "late": "no longer waiting", "  https://x/?code=SECRETCODE \n": "Address received"} {
		status, _, text := ask(t, http.MethodPost, page, url.Values{"address": {body}}.Encode(), ours)
		if status != http.StatusOK || !strings.Contains(text, want) || strings.Contains(text, "SECRETCODE") {
			t.Errorf("%q: %d %s", body, status, text)
		}
	}
	for name, c := range map[string]struct {
		page   string
		body   string
		change func(*http.Request)
		want   int
	}{
		"another origin": {page, "address=x", set("Origin", "http://attacker.example"), http.StatusForbidden},
		"another page":   {s.Address(i18n.English, Secret), "address=x", ours, http.StatusMethodNotAllowed},
		"too long":       {page, "address=" + strings.Repeat("x", maxAddress), ours, http.StatusBadRequest},
	} {
		if status, _, text := ask(t, http.MethodPost, c.page, c.body, c.change); status != c.want {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	if len(got) != 3 {
		t.Errorf("taken: %q", got)
	}
	over()
	if status, _, _ := ask(t, http.MethodPost, page, "address=x", ours); status != http.StatusMethodNotAllowed || len(got) != 3 {
		t.Errorf("accepted after Await: %d %q", status, got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := http.Get(page); err == nil {
		t.Error("the server answers after Close")
	}
}
