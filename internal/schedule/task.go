package schedule

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"strings"
	"unicode/utf16"
)

// Task is a task of the Windows Task Scheduler.
type Task struct {
	Account  string // part of the task's name, because all accounts share one list
	SID      string // S-1-5-…
	Elevated bool   // this process runs as an elevated administrator
}

func (t Task) name() string { return Name + "-" + t.Account }

// Entry returns the task's definition. It returns an error for words with more than
// one %: the scheduler would read the text between them as a variable, and has no
// escape character.
func (t Task) Entry(j Job) ([]File, error) {
	for _, w := range j.words() {
		if strings.Count(w, "%") > 1 {
			return nil, invalidWord(w)
		}
	}
	data := struct {
		Job
		Task
	}{j, t}
	return []File{{t.name(), render("task.xml", data)}}, j.check()
}

// Installed returns the registered definition.
func (t Task) Installed(ctx context.Context) ([]File, error) {
	out, err := run(ctx, nil, "schtasks", "/Query", "/TN", t.name(), "/XML")
	var ended *exec.ExitError
	if errors.As(err, &ended) { // no such task; the message is localized, so it cannot be checked
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []File{{t.name(), string(bytes.ReplaceAll(out, []byte("\r\n"), []byte("\n")))}}, nil
}

// install registers the definition, which schtasks reads from a UTF-16 file.
func (t Task) install(ctx context.Context, entry []File) error {
	f, err := os.CreateTemp("", Name+"-*.xml")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	text := utf16.Encode([]rune("\ufeff" + strings.ReplaceAll(entry[0].Text, "\n", "\r\n")))
	if err := errors.Join(binary.Write(f, binary.LittleEndian, text), f.Close()); err != nil {
		return err
	}
	_, err = run(ctx, nil, "schtasks", "/Create", "/TN", t.name(), "/XML", f.Name(), "/F")
	return err
}

// remove deletes the task.
func (t Task) remove(ctx context.Context, _ []File) error {
	_, err := run(ctx, nil, "schtasks", "/Delete", "/TN", t.name(), "/F")
	return err
}
