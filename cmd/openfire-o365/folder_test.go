package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
)

// TestNetworkFolderIsReported checks that a folder on a network file system is
// reported, for one base and once for many.
func TestNetworkFolderIsReported(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bindfs"); err != nil {
		t.Skip("needs bindfs and the permission to mount")
	}
	b := newBench(t)
	for _, b.base = range []string{"autre", "mabase"} {
		b.connected(b.base+"@client.fr", nil)
	}
	there := t.TempDir()
	if out, err := exec.Command("bindfs", b.dir, there).CombinedOutput(); err != nil {
		t.Skipf("no mount here: %s", out)
	}
	defer func() { _ = exec.Command("umount", "-l", there).Run() }()
	here := b.dir
	b.dir = there
	lines, code := b.checked("--offline")
	if file := lines["token.file"]; code != problem.OK || file["status"] != "warning" || file["who"] != "operator" || !strings.Contains(toString(file["what"]), "not on a local disk (fuse") || !strings.Contains(toString(file["do"]), "--dir") {
		t.Errorf("exit %d, %v", code, file)
	}
	for _, l := range []struct{ lang, words string }{{"fr", "n'est pas sur un disque local (fuse"}, {"en", "not on a local disk (fuse"}} {
		got := b.run("", "verify", "--all", "--offline", "--lang", l.lang)
		if got.code != problem.OK || strings.Count(flat(got.out), l.words) != 1 {
			t.Errorf("exit %d\n%s", got.code, got.out)
		}
	}
	if got := b.run("", "verify", "--all", "--offline", "--json"); strings.Count(got.out, `"type":"folder"`) != 1 || !strings.Contains(got.out, `"file_system":"fuse`) {
		t.Error(got.out)
	}
	b.dir = here
	if got := b.run("", "verify", "--all", "--offline", "--json"); strings.Contains(got.out, "file_system") {
		t.Error(got.out)
	}
}

// TestRefreshWithoutResultIsReported checks that status and verify report a refresh
// whose response was lost, before and after Microsoft rejects the token. A refresh that
// may still be running is not reported.
func TestRefreshWithoutResultIsReported(t *testing.T) {
	t.Parallel()
	b := newBenchOn(t, sandbox.Options{Strict: true})
	good := func(f *tokenfile.File) {
		single(f)
		f.Mail.Expiration = time.Now().Add(40 * time.Minute).Unix()
	}
	b.connected("compta@client.fr", good)
	base, _ := openfire.ParseBase("mabase")
	began := time.Now().Add(-10 * time.Minute).UTC().Truncate(time.Second)
	mark := func(at time.Time) {
		s := store.New(b.dir, func() time.Time { return at })
		if err := s.Update(t.Context(), base, func(context.Context, tokenfile.File, bool) (func(*tokenfile.File), error) {
			s.MarkRefreshDone(base)
			s.MarkRefreshStarted(base, b.file().Mail.Refresh.Digest())
			return nil, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	when := began.Format(time.RFC3339)

	if got := b.run("", "token", "status", "mabase", "--lang", "fr"); strings.Contains(got.out, "renouvellement commencé") {
		t.Error(got.out)
	}
	mark(began)
	if got := b.run("", "token", "status", "mabase", "--lang", "fr"); !strings.Contains(flat(got.out), "Le renouvellement commencé le "+when+" ne s'est pas terminé.") {
		t.Error(got.out)
	}
	if got := b.run("", "token", "status", "mabase", "--json"); !strings.Contains(got.out, `"refresh_began":"`+when+`"`) {
		t.Error(got.out)
	}
	for _, args := range [][]string{{"--offline"}, nil} {
		lines, code := b.checked(args...)
		refresh := lines["token.refresh"]
		warned := refresh["status"] == "warning" && refresh["what"] == "The refresh that started at "+when+" did not complete."
		if code != problem.OK || warned != (args != nil) { // online it is tried again, and works
			t.Errorf("%v: exit %d, %v", args, code, refresh)
		}
	}
	files := store.New(b.dir, time.Now)
	if err := files.Update(t.Context(), base, func(context.Context, tokenfile.File, bool) (func(*tokenfile.File), error) {
		files.MarkRefreshStarted(base, b.file().Mail.Refresh.Digest())
		if lines, _ := b.checked("--offline"); lines["token.refresh"]["status"] != "ok" {
			t.Errorf("still running: %v", lines["token.refresh"])
		}
		return nil, nil
	}); err != nil {
		t.Fatal(err)
	}

	// The lost response contained the only valid token.
	e := &edited{bench: b, path: filepath.Join(b.dir, base.FileName())}
	b.connected("compta@client.fr", single)
	old, _ := os.ReadFile(e.path)
	spent := b.run("", "token", "refresh", "mabase")
	e.write(old)
	mark(began)
	lines, code := b.checked()
	if refresh := lines["token.refresh"]; spent.code != problem.OK || code != problem.SignIn || refresh["status"] != "failed" || !strings.Contains(toString(refresh["what"]), "The refresh that started at "+when+" did not complete.") {
		t.Errorf("exit %d, %v", code, refresh)
	}
}
