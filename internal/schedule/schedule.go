// Package schedule enters one job, the renewal of tokens, into whatever starts
// programs by the clock on a machine: systemd, cron, launchd or the Windows
// Task Scheduler. There is one entry an account. It knows no tokens, and it
// writes every system's entry on every system; only installing is a system's own.
package schedule

import (
	"bytes"
	"context"
	"errors"
	"hash/fnv"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Every is the number of minutes between two runs.
const Every = 15

// Name is what the entry is called wherever it goes.
const Name = "openfire-o365"

// Job is a program, by its absolute path, to be run every quarter of an hour
// at Offset seconds of the quarter.
type Job struct {
	Program string
	Args    []string
	Folder  string // the only one that it writes to
	Offset  int    // 0 to 899
}

// Draw gives every machine, account and folder its own moment of the quarter,
// always the same one: a thousand machines do not ask at the same second, and
// installing twice changes nothing.
func Draw(of ...string) int {
	h := fnv.New64a()
	for _, s := range of {
		_, _ = h.Write([]byte(s + "\x00"))
	}
	return int(h.Sum64() % (Every * 60))
}

func (j Job) minute() int { return j.Offset / 60 }

func (j Job) second() int { return j.Offset % 60 }

// minutes are the job's four minutes of an hour.
func (j Job) minutes() (m []string) {
	for at := j.minute(); at < 60; at += Every {
		m = append(m, strconv.Itoa(at))
	}
	return m
}

// words are the whole command line.
func (j Job) words() []string { return append([]string{j.Program}, j.Args...) }

// check refuses what not every entry can hold: a line break would begin another
// line, and unit files, property lists and tasks are in Unicode.
func (j Job) check() error {
	for _, w := range append(j.words(), j.Folder) {
		if strings.ContainsFunc(w, unicode.IsControl) || !utf8.ValidString(w) {
			return unfit(w)
		}
	}
	return nil
}

func unfit(word string) error {
	return &problem.Problem{Exit: problem.Usage, ID: "schedule",
		What: i18n.T("\"%s\" holds a character that cannot be scheduled.", word),
		Do:   i18n.T("Rename that folder or file.")}
}

// File is one piece of an entry: a file, or the name it has in a scheduler.
type File struct{ Where, Text string }

// System is what starts programs by the clock.
type System interface {
	// Entry is what Install would write.
	Entry(j Job) ([]File, error)
	// Installed is the entry that is there, nil when there is none.
	Installed(ctx context.Context) ([]File, error)
	// Install puts the entry in the place of any that is there.
	Install(ctx context.Context, j Job) error
	// Remove takes the entry away and leaves nothing of it.
	Remove(ctx context.Context) error
}

// run runs a scheduler's own command. Its messages are wanted in English.
func run(ctx context.Context, in []byte, name string, args ...string) ([]byte, error) {
	var out, said bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(cmd.Environ(), "LC_ALL=C")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &said
	cmd.WaitDelay = time.Second // a service that it has started keeps the output open
	if err := cmd.Run(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return nil, &Refusal{Command: strings.Join(append([]string{name}, args...), " "), Said: sanitize.Line(strings.TrimSpace(said.String() + " " + err.Error())), Err: err}
	}
	return out.Bytes(), nil
}

// Refusal is a scheduler's command that failed, and what it said.
type Refusal struct {
	Command, Said string
	Err           error
}

func (r *Refusal) Error() string { return r.Command + ": " + r.Said }

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Err }

// present reads the files that are there.
func present(paths ...string) (files []File, err error) {
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		files = append(files, File{p, string(text)})
	}
	return files, nil
}

// replace writes files and has the system take them. What it refuses is put
// back as it was.
func replace(files []File, take func() error) error {
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Where)
	}
	before, err := present(paths...)
	if err != nil {
		return err
	}
	if err = put(files); err == nil {
		err = take()
	}
	if err != nil {
		_, _ = forget(files), put(before)
	}
	return err
}

func put(files []File) error {
	for _, f := range files {
		if err := os.MkdirAll(filepath.Dir(f.Where), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(f.Where, []byte(f.Text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func forget(files []File) error {
	for _, f := range files {
		if err := os.Remove(f.Where); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
