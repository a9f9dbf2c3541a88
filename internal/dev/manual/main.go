// Command manual writes the manual pages of all commands, in French and English,
// and the shell completions, for packages of the program. It builds the program
// and reads its help.
//
//	go run ./internal/dev/manual FOLDER [VERSION]
//
// writes FOLDER/man/man1/*.1, FOLDER/man/fr/man1/*.1 and
// FOLDER/completions/openfire-o365.{bash,zsh,fish,ps1}. The pages have the date
// of SOURCE_DATE_EPOCH, or none, so that builds are reproducible.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

const program = "openfire-o365"

func main() {
	if len(os.Args) != 2 && len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go run ./internal/dev/manual FOLDER [VERSION]")
		os.Exit(2)
	}
	edition := edition{version: strings.Join(os.Args[2:], "")}
	err := edition.dated(os.Getenv("SOURCE_DATE_EPOCH"))
	if err == nil {
		err = manualOf(context.Background(), os.Args[1], edition)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(1)
	}
}

// edition is what differs between the pages of two releases.
type edition struct{ version, day string }

// dated takes the day from a number of seconds since 1970, as
// reproducible-builds.org defines it.
func (e *edition) dated(epoch string) error {
	if epoch == "" {
		return nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	e.day = time.Unix(seconds, 0).UTC().Format(time.DateOnly)
	return nil
}

func manualOf(ctx context.Context, folder string, e edition) error {
	work, err := os.MkdirTemp("", "manual")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	built, err := build(ctx, work)
	if err != nil {
		return err
	}
	return write(ctx, built, folder, e)
}

// build builds the program for this machine into a folder.
func build(ctx context.Context, folder string) (path string, err error) {
	path = filepath.Join(folder, program+".exe") // a name that Windows can execute too
	cmd := exec.CommandContext(ctx, "go", "build", "-o", path, "github.com/openfire-fr/openfire-o365/cmd/openfire-o365")
	cmd.Env = append(os.Environ(), "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH, "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go build: %w", err)
	}
	return path, nil
}

// write writes all files.
func write(ctx context.Context, built, folder string, e edition) error {
	ask := func(args ...string) ([]byte, error) {
		cmd := exec.CommandContext(ctx, built, args...)
		cmd.Env, cmd.Stderr = []string{"HOME=" + filepath.Dir(built)}, os.Stderr // without user settings
		return cmd.Output()
	}
	for _, l := range []i18n.Lang{i18n.English, i18n.French} {
		told, err := ask("help", "--json", "--lang", string(l))
		if err != nil {
			return fmt.Errorf("help --json: %w", err)
		}
		if err := pages(filepath.Join(folder, "man", map[i18n.Lang]string{i18n.French: "fr"}[l], "man1"), told, l, e); err != nil {
			return err
		}
	}
	for shell, ending := range map[string]string{"bash": "bash", "zsh": "zsh", "fish": "fish", "powershell": "ps1"} {
		script, err := ask("completion", shell)
		if err != nil {
			return fmt.Errorf("completion %s: %w", shell, err)
		}
		if err := put(filepath.Join(folder, "completions", program+"."+ending), script); err != nil {
			return err
		}
	}
	return nil
}

// pages writes a page for each command in help --json.
func pages(folder string, told []byte, l i18n.Lang, e edition) error {
	m := manual{lang: l, edition: e}
	for dec := json.NewDecoder(bytes.NewReader(told)); ; {
		var line entry
		err := dec.Decode(&line)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("help --json: %w", err)
		}
		switch line.Type {
		case "command":
			m.commands = append(m.commands, line)
		case "topic":
			m.topics = append(m.topics, line)
		}
	}
	for _, c := range m.commands {
		if err := put(filepath.Join(folder, pageName(c.Command)+".1"), m.page(c)); err != nil {
			return err
		}
	}
	return nil
}

func put(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}
