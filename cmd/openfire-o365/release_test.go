//go:build scale

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestH27TwoBuildersAgree: built as goreleaser.yaml builds it, the program is
// the same bytes wherever the source lies, so that anybody can hold a release
// against a build of his own; and the release has the sums to do it with.
func TestH27TwoBuildersAgree(t *testing.T) {
	t.Parallel()
	config, err := os.ReadFile("../../goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"CGO_ENABLED=0", "- -trimpath\n", "mod_timestamp: ", "algorithm: sha256", "draft: true"} {
		if !strings.Contains(string(config), want) {
			t.Errorf("goreleaser.yaml has no %q", want)
		}
	}
	here, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir(), "a folder of another name")
	if err := os.CopyFS(elsewhere, os.DirFS(here)); err != nil {
		t.Fatal(err)
	}
	build := func(dir, system string, flags ...string) []byte {
		out := filepath.Join(t.TempDir(), "program")
		cmd := exec.Command("go", append(append([]string{"build", "-buildvcs=false", "-ldflags", "-s -w -X main.version=1.0.0", "-o", out}, flags...), "./cmd/openfire-o365")...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system)
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		program, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return program
	}
	for _, system := range []string{"linux", "windows"} {
		if !bytes.Equal(build(here, system, "-trimpath"), build(elsewhere, system, "-trimpath")) {
			t.Errorf("%s: other bytes from another folder", system)
		}
	}
	if !bytes.Contains(build(elsewhere, "linux"), []byte(filepath.Base(elsewhere))) {
		t.Error("the comparison proves nothing: even without -trimpath the folder is not in the program")
	}
}
