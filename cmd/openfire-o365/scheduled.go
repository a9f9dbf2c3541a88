package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/schedule"
)

// scheduler is one system that starts programs by the clock, and whether this
// machine has it.
type scheduler struct {
	schedule.System
	id    string
	title i18n.Text
	here  bool
}

// schedulers are all of them, the one to be preferred first.
func (p *program) schedulers() ([]scheduler, error) {
	who, err := user.Current()
	if err != nil {
		return nil, err
	}
	linux, mac, windows := runtime.GOOS == "linux", runtime.GOOS == "darwin", runtime.GOOS == "windows"
	root := !windows && who.Uid == "0"
	config, err := os.UserConfigDir()
	if err != nil && !root {
		return nil, usage("dir", i18n.T("Cannot find the configuration folder: HOME is not set."))
	}
	session := p.env("XDG_RUNTIME_DIR")
	units := scheduler{id: "systemd", title: i18n.T("systemd, the user's timer"),
		System: schedule.Systemd{Folder: filepath.Join(config, "systemd", "user"), User: true}, here: linux && session != "" && there(filepath.Join(session, "systemd", "private"))}
	agent := schedule.Launchd{Folder: filepath.Join(filepath.Dir(config), "LaunchAgents"), Domain: "gui/" + who.Uid}
	if root {
		units.title = i18n.T("systemd, the system's timer")
		units.System, units.here = schedule.Systemd{Folder: "/etc/systemd/system"}, linux && there("/run/systemd/system")
		agent = schedule.Launchd{Folder: "/Library/LaunchDaemons", Domain: "system"}
	}
	_, lacking := exec.LookPath("crontab")
	_, account, found := strings.Cut(who.Username, `\`) // Windows says MACHINE\account
	if !found {
		account = who.Username
	}
	return []scheduler{
		units,
		{System: agent, id: "launchd", title: i18n.Literal("launchd"), here: mac},
		{System: schedule.Task{Account: account, SID: who.Uid, Elevated: elevated()}, id: "task", title: i18n.T("Windows Task Scheduler"), here: windows},
		{System: schedule.Cron{}, id: "cron", title: i18n.Literal("cron"), here: !windows && lacking == nil},
	}, nil
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// scheduler is the one asked for, else the one of this machine.
func (p *program) scheduler(with string) (s scheduler, others []scheduler, err error) {
	all, err := p.schedulers()
	if err != nil {
		return s, nil, err
	}
	i := slices.IndexFunc(all, func(s scheduler) bool { return s.id == with || with == "" && s.here })
	switch {
	case i < 0 && with != "":
		return s, nil, usage("with", i18n.T("--with %s: give systemd, cron, launchd or task.", with))
	case i < 0:
		return s, nil, usage("with", i18n.T("This machine has neither systemd nor crontab: have \"token refresh --all\" run every 15 minutes by what it has."))
	}
	s = all[i]
	return s, slices.Delete(all, i, i+1), nil
}

// mine is scheduler for a command that touches it.
func (p *program) mine(with string) (s scheduler, others []scheduler, err error) {
	s, others, err = p.scheduler(with)
	if err == nil && !s.here {
		err = usage("with", i18n.T("This machine, or this account, does not have %s.", s.title))
	}
	return s, others, err
}

// showSchedule prints the entry that is installed; else the one that would be.
func (p *program) showSchedule(ctx context.Context, with string, job schedule.Job) error {
	s, others, err := p.scheduler(with)
	if err != nil {
		return err
	}
	var installed []schedule.File
	for _, one := range append([]scheduler{s}, others...) {
		if !one.here || with != "" && one.id != with || installed != nil {
			continue
		}
		if installed, err = one.Installed(ctx); err != nil {
			return err
		}
		if installed != nil {
			s = one
		}
	}
	wanted, err := s.Entry(job)
	if err != nil {
		return err
	}
	p.printSchedule(s, installed, wanted)
	return nil
}

// printSchedule is the result of show.
func (p *program) printSchedule(s scheduler, installed, wanted []schedule.File) {
	shown, state := installed, i18n.T("scheduled")
	if installed == nil {
		shown, state = wanted, i18n.T("not scheduled yet; \"token schedule install\" would write this")
	}
	if p.flags.json {
		files := []map[string]any{}
		for _, f := range shown {
			files = append(files, map[string]any{"where": f.Where, "text": f.Text})
		}
		p.out.JSON("schedule", map[string]any{"system": s.id, "installed": installed != nil, "files": files})
		return
	}
	fmt.Fprintln(p.out, p.text(i18n.T("%s: %s.", s.title, state)))
	for _, f := range shown {
		fmt.Fprintf(p.out, "\n# %s\n%s", f.Where, f.Text)
	}
}

// installSchedule puts the entry into one scheduler, and takes it out of the
// others: two would do no harm, but nobody would find the second.
func (p *program) installSchedule(ctx context.Context, with string, job schedule.Job) error {
	s, others, err := p.mine(with)
	if err != nil {
		return err
	}
	if slices.Contains(job.Args, "--all") {
		if _, err := p.bases(nil, true); err != nil {
			return err
		}
	}
	if err := s.Install(ctx, job); err != nil {
		return err
	}
	for _, other := range others {
		if other.here {
			if err := other.Remove(ctx); err != nil {
				return err
			}
		}
	}
	return p.toldOf(s, true, job)
}

// removeSchedule takes the entry out of the scheduler named, or of all.
func (p *program) removeSchedule(ctx context.Context, with string) error {
	s, others, err := p.mine(with)
	if err != nil {
		return err
	}
	gone := false
	for _, one := range append([]scheduler{s}, others...) {
		if !one.here || with != "" && one.id != with {
			continue
		}
		files, err := one.Installed(ctx)
		if err == nil && files != nil {
			gone = true
			if err = one.Remove(ctx); err == nil {
				err = p.toldOf(one, false, schedule.Job{})
			}
		}
		if err != nil {
			return err
		}
	}
	if !gone && !p.flags.json && !p.flags.quiet {
		p.tell.Print(i18n.T("Nothing was scheduled."))
	}
	return nil
}
