package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// keyFile returns a file with the password of the base's administrator.
func (b *bench) keyFile() string {
	b.t.Helper()
	key := filepath.Join(b.t.TempDir(), "key")
	if err := os.WriteFile(key, []byte(b.box.Values().Password.Reveal()+"\n"), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return key
}

// baseAt makes the program use another address for the base.
func (b *bench) baseAt(address string) {
	cloud := b.box.Cloud()
	cloud.Base = address
	b.describe(cloud)
}

// inBase calls the API of the base without the program.
func (b *bench) inBase(model, method, args string) string {
	b.t.Helper()
	result, err := odooCall(b.box.Cloud().Base, b.box.Values().Password.Reveal(), model, method, args, `{"context":{"active_test":false}}`)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(result)
}

var writing = regexp.MustCompile(`"(create|write|set_param)"`)

// TestApplyContinuesAfterBrokenConnection breaks the connection at each write, before the request or
// after it. The next apply must leave one server, with the tokens and the client of the
// file.
func TestApplyContinuesAfterBrokenConnection(t *testing.T) {
	t.Parallel()
	for _, odoo := range []string{"10.0", "16.0"} {
		for _, answerLost := range []bool{false, true} {
			for at := 1; ; at++ {
				b := newBenchOn(t, sandbox.Options{Odoo: odoo})
				b.connected(b.box.Values().Mailbox, func(f *tokenfile.File) {
					if odoo == "16.0" {
						f.Fetch = nil // without it the tokens would be written again
					}
				})
				key := b.keyFile()
				// The base was connected with another client before.
				switchOn := `"smtp_authentication":"outlook"`
				if odoo == "10.0" {
					switchOn = `"use_microsoft_outlook_service":true`
				}
				b.inBase("ir.mail_server", "create", `[{"name":"Ours","smtp_host":"smtp.outlook.com","smtp_port":587,"smtp_encryption":"starttls","smtp_user":"compta@client.fr","microsoft_outlook_refresh_token":"old",`+switchOn+`}]`)
				b.inBase("ir.config_parameter", "set_param", `["microsoft_outlook_client_id","00000000-1111-4222-8333-444444444444"]`)
				cut, writes := cutting(t, b.box.Cloud().Base, at, answerLost)
				b.baseAt(cut)
				first := b.run("", "apply", "mabase", "--yes", "--login", "admin", "--api-key-file", key, "--lang", "en")
				if int(writes.Load()) < at {
					if first.code != problem.OK || at < 4 {
						t.Fatalf("%s: %d writes, exit %d: %s", odoo, writes.Load(), first.code, first.err)
					}
					break
				}
				if first.code != problem.Temporary {
					t.Errorf("%s cut at %d: exit %d: %s", odoo, at, first.code, first.err)
				}
				b.baseAt(b.box.Cloud().Base)
				again := b.run("", "apply", "mabase", "--yes", "--login", "admin", "--api-key-file", key, "--lang", "en")
				if again.code != problem.OK || !strings.Contains(again.said, "everything works") {
					t.Errorf("%s cut at %d, again: exit %d: %s", odoo, at, again.code, again.err)
				}
				if got := b.inBase("ir.mail_server", "search_count", `[[]]`); got != "1" {
					t.Errorf("%s cut at %d: %s servers", odoo, at, got)
				}
				if got := b.inBase("ir.mail_server", "search_count", `[[["microsoft_outlook_refresh_token","=","old"]]]`); got != "0" {
					t.Errorf("%s cut at %d: the other client's token is still there", odoo, at)
				}
				if got := b.inBase("ir.config_parameter", "get_param", `["microsoft_outlook_client_id"]`); got != `"`+b.box.Values().ClientID+`"` {
					t.Errorf("%s cut at %d: client %s", odoo, at, got)
				}
			}
		}
	}
}

// cutting is a proxy of the base that breaks the connection at the nth write.
func cutting(t *testing.T, base string, nth int, answerLost bool) (address string, writes *atomic.Int32) {
	t.Helper()
	to, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	writes = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if writing.Match(body) && !bytes.Contains(body, []byte("mail.mail")) {
			if int(writes.Add(1)) == nth {
				if answerLost {
					proxy.ServeHTTP(httptest.NewRecorder(), r)
				}
				panic(http.ErrAbortHandler)
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, writes
}
