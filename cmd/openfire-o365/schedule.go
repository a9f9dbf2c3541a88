package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/schedule"
)

func (p *program) scheduleCommand() *cobra.Command {
	var with string
	group := p.command("schedule", i18n.T("Schedule the renewal on this machine"),
		i18n.T("Has \"token refresh\" run every 15 minutes by what does that here: systemd, cron, launchd or\nthe Windows Task Scheduler. The moment within the quarter of an hour is drawn for each\nmachine, so that not all of them turn to Microsoft at once.\nWithout another word, shows what is scheduled."))
	group.PersistentFlags().StringVar(&with, "with", "", p.text(i18n.T("systemd, cron, launchd or task, instead of the program's choice")))
	about := i18n.T("The bases and flags given here are those of \"token refresh\"; without a base, all.\nThe program is called by its path of today, with the folder of tokens and --cloud.")
	scheduling := func(use string, short i18n.Text, do func(context.Context, string, schedule.Job) error) *cobra.Command {
		cmd := p.command(use, short, about)
		var r refreshFlags
		p.refreshFlags(cmd.Flags(), &r)
		cmd.Args = cobra.ArbitraryArgs
		cmd.RunE = func(cmd *cobra.Command, bases []string) error {
			job, err := p.job(cmd, bases, r)
			if err == nil {
				err = do(cmd.Context(), with, job)
			}
			return scheduleProblem(err)
		}
		return cmd
	}
	show := scheduling("show [BASE...]", i18n.T("Show what is scheduled, or would be, and where"), p.showSchedule)
	install := scheduling("install [BASE...]", i18n.T("Schedule the renewal; run again, replaces"), p.installSchedule)
	remove := p.command("remove", i18n.T("Schedule it no more; nothing of it is left"), i18n.Text{})
	remove.RunE = func(cmd *cobra.Command, _ []string) error {
		p.begin(false)
		return scheduleProblem(p.removeSchedule(cmd.Context(), with))
	}
	group.AddCommand(show, install, remove)
	group.RunE = func(cmd *cobra.Command, _ []string) error { return show.RunE(cmd, nil) }
	return group
}

// here are the flags that are about this command and not about the run that is
// scheduled; --dir, --lang and --all are always written out.
var here = []string{"with", "dir", "lang", "all", "json", "debug", "no-input", "plain", "no-color", "yes", "sandbox", "help"}

// job is the run that this command line asks for.
func (p *program) job(cmd *cobra.Command, bases []string, r refreshFlags) (job schedule.Job, err error) {
	if err := p.schedulable(cmd.Context(), bases, &r); err != nil {
		return job, err
	}
	if job.Program, err = p.executable(); err != nil {
		return job, err
	}
	if job.Folder, err = filepath.Abs(p.flags.dir); err != nil {
		return job, err
	}
	job.Args = []string{"token", "refresh"}
	for _, name := range bases {
		b, err := openfire.ParseBase(name)
		if err != nil {
			return job, err
		}
		job.Args = append(job.Args, b.Name())
	}
	if r.all {
		job.Args = append(job.Args, "--all")
	}
	job.Args = append(job.Args, "--dir", job.Folder, "--lang", string(p.lang))
	job.Args = append(job.Args, carried(cmd.Flags())...)
	host, err := os.Hostname()
	if err != nil {
		return job, err
	}
	who, err := user.Current()
	if err != nil {
		return job, err
	}
	job.Offset = schedule.SpreadOffset(host, who.Uid, job.Folder)
	return job, nil
}

// schedulable refuses what a run with nobody there could not do.
func (p *program) schedulable(ctx context.Context, bases []string, r *refreshFlags) error {
	switch {
	case p.flags.sandbox:
		return usage("sandbox", i18n.T("The sandbox lives inside the program: there is nothing to schedule."))
	case r.all && len(bases) > 0:
		return usage("all", i18n.T("Give bases or --all, not both."))
	case r.apply && (r.account.login == "" || r.account.keyFile == "" || r.account.keyFile == "-"):
		return usage("api-key-file", i18n.T("--apply, with nobody there, wants --login, and --api-key-file with a file."))
	}
	r.all = len(bases) == 0
	if err := r.check(); err != nil {
		return err
	}
	return p.connect(ctx)
}

// carried are the flags given, as the scheduled run wants them: files by their
// whole path, for it starts in another folder.
func carried(set *pflag.FlagSet) (words []string) {
	set.Visit(func(f *pflag.Flag) {
		value := f.Value.String()
		switch {
		case slices.Contains(here, f.Name):
			return
		case f.Value.Type() == "bool":
			if value == "true" {
				words = append(words, "--"+f.Name)
			}
			return
		case f.Name == "cloud" || f.Name == "api-key-file":
			if whole, err := filepath.Abs(value); err == nil {
				value = whole
			}
		}
		words = append(words, "--"+f.Name, value)
	})
	return words
}

// executable is the program's own path. One that "go run" or a look into an
// archive has unpacked is gone tomorrow.
func (p *program) executable() (string, error) {
	path, err := p.self()
	if err != nil {
		return "", err
	}
	for part := range strings.SplitSeq(filepath.ToSlash(path), "/") {
		passing := strings.HasPrefix(part, "go-build") || part == "AppTranslocation"
		if passing || runtime.GOOS == "windows" && strings.EqualFold(part, "Temp") {
			return "", &problem.Problem{Exit: problem.Usage, ID: "schedule",
				What: i18n.T("%s is a temporary copy: it will not exist tomorrow.", path),
				Do:   i18n.T("Copy openfire-o365 to a folder that stays, and run it from there.")}
		}
	}
	return path, nil
}

// scheduleProblem says what a system's scheduler, or its folder, has refused.
func scheduleProblem(err error) error {
	var told *problem.Problem
	var refused *schedule.CommandError
	var file *fs.PathError
	switch {
	case err == nil || errors.As(err, &told):
		return err
	case errors.Is(err, exec.ErrNotFound):
		return usage("with", i18n.T("This machine lacks the command (%s).", err))
	case errors.As(err, &refused):
		return &problem.Problem{Exit: problem.Permission, ID: "schedule", Err: err,
			What: i18n.T("\"%s\" refused: %s", refused.Command, refused.Output)}
	case errors.As(err, &file) && errors.Is(err, fs.ErrPermission):
		return &problem.Problem{Exit: problem.Permission, ID: "schedule", Err: err,
			What: i18n.T("Permission denied: %s.", err)}
	case errors.As(err, &file):
		return &problem.Problem{Exit: problem.Disk, ID: "schedule", Err: err,
			What: i18n.T("The file could not be read or written: %s.", err)}
	}
	return err
}
