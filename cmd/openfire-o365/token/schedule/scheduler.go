package schedulecmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/schedule"
)

// scheduler is a system that starts programs by the clock.
type scheduler struct {
	schedule.System
	id    string
	title i18n.Text
	here  bool // this machine has it
}

// account returns the account of this process, in a container also one that has no
// entry in the passwd database.
func account() (*user.User, error) {
	who, err := user.Current()
	if _, unknown := errors.AsType[user.UnknownUserIdError](err); unknown {
		id := strconv.Itoa(os.Getuid())
		who, err = &user.User{Uid: id, Username: id}, nil
	}
	return who, err
}

// schedulers returns all of them, the preferred one first.
func (c *command) schedulers() ([]scheduler, error) {
	who, err := account()
	if err != nil {
		return nil, err
	}
	linux, mac, windows := runtime.GOOS == "linux", runtime.GOOS == "darwin", runtime.GOOS == "windows"
	root := !windows && who.Uid == "0"
	config, err := os.UserConfigDir()
	if err != nil && !root {
		return nil, problem.Misuse("dir", i18n.T("Cannot find the configuration folder: HOME is not set."))
	}
	session := c.Getenv("XDG_RUNTIME_DIR")
	units := scheduler{id: "systemd", title: i18n.T("systemd user timer"),
		System: schedule.Systemd{Folder: filepath.Join(config, "systemd", "user"), User: true}, here: linux &&
			session != "" && exists(filepath.Join(session, "systemd", "private"))}
	agent := schedule.Launchd{Folder: filepath.Join(filepath.Dir(config), "LaunchAgents"), Domain: "gui/" + who.Uid}
	if root {
		units.title = i18n.T("systemd system timer")
		units.System, units.here = schedule.Systemd{Folder: "/etc/systemd/system"}, linux &&
			exists("/run/systemd/system")
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
		{System: schedule.Task{Account: account, SID: who.Uid, Elevated: elevated()}, id: "task",
			title: i18n.T("Windows Task Scheduler"), here: windows},
		{System: schedule.Cron{}, id: "cron", title: i18n.Literal("cron"), here: !windows && lacking == nil},
	}, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// scheduler returns the one of --with, else the preferred one of this machine, and
// all of them.
func (c *command) scheduler() (s scheduler, all []scheduler, err error) {
	all, err = c.schedulers()
	if err != nil {
		return s, nil, err
	}
	i := slices.IndexFunc(all, func(s scheduler) bool { return s.id == c.with || c.with == "" && s.here })
	switch {
	case i < 0 && c.with != "":
		return s, nil, problem.Misuse("with", i18n.T(
			"Invalid value \"%s\" for --with (systemd, cron, launchd or task).", c.with))
	case i < 0:
		return s, nil, problem.Misuse("with",
			i18n.T("This machine has neither systemd nor crontab. Use another scheduler to run \"openfire-o365 "+
				"token refresh --all\" every 15 minutes."))
	}
	return all[i], all, nil
}

// requireScheduler is scheduler for a command that changes its entries.
func (c *command) requireScheduler() (s scheduler, all []scheduler, err error) {
	s, all, err = c.scheduler()
	if err == nil && !s.here {
		err = problem.Misuse("with", i18n.T("%s is not available on this machine or for this account.", s.title))
	}
	return s, all, err
}

// searched returns those in which the entry may be: the one of --with, else all
// that this machine has.
func (c *command) searched(all []scheduler) []scheduler {
	return slices.DeleteFunc(all, func(s scheduler) bool { return !s.here || c.with != "" && s.id != c.with })
}

// show prints the entry that is installed; else the one that would be.
func (c *command) show(ctx context.Context, job schedule.Job) error {
	s, all, err := c.scheduler()
	if err != nil {
		return err
	}
	var installed []schedule.File
	for _, one := range c.searched(all) {
		if installed, err = one.Installed(ctx); err != nil {
			return err
		}
		if installed != nil {
			s = one
			break
		}
	}
	wanted, err := s.Entry(job)
	if err != nil {
		return err
	}
	shown, state := installed, i18n.T("scheduled")
	if installed == nil {
		shown, state = wanted, i18n.T("not scheduled yet; \"token schedule install\" would create the following")
	}
	if c.Flags.JSON {
		c.Out.JSON("schedule", map[string]any{"system": s.id, "installed": installed != nil, "files": shown})
		return nil
	}
	fmt.Fprintln(c.Out, c.Text(i18n.T("%s: %s.", s.title, state)))
	for _, f := range shown {
		fmt.Fprintf(c.Out, "\n# %s\n%s", f.Where, f.Text)
	}
	return nil
}

// install puts the entry into one scheduler, and takes it out of the
// others: two would do no harm, but nobody would find the second.
func (c *command) install(ctx context.Context, job schedule.Job) error {
	s, all, err := c.requireScheduler()
	if err != nil {
		return err
	}
	if slices.Contains(job.Args, "--all") {
		if _, err := c.site.AllBases(nil); err != nil {
			return err
		}
	}
	if err := schedule.Install(ctx, s, job); err != nil {
		return err
	}
	for _, other := range all {
		if other.here && other.id != s.id {
			if _, err := schedule.Remove(ctx, other); err != nil {
				return err
			}
		}
	}
	c.reportInstalled(s)
	return nil
}

// remove takes the entry out of the scheduler named, or of all.
func (c *command) remove(ctx context.Context) error {
	_, all, err := c.requireScheduler()
	if err != nil {
		return err
	}
	gone := false
	for _, one := range c.searched(all) {
		found, err := schedule.Remove(ctx, one)
		if err != nil {
			return err
		}
		if found {
			gone = true
			c.reportRemoved(one)
		}
	}
	if !gone && !c.Flags.JSON && !c.Flags.Quiet {
		c.Tell.Print(i18n.T("Nothing was scheduled."))
	}
	return nil
}

// reportInstalled says that a scheduler has the entry, and what a person should
// know of it: the entry runs when nobody is there to see.
func (c *command) reportInstalled(s scheduler) {
	switch {
	case c.Flags.JSON:
		c.Out.JSON("schedule", map[string]any{"system": s.id, "installed": true})
	case !c.Flags.Quiet:
		c.Tell.Done(i18n.T(
			"%s: the tokens will be renewed every %d minutes. Run \"openfire-o365 token schedule\" to see "+
				"the schedule.",
			s.title, schedule.Every))
		for _, note := range c.notes(s) {
			c.Tell.Note(note)
		}
	}
}

// reportRemoved says that a scheduler no longer has the entry.
func (c *command) reportRemoved(s scheduler) {
	switch {
	case c.Flags.JSON:
		c.Out.JSON("schedule", map[string]any{"system": s.id, "installed": false})
	case !c.Flags.Quiet:
		c.Tell.Done(i18n.T("%s: the renewal is no longer scheduled.", s.title))
	}
}

// notes returns what a scheduled run will lack.
func (c *command) notes(s scheduler) (notes []i18n.Text) {
	switch system := s.System.(type) {
	case schedule.Systemd:
		who, err := account()
		if system.User && err == nil && !exists(filepath.Join("/var/lib/systemd/linger", who.Username)) {
			notes = append(notes, i18n.T(
				"The timer stops when you log out. To keep it running, run: loginctl enable-linger"))
		}
	case schedule.Task:
		if !system.Elevated {
			notes = append(notes,
				i18n.T("The task runs only while you are signed in to Windows. To run it at all times, run this "+
					"command again in a terminal opened as administrator."))
		}
	}
	if s.id == "task" || s.id == "launchd" {
		notes = append(notes,
			i18n.T("This system does not keep the messages of scheduled runs. Run \"openfire-o365 verify --all "+
				"--offline\" to see problems."))
	}
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		if s.id != "task" && c.Getenv(name) != "" {
			notes = append(notes,
				i18n.T(
					"The environment variable %s is set here but not in scheduled runs. Add it to the configuration "+
						"of %s.", name,
					s.title))
		}
	}
	return notes
}
