package schedule

import (
	"context"
	"fmt"
	"html"
	"path/filepath"
	"strings"
)

// Launchd is macOS's scheduler, with a user's agent or a daemon of the system.
type Launchd struct {
	Folder string // of property lists
	Domain string // gui/501, or system
}

const launchdLabel = "fr.openfire." + Name

func (l Launchd) path() string { return filepath.Join(l.Folder, launchdLabel+".plist") }

// Entry returns the job's property list. A run that was due while the machine
// slept is made once, when it wakes up.
func (l Launchd) Entry(j Job) ([]File, error) {
	var words, minutes strings.Builder
	for _, w := range j.words() {
		fmt.Fprintf(&words, "    <string>%s</string>\n", html.EscapeString(w))
	}
	for _, m := range j.minutes() {
		fmt.Fprintf(&minutes, "    <dict><key>Minute</key><integer>%s</integer></dict>\n", m)
	}
	text := fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>%s</string>
  <key>ProgramArguments</key>
  <array>
%s  </array>
  <key>StartCalendarInterval</key>
  <array>
%s  </array>
  <key>ProcessType</key>
  <string>Background</string>
  <key>Umask</key>
  <integer>%d</integer>
</dict>
</plist>
`, launchdLabel, words.String(), minutes.String(), 0o077)
	return []File{{l.path(), text}}, j.check()
}

// Installed returns the installed property list.
func (l Launchd) Installed(context.Context) ([]File, error) { return readFiles(l.path()) }

// Install writes the property list and reloads it.
func (l Launchd) Install(ctx context.Context, j Job) error {
	files, err := l.Entry(j)
	if err != nil {
		return err
	}
	return replace(files, func() error {
		_, _ = run(ctx, nil, "launchctl", "bootout", l.Domain+"/"+launchdLabel) // fails when it was not loaded
		_, err := run(ctx, nil, "launchctl", "bootstrap", l.Domain, l.path())
		return err
	})
}

// Remove unloads the job and deletes its property list.
func (l Launchd) Remove(ctx context.Context) error {
	installed, err := l.Installed(ctx)
	if err != nil || installed == nil {
		return err
	}
	_, _ = run(ctx, nil, "launchctl", "bootout", l.Domain+"/"+launchdLabel) // likewise
	return deleteFiles(installed)
}
