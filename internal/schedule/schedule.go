// Package schedule adds the job that refreshes tokens to the scheduler of a
// machine: systemd, cron, launchd or the Windows Task Scheduler. Each account has
// at most one entry. Entries for all schedulers can be generated on every operating
// system; only installing needs the scheduler.
package schedule

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"hash/fnv"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"text/template"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Every is the number of minutes between two runs.
const Every = 15

// Name is the name of the entry in every scheduler.
const Name = "openfire-o365"

// Job is a program to run every 15 minutes.
type Job struct {
	Program string // its absolute path
	Args    []string
	Folder  string // the only folder that it writes to
	Offset  int    // seconds after the start of each quarter of an hour, 0 to 899
}

// SpreadOffset derives a Job's offset from the names of a machine, an account and a
// folder, so that machines do not run at the same time and a second installation
// does not change the entry.
func SpreadOffset(of ...string) int {
	h := fnv.New64a()
	for _, s := range of {
		_, _ = h.Write([]byte(s + "\x00"))
	}
	return int(h.Sum64() % (Every * 60))
}

func (j Job) minute() int { return j.Offset / 60 }

func (j Job) second() int { return j.Offset % 60 }

// minutes returns the minutes of an hour at which the job runs.
func (j Job) minutes() (m []string) {
	for at := j.minute(); at < 60; at += Every {
		m = append(m, strconv.Itoa(at))
	}
	return m
}

// words returns the whole command line.
func (j Job) words() []string { return append([]string{j.Program}, j.Args...) }

// check returns an error for a command line that not every scheduler can store: a
// line break would start another line, and unit files, property lists and tasks
// must be valid Unicode.
func (j Job) check() error {
	for _, w := range append(j.words(), j.Folder) {
		if strings.ContainsFunc(w, unicode.IsControl) || !utf8.ValidString(w) {
			return invalidWord(w)
		}
	}
	return nil
}

func invalidWord(word string) error {
	return &problem.Problem{Exit: problem.Usage, ID: "schedule",
		What: i18n.T("\"%s\" contains a character that cannot be used in a schedule.", word),
		Do:   i18n.T("Rename this folder or file.")}
}

// File is a part of an entry. Where is its path, or its name in the scheduler.
type File struct {
	Where string `json:"where"`
	Text  string `json:"text"`
}

// System is a scheduler.
type System interface {
	// Entry returns what Install writes.
	Entry(j Job) ([]File, error)
	// Installed returns the installed entry, or nil if there is none.
	Installed(ctx context.Context) ([]File, error)

	install(ctx context.Context, entry []File) error
	remove(ctx context.Context, installed []File) error
}

// Install installs the entry of a job. It replaces an installed one.
func Install(ctx context.Context, s System, j Job) error {
	entry, err := s.Entry(j)
	if err != nil {
		return err
	}
	return s.install(ctx, entry)
}

// Remove removes everything that Install has written, and reports whether there was
// an entry.
func Remove(ctx context.Context, s System) (found bool, err error) {
	installed, err := s.Installed(ctx)
	if err != nil || installed == nil {
		return false, err
	}
	return true, s.remove(ctx, installed)
}

//go:embed templates
var templateFiles embed.FS

// templates contains the entries of all schedulers except cron.
var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{
		"every": func() int { return Every }, "minute": Job.minute, "second": Job.second, "minutes": Job.minutes,
		"words": Job.words, "unit": quoteUnit, "unitArgument": quoteUnitArgument,
		"windows": func(words []string) string { return quoteAll(words, quoteWindows) },
	}).ParseFS(templateFiles, "templates/*"))
})

func render(name string, data any) string {
	var text strings.Builder
	if err := templates().ExecuteTemplate(&text, name, data); err != nil {
		panic(err) // a bug in the template
	}
	return text.String()
}

// run runs a command of a scheduler with English messages. Its error is a
// *problem.Problem that contains the error output.
func run(ctx context.Context, in []byte, name string, args ...string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(cmd.Environ(), "LC_ALL=C")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &stdout, &stderr
	cmd.WaitDelay = time.Second // a service started by the command may keep the output open
	err := cmd.Run()
	command := strings.Join(cmd.Args, " ")
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return stdout.Bytes(), nil
	case errors.Is(err, exec.ErrNotFound):
		return nil, problem.Misuse("with", i18n.T("Cannot run the command (%s).", command+": "+err.Error()))
	}
	output := sanitize.Line(strings.TrimSpace(stderr.String() + " " + err.Error()))
	return nil, &problem.Problem{Exit: problem.Permission, ID: "schedule", Err: err,
		What: i18n.T("The command \"%s\" failed: %s", command, output)}
}

// readFiles returns the files that exist.
func readFiles(paths ...string) (files []File, err error) {
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

// replace writes files and loads them into the scheduler. It restores the previous
// files if the scheduler rejects the new ones.
func replace(files []File, load func() error) error {
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Where)
	}
	before, err := readFiles(paths...)
	if err != nil {
		return err
	}
	if err = writeFiles(files); err == nil {
		err = load()
	}
	if err != nil {
		_, _ = deleteFiles(files), writeFiles(before)
	}
	return err
}

func writeFiles(files []File) error {
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

func deleteFiles(files []File) error {
	for _, f := range files {
		if err := os.Remove(f.Where); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
