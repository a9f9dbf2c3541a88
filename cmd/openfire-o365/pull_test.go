package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
)

// TestPullEndsWithCtrlC: Ctrl-C while the directory is looked up leaves no file, and
// spends no token.
func TestPullEndsWithCtrlC(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.connected(b.box.Values().Mailbox, nil)
	account := []string{"--login", "admin", "--api-key-file", b.keyFile(), "--lang", "en"}
	if got := b.run("", append([]string{"apply", "mabase", "--yes"}, account...)...); got.code != problem.OK {
		t.Fatalf("exit %d: %s", got.code, got.err)
	}
	file := filepath.Join(b.dir, "mabase.openfire.fr.json")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancelCause(t.Context())
	posts := 0
	b.through(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "openid-configuration") {
			interrupt(prompt.ErrInterrupted)
			<-r.Context().Done()
			return
		}
		posts++
		next.ServeHTTP(w, r)
	})
	var said bytes.Buffer
	args := append([]string{"--cloud", b.cloud, "--dir", b.dir, "apply", "mabase", "--pull"}, account...)
	code := run(ctx, b.environment(strings.NewReader(""), &said, &said), args)
	if _, err := os.Stat(file); code != problem.Interrupted || !os.IsNotExist(err) || posts > 0 {
		t.Errorf("exit %d, %d POSTs, file: %v\n%s", code, posts, err, said.String())
	}
}
