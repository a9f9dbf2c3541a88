package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// TestEveryRescueIsReported: new tokens that are not in the token file are reported
// although the same problem was reported before, verify does not advise to delete
// them, and the next run uses them.
func TestEveryRescueIsReported(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	path := filepath.Join(b.dir, b.base+".openfire.fr.json")
	lose := func() {
		if err := os.Rename(path, path+".away"); err != nil {
			t.Error(err)
		}
	}
	posts := b.posts(func(n int, _ http.ResponseWriter, _ *http.Request) bool {
		if n <= 2 {
			lose()
		}
		return false
	})
	for range 2 {
		b.connected("compta@client.fr", single)
		r := b.run("", "token", "refresh", b.base)
		if r.code != problem.Disk || !strings.Contains(r.said, "saved in "+path+".rescued") {
			t.Errorf("%d %s", r.code, r.said)
		}
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
	}
	checks, _ := b.checked("--offline")
	if got := checks["token.file"]; got["status"] != "warning" || strings.Contains(got["do"].(string), "Delete") {
		t.Errorf("%v", got)
	}
	before := posts.Load()
	if r := b.run("", "token", "refresh", b.base); r.code != problem.OK || posts.Load() != before {
		t.Errorf("%d %s, %d requests", r.code, r.said, posts.Load()-before)
	}
}

// TestRescueWithoutATokenFileIsReportedAndRestored: the token file was deleted while
// Microsoft answered. Every command names the rescue file, and setup restores the
// token file without a new sign-in.
func TestRescueWithoutATokenFileIsReportedAndRestored(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	path := filepath.Join(b.dir, b.base+".openfire.fr.json")
	b.posts(func(int, http.ResponseWriter, *http.Request) bool {
		_ = os.Remove(path)
		return false
	})
	b.connected("compta@client.fr", single)
	if r := b.run("", "token", "refresh", b.base); r.code != problem.Disk || !strings.Contains(r.said, "saved in "+path+".rescued") {
		t.Errorf("%d %s", r.code, r.said)
	}
	for args, code := range map[string]problem.Exit{"token refresh mabase": 2, "token refresh --all": 2, "token status mabase": 2,
		"token status --all": 2, "verify mabase --offline": 2, "verify --all --nagios --offline": 2, "apply mabase --dry-run --no-input": 2} {
		if r := b.run("", strings.Fields(args)...); r.code != code || !strings.Contains(flat(r.said+r.out), flat(path+".rescued")) {
			t.Errorf("%s: %d %s%s", args, r.code, r.out, r.said)
		}
	}
	b.posts(func(int, http.ResponseWriter, *http.Request) bool { return false })
	r := b.run("", "setup", b.base, "--no-input")
	if r.code != problem.OK || !strings.Contains(flat(r.said), flat("restored from "+path+".rescued")) || strings.Contains(r.said, "Open this address") {
		t.Errorf("%d %s", r.code, r.said)
	}
}

// TestLongPauseIsReportedWithItsEnd: a pause that is longer than a run can wait is
// reported with the server that asked for it and its end.
func TestLongPauseIsReportedWithItsEnd(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.posts(func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Retry-After", "86400")
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	b.connected("compta@client.fr", single)
	r := b.run("", "token", "refresh", b.base)
	if r.code != problem.Temporary || !strings.Contains(r.said, "Nothing is sent to ") {
		t.Errorf("%d %s", r.code, r.said)
	}
}

// TestSetupSendsNothingToAnotherEndpoint: setup refuses a file whose endpoint is not
// Microsoft's, with tokens and without.
func TestSetupSendsNothingToAnotherEndpoint(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the other server was asked") }))
	defer other.Close()
	b := newBench(t)
	for _, connected := range []bool{true, false} {
		b.connected("compta@client.fr", func(f *tokenfile.File) {
			single(f)
			f.Client.Endpoint = other.URL + "/common/oauth2/v2.0/"
			if !connected {
				f.Mail.Refresh, f.Mail.Access = secret.String{}, secret.String{}
			}
		})
		if r := b.run("", "setup", b.base, "--no-input", "--incoming", "no"); r.code != problem.Safety ||
			!strings.Contains(r.said, "microsoft_outlook.endpoint") {
			t.Errorf("connected %t: %d %s", connected, r.code, r.said)
		}
	}
}
