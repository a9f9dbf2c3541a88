// Package schedulecmd is the command token schedule.
package schedulecmd

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	tokencmd "github.com/openfire-fr/openfire-o365/cmd/openfire-o365/token"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/schedule"
)

// command is one run of the command.
type command struct {
	*cli.App
	site *cli.Site // nil until job has opened it
	with string    // the scheduler that --with names
}

// Command returns the command.
func Command(a *cli.App) *cobra.Command {
	c := &command{App: a}
	group := a.Command("schedule")
	group.PersistentFlags().StringVar(&c.with, "with", "", "")
	show := a.Command("show [BASE...]")
	c.takesRun(show, c.show)
	install := a.Command("install [BASE...]")
	c.takesRun(install, c.install)
	remove := a.Command("remove")
	remove.RunE = func(cmd *cobra.Command, _ []string) error {
		cli.CatchSignals(cmd.Context())
		return explain(c.remove(cmd.Context()))
	}
	group.AddCommand(show, install, remove)
	group.RunE = func(cmd *cobra.Command, _ []string) error { return show.RunE(cmd, nil) }
	return group
}

// takesRun lets cmd take the bases and flags of token refresh, and do something
// with the run that they describe.
func (c *command) takesRun(cmd *cobra.Command, do func(context.Context, schedule.Job) error) {
	var o tokencmd.Options
	o.AddFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, bases []string) error {
		job, err := c.job(cmd, bases, o)
		if err == nil {
			err = do(cmd.Context(), job)
		}
		return explain(err)
	}
}

// localFlags are those that are about this command and not about the run that is
// scheduled, and --dir, --lang and --all, which are always written out.
var localFlags = []string{"with", "dir", "lang", "all", "json", "debug", "no-input", "plain", "no-color", "yes",
	"sandbox", "help"}

// job returns the run that this command line asks for.
func (c *command) job(cmd *cobra.Command, bases []string, o tokencmd.Options) (job schedule.Job, err error) {
	if err := c.validate(bases, &o); err != nil {
		return job, err
	}
	if c.site, err = c.Open(cmd.Context()); err != nil {
		return job, err
	}
	cli.CatchSignals(cmd.Context())
	if job.Program, err = c.executable(); err != nil {
		return job, err
	}
	if job.Folder, err = filepath.Abs(c.site.Store.Dir); err != nil {
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
	if o.All {
		job.Args = append(job.Args, "--all")
	}
	job.Args = append(job.Args, "--dir", job.Folder, "--lang", string(c.Lang))
	job.Args = append(job.Args, givenFlags(cmd.Flags())...)
	host, err := os.Hostname()
	if err != nil {
		return job, err
	}
	who, err := account()
	if err != nil {
		return job, err
	}
	job.Offset = schedule.SpreadOffset(host, who.Uid, job.Folder)
	return job, nil
}

// validate refuses what an unattended run cannot do, and completes the options.
func (c *command) validate(bases []string, o *tokencmd.Options) error {
	switch {
	case c.Flags.Sandbox:
		return problem.Misuse("sandbox", i18n.T(
			"--sandbox cannot be scheduled: the sandbox exists only while a command runs."))
	case o.All && len(bases) > 0:
		return problem.Misuse("all", i18n.T("Use either base names or --all."))
	case o.Apply && (o.Account.Login == "" || o.Account.KeyFile == "" || o.Account.KeyFile == "-"):
		return problem.Misuse("api-key-file",
			i18n.T("A scheduled --apply requires --login, and --api-key-file with the name of a file."))
	}
	o.All = len(bases) == 0
	return o.Validate()
}

// givenFlags returns the flags given, as the scheduled run takes them: files by
// their absolute path, for it starts in another folder.
func givenFlags(set *pflag.FlagSet) (words []string) {
	set.SortFlags = true // the entry does not depend on the order they were given in
	set.Visit(func(f *pflag.Flag) {
		value := f.Value.String()
		switch {
		case slices.Contains(localFlags, f.Name):
			return
		case f.Value.Type() == "bool":
			if value == "true" {
				words = append(words, "--"+f.Name)
			}
			return
		case f.Name == "cloud" || f.Name == "api-key-file":
			if absolute, err := filepath.Abs(value); err == nil {
				value = absolute
			}
		}
		words = append(words, "--"+f.Name, value)
	})
	return words
}

// executable returns the program's own path. It refuses a temporary copy, which
// "go run", or opening an archive, has unpacked.
func (c *command) executable() (string, error) {
	path, err := c.Executable()
	if err != nil {
		return "", err
	}
	for part := range strings.SplitSeq(filepath.ToSlash(path), "/") {
		temporary := strings.HasPrefix(part, "go-build") || part == "AppTranslocation"
		if temporary || runtime.GOOS == "windows" && strings.EqualFold(part, "Temp") {
			return "", &problem.Problem{Exit: problem.Usage, ID: "schedule",
				What: i18n.T("%s is in a temporary folder.", path),
				Do:   i18n.T("Copy openfire-o365 to a permanent folder and run it from there.")}
		}
	}
	return path, nil
}

// explain returns the problem of a scheduler's folder that refused.
func explain(err error) error {
	var told *problem.Problem
	var file *fs.PathError
	switch {
	case err == nil || errors.As(err, &told):
		return err
	case errors.As(err, &file) && errors.Is(err, fs.ErrPermission):
		return &problem.Problem{Exit: problem.Permission, ID: "schedule", Err: err,
			What: i18n.T("Permission denied: %s.", err)}
	case errors.As(err, &file):
		return &problem.Problem{Exit: problem.Disk, ID: "schedule", Err: err,
			What: i18n.T("The file could not be read or written: %s.", err)}
	}
	return err
}
