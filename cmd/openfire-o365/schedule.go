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

	"github.com/openfire-fr/openfire-o365/internal/guard"
	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/schedule"
)

func (p *program) scheduleCommand() *cobra.Command {
	var with string
	group := p.command("schedule", lang.Text{FR: "Programmer le renouvellement sur cette machine", EN: "Schedule the renewal on this machine"},
		lang.Text{
			FR: "Fait lancer « token refresh » toutes les 15 minutes par ce qui s'en charge ici : systemd, cron,\nlaunchd ou le Planificateur de tâches de Windows. Le moment dans le quart d'heure est tiré\npour chaque machine, pour que toutes ne s'adressent pas à Microsoft en même temps.\nSans autre mot, montre ce qui est programmé.",
			EN: "Has \"token refresh\" run every 15 minutes by what does that here: systemd, cron, launchd or\nthe Windows Task Scheduler. The moment within the quarter of an hour is drawn for each\nmachine, so that not all of them turn to Microsoft at once.\nWithout another word, shows what is scheduled."})
	group.PersistentFlags().StringVar(&with, "with", "", p.text(lang.Text{FR: "systemd, cron, launchd ou task, au lieu du choix du programme", EN: "systemd, cron, launchd or task, instead of the program's choice"}))
	about := lang.Text{
		FR: "Les bases et les options données ici sont celles de « token refresh » ; sans base, toutes.\nLe programme est appelé par son chemin d'aujourd'hui, avec le dossier des jetons et --cloud.",
		EN: "The bases and flags given here are those of \"token refresh\"; without a base, all.\nThe program is called by its path of today, with the folder of tokens and --cloud."}
	scheduling := func(use string, short lang.Text, do func(context.Context, string, schedule.Job) error) *cobra.Command {
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
	show := scheduling("show [BASE...]", lang.Text{FR: "Montrer ce qui est programmé, ou le serait, et où", EN: "Show what is scheduled, or would be, and where"}, p.showSchedule)
	install := scheduling("install [BASE...]", lang.Text{FR: "Programmer le renouvellement ; relancé, remplace", EN: "Schedule the renewal; run again, replaces"}, p.installSchedule)
	remove := p.command("remove", lang.Text{FR: "Ne plus le programmer ; rien n'en reste", EN: "Schedule it no more; nothing of it is left"}, lang.Text{})
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
	job.Offset = schedule.Draw(host, who.Uid, job.Folder)
	return job, nil
}

// schedulable refuses what a run with nobody there could not do.
func (p *program) schedulable(ctx context.Context, bases []string, r *refreshFlags) error {
	switch {
	case p.flags.sandbox:
		return usage("sandbox", lang.Text{FR: "Le sandbox vit dans le programme : il n'y a rien à programmer.", EN: "The sandbox lives inside the program: there is nothing to schedule."})
	case r.all && len(bases) > 0:
		return usage("all", lang.Text{FR: "Donnez des bases ou --all, pas les deux.", EN: "Give bases or --all, not both."})
	case r.apply && (r.account.login == "" || r.account.keyFile == "" || r.account.keyFile == "-"):
		return usage("api-key-file", lang.Text{FR: "--apply, quand personne n'est là, veut --login, et --api-key-file avec un fichier.", EN: "--apply, with nobody there, wants --login, and --api-key-file with a file."})
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
			return "", &lang.Problem{Exit: lang.Usage, ID: "schedule",
				What: lang.Text{FR: "%s est une copie temporaire : elle n'existera plus demain.", EN: "%s is a temporary copy: it will not exist tomorrow."}.With(guard.Line(path)),
				Do:   lang.Text{FR: "Copiez openfire-o365 dans un dossier qui reste, et lancez-le de là.", EN: "Copy openfire-o365 to a folder that stays, and run it from there."}}
		}
	}
	return path, nil
}

// scheduleProblem says what a system's scheduler, or its folder, has refused.
func scheduleProblem(err error) error {
	var told *lang.Problem
	var refused *schedule.Refusal
	var file *fs.PathError
	switch {
	case err == nil || errors.As(err, &told):
		return err
	case errors.Is(err, exec.ErrNotFound):
		return usage("with", lang.Text{FR: "Cette machine n'a pas la commande voulue (%s).", EN: "This machine lacks the command (%s)."}.With(guard.Line(err.Error())))
	case errors.As(err, &refused):
		return &lang.Problem{Exit: lang.Permission, ID: "schedule", Err: err,
			What: lang.Text{FR: "« %s » a refusé : %s", EN: "\"%s\" refused: %s"}.With(guard.Line(refused.Command), refused.Said)}
	case errors.As(err, &file) && errors.Is(err, fs.ErrPermission):
		return &lang.Problem{Exit: lang.Permission, ID: "schedule", Err: err,
			What: lang.Text{FR: "Droits insuffisants : %s.", EN: "Permission denied: %s."}.With(guard.Line(err.Error()))}
	case errors.As(err, &file):
		return &lang.Problem{Exit: lang.Disk, ID: "schedule", Err: err,
			What: lang.Text{FR: "Le fichier n'a pas pu être lu ou écrit : %s.", EN: "The file could not be read or written: %s."}.With(guard.Line(err.Error()))}
	}
	return err
}
