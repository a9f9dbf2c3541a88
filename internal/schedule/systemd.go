package schedule

import (
	"context"
	"path/filepath"
	"strings"
)

// Systemd runs a service with a timer, as a system or user unit.
type Systemd struct {
	Folder string // of unit files
	User   bool
}

// The unit files, which have the same names as their templates.
const (
	service = Name + ".service"
	timer   = Name + ".timer"
)

// Entry returns the service and the timer. It returns an error for program paths
// that systemd cannot start even if they are quoted.
func (s Systemd) Entry(j Job) ([]File, error) {
	if strings.ContainsAny(j.Program, `'"\`) {
		return nil, invalidWord(j.Program)
	}
	data := struct {
		Job
		User bool
	}{j, s.User}
	return []File{
		{filepath.Join(s.Folder, service), render(service, data)},
		{filepath.Join(s.Folder, timer), render(timer, data)},
	}, j.check()
}

// Installed returns the installed service and timer.
func (s Systemd) Installed(context.Context) ([]File, error) {
	return readFiles(filepath.Join(s.Folder, service), filepath.Join(s.Folder, timer))
}

// install writes both and starts the timer, now and at every boot.
func (s Systemd) install(ctx context.Context, entry []File) error {
	return replace(entry, func() error {
		for _, args := range [][]string{{"daemon-reload"}, {"enable", timer}, {"restart", timer}} {
			if err := s.systemctl(ctx, args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// remove stops the timer and deletes both files. It does not stop a run in
// progress.
func (s Systemd) remove(ctx context.Context, installed []File) error {
	if err := s.systemctl(ctx, "disable", "--now", timer); err != nil {
		return err
	}
	// systemd also stores the time of the last run, for Persistent, and its
	// failure. Both commands fail if there is nothing to delete.
	_ = s.systemctl(ctx, "clean", "--what=state", timer)
	_ = s.systemctl(ctx, "reset-failed", service)
	if err := deleteFiles(installed); err != nil {
		return err
	}
	return s.systemctl(ctx, "daemon-reload")
}

func (s Systemd) systemctl(ctx context.Context, args ...string) error {
	if s.User {
		args = append([]string{"--user"}, args...)
	}
	_, err := run(ctx, nil, "systemctl", args...)
	return err
}
