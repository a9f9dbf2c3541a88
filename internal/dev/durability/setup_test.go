//go:build faults && linux && amd64

package durability

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// signIn runs the setup of a new base, or of one whose file was written by setup.
func (h *home) signIn(enter func(call) verdict) outcome {
	h.t.Helper()
	if f, err := tokenfile.Decode(h.bytes()); err == nil && f.Complete() {
		return h.setup(enter)
	}
	v := h.box.Values()
	secret := filepath.Join(filepath.Dir(h.dir), "secret")
	if err := errors.Join(os.MkdirAll(filepath.Dir(secret), 0o700), os.WriteFile(secret, []byte(v.Secret.Reveal()), 0o600)); err != nil {
		h.t.Fatal(err)
	}
	return h.setup(enter, "--tenant="+v.TenantID, "--client-id="+v.ClientID, "--client-secret-file="+secret, "--mailbox="+v.Mailbox)
}

// setup runs a non-interactive setup under the tracer, and visits the sign-in
// address that it prints.
func (h *home) setup(enter func(call) verdict, args ...string) outcome {
	h.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		h.t.Fatal(err)
	}
	defer w.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		defer r.Close()
		lines := bufio.NewScanner(r)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "http") {
				_ = sandbox.Visit(ctx, lines.Text()) // a killed program does not answer
			}
		}
	}()
	cmd := h.command(append([]string{"setup", h.base.Name(), "--no-input", "--no-browser"}, args...)...)
	cmd.Stdout = w
	t := &tracer{dir: h.dir, enter: enter}
	o, err := t.trace(cmd)
	if err != nil {
		h.t.Fatal(err)
	}
	return o
}
