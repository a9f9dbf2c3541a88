package schedule

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

// Systemd runs a service by a timer, of the system or of one user.
type Systemd struct {
	Folder string // of unit files
	User   bool
}

func (s Systemd) service() string { return filepath.Join(s.Folder, Name+".service") }

func (s Systemd) timer() string { return filepath.Join(s.Folder, Name+".timer") }

// hardening restricts the system's service. It runs as root and must read files
// of the base's account and give them back to it. A user's service manager has no
// right to set any of this.
const hardening = `
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=-%s
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
CapabilityBoundingSet=CAP_DAC_OVERRIDE CAP_CHOWN CAP_FOWNER
`

const unitComment = `# Written by "openfire-o365 token schedule install"; ` +
	"\"openfire-o365 token schedule remove\" takes it away.\n"

// Entry returns the service and the timer.
func (s Systemd) Entry(j Job) ([]File, error) {
	service := unitComment + `[Unit]
Description=Renew the OAuth tokens of OpenFire bases
`
	if !s.User { // a user's manager knows no network-online.target
		service += "Wants=network-online.target\nAfter=network-online.target\n"
	}
	service += fmt.Sprintf(`
[Service]
Type=oneshot
ExecStart=%s %s
TimeoutStopSec=60
UMask=0077
LimitCORE=0
`, quoteUnit(j.Program), quoteAll(j.Args, quoteUnitArgument))
	if !s.User {
		service += fmt.Sprintf(hardening, quoteUnit(j.Folder))
	}
	timer := unitComment + fmt.Sprintf(`[Unit]
Description=Renew the OAuth tokens of OpenFire bases every %d minutes

[Timer]
OnCalendar=*:%d/%d:%d
# After a night switched off: at once, once.
Persistent=true

[Install]
WantedBy=timers.target
`, Every, j.minute(), Every, j.second())
	return []File{{s.service(), service}, {s.timer(), timer}}, s.check(j)
}

// check also refuses program paths that systemd cannot start, however quoted.
func (s Systemd) check(j Job) error {
	if strings.ContainsAny(j.Program, `'"\`) {
		return invalidWord(j.Program)
	}
	return j.check()
}

// Installed returns the installed service and timer.
func (s Systemd) Installed(context.Context) ([]File, error) {
	return readFiles(s.service(), s.timer())
}

// Install writes both and starts the timer, now and at every boot.
func (s Systemd) Install(ctx context.Context, j Job) error {
	files, err := s.Entry(j)
	if err != nil {
		return err
	}
	return replace(files, func() (err error) {
		for _, args := range [][]string{{"daemon-reload"}, {"enable", Name + ".timer"}, {"restart", Name + ".timer"}} {
			if err == nil {
				err = s.systemctl(ctx, args...)
			}
		}
		return err
	})
}

// Remove stops the timer and deletes both files. A run in progress ends by itself.
func (s Systemd) Remove(ctx context.Context) error {
	installed, err := s.Installed(ctx)
	if err != nil || installed == nil {
		return err
	}
	if err := s.systemctl(ctx, "disable", "--now", Name+".timer"); err != nil {
		return err
	}
	// systemd also stores the time of the last run, for Persistent, and its
	// failure. Both commands fail if there is nothing to delete.
	_ = s.systemctl(ctx, "clean", "--what=state", Name+".timer")
	_ = s.systemctl(ctx, "reset-failed", Name+".service")
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
