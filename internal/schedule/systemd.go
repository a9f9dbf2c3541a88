package schedule

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

// Systemd is a service and its timer, of the system or of one user.
type Systemd struct {
	Folder string // of unit files
	User   bool
}

func (s Systemd) service() string { return filepath.Join(s.Folder, Name+".service") }

func (s Systemd) timer() string { return filepath.Join(s.Folder, Name+".timer") }

// shut is what the system's service may not do. It runs as root, which must
// still read and hand back files that belong to the base's account. A user's
// manager has no right to shut any of this.
const shut = `
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

// Entry is the service and the timer.
func (s Systemd) Entry(j Job) ([]File, error) {
	service := `# Written by "openfire-o365 token schedule install"; "openfire-o365 token schedule remove" takes it away.
[Unit]
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
		service += fmt.Sprintf(shut, quoteUnit(j.Folder))
	}
	timer := fmt.Sprintf(`# Written by "openfire-o365 token schedule install"; "openfire-o365 token schedule remove" takes it away.
[Unit]
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

// check refuses a program that systemd would not start whatever the quoting.
func (s Systemd) check(j Job) error {
	if strings.ContainsAny(j.Program, `'"\`) {
		return unfit(j.Program)
	}
	return j.check()
}

// Installed is the service and the timer that are there.
func (s Systemd) Installed(context.Context) ([]File, error) {
	return present(s.service(), s.timer())
}

// Install writes both and starts the timer, now and at every start.
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

// Remove stops the timer and deletes both files. A run that is under way ends
// by itself.
func (s Systemd) Remove(ctx context.Context) error {
	there, err := s.Installed(ctx)
	if err != nil || there == nil {
		return err
	}
	if err := s.systemctl(ctx, "disable", "--now", Name+".timer"); err != nil {
		return err
	}
	// What systemd remembers beside: the moment of the last run, for Persistent,
	// and its failure if it failed. It may know neither.
	_ = s.systemctl(ctx, "clean", "--what=state", Name+".timer")
	_ = s.systemctl(ctx, "reset-failed", Name+".service")
	if err := forget(there); err != nil {
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
