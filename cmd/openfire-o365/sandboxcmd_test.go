package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// TestSecondSandboxLeavesTheFirstAlone checks that a second sandbox in the same folder
// is refused as long as the first runs, which keeps its certificate and cloud file, and
// that the cloud file is valid although the folder's name is relative.
func TestSecondSandboxLeavesTheFirstAlone(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	first, stop := context.WithCancel(ctx)
	r, w := io.Pipe()
	ended := make(chan problem.Exit)
	args := []string{"sandbox", "--dir", "tokens", "--lang", "en"}
	go func() { ended <- run(first, processEnv(strings.NewReader(""), w, io.Discard), append(args, "--json")) }()
	var cloud azure.Cloud
	if err := json.NewDecoder(r).Decode(&cloud); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	var out, said bytes.Buffer
	code := run(ctx, processEnv(strings.NewReader(""), &out, &said), args)
	if code != problem.Usage || !strings.Contains(flat(said.String()), "Another sandbox is running in "+filepath.Join(dir, "tokens", "sandbox")) {
		t.Errorf("exit %d: %s", code, said.String())
	}
	kept, err := azure.LoadCloud("tokens/sandbox/cloud.json")
	if err != nil || kept.Login != cloud.Login || kept.CAFile != cloud.CAFile {
		t.Errorf("%v: %+v, want %+v", err, kept, cloud)
	}
	stop()
	if code := <-ended; code != problem.OK {
		t.Errorf("the first ended with %d", code)
	}
	again, stopAgain := context.WithTimeout(ctx, time.Second)
	defer stopAgain()
	env := processEnv(strings.NewReader(""), io.Discard, &said)
	env.Out = ui.NewOutput(&out)
	if code := run(again, env, args); code != problem.OK || strings.Contains(out.String(), "imaps://") || !strings.Contains(out.String(), "SMTP, IMAP") {
		t.Errorf("exit %d: %s%s", code, out.String(), said.String())
	}
}
