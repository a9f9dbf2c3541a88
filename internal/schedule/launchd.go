package schedule

import (
	"context"
	"path/filepath"
)

// Launchd is the scheduler of macOS, with a user agent or a system daemon.
type Launchd struct {
	Folder string // of property lists
	Domain string // gui/501, or system
}

// launchdLabel is the name of the job. With .plist appended, it is the name of the
// property list and of its template.
const launchdLabel = "fr.openfire." + Name

func (l Launchd) path() string { return filepath.Join(l.Folder, launchdLabel+".plist") }

// Entry returns the job's property list. If runs were due while the machine slept,
// launchd runs the job once when it wakes up.
func (l Launchd) Entry(j Job) ([]File, error) {
	return []File{{l.path(), render(launchdLabel+".plist", j)}}, j.check()
}

// Installed returns the installed property list.
func (l Launchd) Installed(context.Context) ([]File, error) { return readFiles(l.path()) }

// install writes the property list and reloads it.
func (l Launchd) install(ctx context.Context, entry []File) error {
	return replace(entry, func() error {
		l.unload(ctx)
		_, err := run(ctx, nil, "launchctl", "bootstrap", l.Domain, l.path())
		return err
	})
}

// remove unloads the job and deletes its property list.
func (l Launchd) remove(ctx context.Context, installed []File) error {
	l.unload(ctx)
	return deleteFiles(installed)
}

// unload unloads the job. It ignores errors, because unloading fails if the job is
// not loaded.
func (l Launchd) unload(ctx context.Context) {
	_, _ = run(ctx, nil, "launchctl", "bootout", l.Domain+"/"+launchdLabel)
}
