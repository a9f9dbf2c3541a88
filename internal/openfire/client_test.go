package openfire_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

const password = "p4ssw0rd-of-the-administrator"

// connectTo connects to a base whose answers come from h.
func connectTo(t *testing.T, h http.HandlerFunc) (*openfire.Client, error) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return connectAt(t, server.URL)
}

func connectAt(t *testing.T, address string) (*openfire.Client, error) {
	t.Helper()
	client, err := network.NewClient(network.Options{Timeout: 10 * time.Second, UserAgent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	base, err := openfire.ParseBase("mabase")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return openfire.Connect(ctx, client, azure.Cloud{Base: address}, base, openfire.Credentials{DB: "mabase", Login: "admin", Key: secret.New(password)})
}

// said checks that err is a printable *problem.Problem without the password.
func said(t *testing.T, err error) *problem.Problem {
	t.Helper()
	var p *problem.Problem
	if !errors.As(err, &p) {
		t.Fatalf("%T %v is no problem", err, err)
	}
	for _, l := range []i18n.Lang{i18n.French, i18n.English} {
		text := p.What.In(l) + p.Do.In(l)
		if strings.Contains(text, password) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x202e }) || len(text) > 3000 {
			t.Errorf("not fit to be shown: %.200q", text)
		}
	}
	return p
}

// answering returns a handler that answers with the request's id and rest.
func answering(rest string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var request struct{ ID json.Number }
		_ = json.NewDecoder(r.Body).Decode(&request)
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,%s}`, request.ID, rest)
	}
}

// TestHostileBase checks that any answer from the base's address results in one
// clear message, and that the password is not sent before a valid version was
// received.
func TestHostileBase(t *testing.T) {
	t.Parallel()
	endless := func(w http.ResponseWriter, _ *http.Request) {
		block := bytes.Repeat([]byte("x"), 1<<16)
		for range 1 << 14 { // a GiB
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}
	escapes := `"error":{"code":200,"message":"Odoo Server Error","data":{"name":"odoo.exceptions.UserError\u001b[2J","message":"\u001b]0;owned\u0007\u202eevil\r\nFAKE: OK ` + strings.Repeat("a", 5000) + `","debug":"` + strings.Repeat("Traceback ", 1000) + `"}}`
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		exit   problem.Exit
	}{
		"html":            {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>captive portal</html>") }, problem.Mail},
		"empty":           {func(http.ResponseWriter, *http.Request) {}, problem.Mail},
		"not found":       {http.NotFound, problem.Mail},
		"forbidden":       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, problem.Mail},
		"server error":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, problem.Temporary},
		"too many":        {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }, problem.Temporary},
		"endless":         {endless, problem.Temporary},
		"cut":             {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, problem.Temporary},
		"escapes":         {answering(escapes), problem.Mail},
		"result a list":   {answering(`"result":[1,2]`), problem.Mail},
		"result a number": {answering(`"result":16`), problem.Mail},
		"no result":       {answering(`"x":1`), problem.Mail},
		"strange version": {answering(`"result":{"server_serie":"16.0; rm -rf /"}`), problem.Mail},
		"version a list":  {answering(`"result":{"server_serie":["16.0"]}`), problem.Mail},
		"error a text":    {answering(`"error":"no"`), problem.Mail},
		"error's name":    {answering(`"error":{"data":{"name":7}}`), problem.Mail},
		"other id": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"id":99,"result":{"server_serie":"16.0"}}`)
		}, problem.Mail},
		"deep": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("[", 100000)) }, problem.Mail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var leaked atomic.Bool
			_, err := connectTo(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				leaked.Store(leaked.Load() || bytes.Contains(body, []byte(password)))
				r.Body = io.NopCloser(bytes.NewReader(body))
				c.answer(w, r)
			})
			if p := said(t, err); p.Exit != c.exit {
				t.Errorf("exit %d, want %d: %s", p.Exit, c.exit, p.What.In(i18n.English))
			}
			if leaked.Load() {
				t.Error("the password was sent")
			}
		})
	}
}

// TestConnectTellsWhyTheDatabaseCannotBeUsed checks the exceptions that Odoo 16 and 19
// raised for such databases, and the same words of a French PostgreSQL.
func TestConnectTellsWhyTheDatabaseCannotBeUsed(t *testing.T) {
	t.Parallel()
	const socket = `connection to server on socket \"/run/postgresql/.s.PGSQL.5432\" failed: `
	for name, c := range map[string]struct {
		class, message string
		exit           problem.Exit
		what           string
	}{
		"missing":         {"psycopg2.OperationalError", socket + `FATAL:  database \"mabase\" does not exist\n`, problem.Usage, "no database called"},
		"missing, French": {"psycopg2.OperationalError", socket + `FATAL:  la base de données « mabase » n'existe pas\n`, problem.Usage, "no database called"},
		"Odoo 10":         {"psycopg2.OperationalError", `FATAL:  database \"mabase\" does not exist\n`, problem.Usage, "no database called"},
		"closed":          {"psycopg2.OperationalError", socket + `FATAL:  database \"mabase\" is not currently accepting connections\n`, problem.Temporary, "closed or does not answer"},
		"down":            {"psycopg2.OperationalError", socket + `No such file or directory\n\tIs the server running locally and accepting connections on that socket?\n`, problem.Temporary, "closed or does not answer"},
		"empty":           {"builtins.KeyError", "res.users", problem.Usage, "does not belong to Odoo"},
		"older Odoo":      {"psycopg2.errors.UndefinedColumn", "column res_users.totp_last_counter does not exist\\nLINE 1: x", problem.Usage, "does not belong to the version"},
		"newer Odoo":      {"psycopg2.errors.UndefinedTable", `relation \"base_cache_signaling\" does not exist`, problem.Usage, "does not belong to the version"},
		"other KeyError":  {"builtins.KeyError", "x", problem.Mail, "reported an error"},
	} {
		_, err := connectTo(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			if bytes.Contains(body, []byte(`"version"`)) {
				answering(`"result":{"server_serie":"16.0"}`)(w, r)
				return
			}
			answering(`"error":{"code":200,"message":"Odoo Server Error","data":{"name":"`+c.class+`","message":"`+c.message+`"}}`)(w, r)
		})
		if p := said(t, err); p.Exit != c.exit || !strings.Contains(p.What.In(i18n.English), c.what) {
			t.Errorf("%s: exit %d, %s", name, p.Exit, p.What.In(i18n.English))
		}
	}
}

// TestPasswordFollowsNoRedirect checks redirects of the first request and of the
// login.
func TestPasswordFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, first := range []bool{true, false} {
			var reached atomic.Bool
			elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
			t.Cleanup(elsewhere.Close)
			_, err := connectTo(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if !first && bytes.Contains(body, []byte(`"version"`)) {
					r.Body = io.NopCloser(bytes.NewReader(body))
					answering(`"result":{"server_serie":"16.0"}`)(w, r)
					return
				}
				http.Redirect(w, r, elsewhere.URL+"/jsonrpc", status)
			})
			if p := said(t, err); p.Exit != problem.Safety || reached.Load() {
				t.Errorf("%d: exit %d, other host reached: %v", status, p.Exit, reached.Load())
			}
		}
	}
}

// TestPasswordNeedsTLS checks that plain HTTP is accepted for loopback only.
func TestPasswordNeedsTLS(t *testing.T) {
	t.Parallel()
	_, err := connectAt(t, "http://base.invalid")
	if p := said(t, err); p.Exit == problem.OK {
		t.Errorf("%v", p)
	}
}

// TestStrangeRecords checks invalid answers from a base after a successful login.
func TestStrangeRecords(t *testing.T) {
	t.Parallel()
	for name, result := range map[string]string{
		"text": `"x"`, "object": `{"a":1}`, "list of numbers": `[1,2]`, "no id": `[{"key":"web.base.url","value":"x"}]`, "id a text": `[{"id":"7"}]`, "negative id": `[{"id":-7}]`, "huge id": `[{"id":1e400}]`, "true": `true`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers := []string{`"result":{"server_serie":"16.0"}`, `"result":2`, `"result":` + result}
			n := 0
			r, err := connectTo(t, func(w http.ResponseWriter, r *http.Request) {
				answering(answers[min(n, len(answers)-1)])(w, r)
				n++
			})
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.MailConfig(t.Context(), secret.String{})
			if p := said(t, err); p.Exit != problem.Mail {
				t.Errorf("exit %d: %s", p.Exit, p.What.In(i18n.English))
			}
		})
	}
}
