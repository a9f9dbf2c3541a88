package schedule

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"html"
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

// principal returns the logon type of the task and its command. Only an elevated
// administrator may install a task that runs whether the user is logged on or
// not, in a session without a screen. Other tasks run in the user's session,
// where conhost.exe --headless keeps a console window from appearing.
func (t Task) principal(j Job) (logon, command string, words []string) {
	if t.Elevated {
		return "S4U", j.Program, j.Args
	}
	return "InteractiveToken", `%SystemRoot%\System32\conhost.exe`, append([]string{"--headless"}, j.words()...)
}

// taskXML is a task's definition, its elements in the order of the schema
// (MS-TSCH 2.5). The time limit of an hour ends a run that hangs.
const taskXML = `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Renews the OAuth tokens of OpenFire bases. "openfire-o365 token schedule remove" takes it away.</Description>
  </RegistrationInfo>
  <Triggers>
    <TimeTrigger>
      <Enabled>true</Enabled>
      <StartBoundary>2026-01-01T00:%02d:%02d</StartBoundary>
      <Repetition>
        <Interval>PT%dM</Interval>
        <StopAtDurationEnd>false</StopAtDurationEnd>
      </Repetition>
    </TimeTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>%s</UserId>
      <LogonType>%s</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <AllowHardTerminate>true</AllowHardTerminate>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>
    <Enabled>true</Enabled>
    <Hidden>false</Hidden>
    <RunOnlyIfIdle>false</RunOnlyIfIdle>
    <WakeToRun>false</WakeToRun>
    <ExecutionTimeLimit>PT1H</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>%s</Command>
      <Arguments>%s</Arguments>
    </Exec>
  </Actions>
</Task>
`

// Entry returns the task's definition.
func (t Task) Entry(j Job) ([]File, error) {
	logon, command, words := t.principal(j)
	text := fmt.Sprintf(taskXML, j.minute(), j.second(), Every, html.EscapeString(t.SID), logon,
		html.EscapeString(command), html.EscapeString(quoteAll(words, quoteWindows)))
	return []File{{t.name(), text}}, t.check(j)
}

// check also refuses words with more than one %: the scheduler would read a
// variable between them, and has no way to escape it.
func (t Task) check(j Job) error {
	for _, w := range j.words() {
		if strings.Count(w, "%") > 1 {
			return invalidWord(w)
		}
	}
	return j.check()
}

// Installed returns the registered definition.
func (t Task) Installed(ctx context.Context) ([]File, error) {
	out, err := run(ctx, nil, "schtasks", "/Query", "/TN", t.name(), "/XML")
	var ended *exec.ExitError
	if errors.As(err, &ended) { // no such task; the message is in the system's language
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []File{{t.name(), string(bytes.ReplaceAll(out, []byte("\r\n"), []byte("\n")))}}, nil
}

// Install registers the definition, which schtasks reads from a file in UTF-16.
func (t Task) Install(ctx context.Context, j Job) (err error) {
	files, err := t.Entry(j)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp("", Name+"-*.xml")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	text := utf16.Encode([]rune("\ufeff" + strings.ReplaceAll(files[0].Text, "\n", "\r\n")))
	if err = binary.Write(f, binary.LittleEndian, text); err == nil {
		err = f.Close()
	}
	if err != nil {
		return err
	}
	_, err = run(ctx, nil, "schtasks", "/Create", "/TN", t.name(), "/XML", f.Name(), "/F")
	return err
}

// Remove deletes the task.
func (t Task) Remove(ctx context.Context) error {
	installed, err := t.Installed(ctx)
	if err != nil || installed == nil {
		return err
	}
	_, err = run(ctx, nil, "schtasks", "/Delete", "/TN", t.name(), "/F")
	return err
}
