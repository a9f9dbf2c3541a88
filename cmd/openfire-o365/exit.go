package main

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/azure/exchange"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/oauthflow"
)

// errTerminated is the cause of a run ended by SIGTERM or SIGHUP.
var errTerminated = errors.New("terminated")

// usage is a problem of whoever typed the command; nothing was changed.
func usage(field string, what i18n.Text) *problem.Problem {
	return &problem.Problem{Exit: problem.Usage, ID: field, What: what,
		Do: i18n.T("\"openfire-o365 help\" shows the commands and their flags.")}
}

// silent ends a command whose results have been told already.
type silent struct{ code problem.Exit }

func (silent) Error() string { return "told" }

// finish tells the error, if any, closes the JSON lines and gives the exit
// code: the only place where errors become codes.
func (p *program) finish(ctx context.Context, err error) problem.Exit {
	code, prob := problem.OK, p.explain(ctx, err)
	var told silent
	switch {
	case errors.As(err, &told):
		code, prob = told.code, nil
	case prob != nil:
		code = prob.Exit
	}
	if p.flags.nagios && prob != nil { // a plugin that could not do its work, whatever the reason
		return p.nagiosLine(nagiosUnknown, prob.What, "")
	}
	if code == problem.Usage || p.flags.json {
		p.summary(code, prob)
	}
	if prob != nil {
		p.tell.Problem(prob)
	}
	if p.out.Err() != nil && code == problem.OK {
		p.tell.Problem(&problem.Problem{What: i18n.T("The output could not be written: %v.", p.out.Err())})
		if p.flags.nagios {
			return nagiosUnknown
		}
		return problem.Disk
	}
	return code
}

func (p *program) summary(code problem.Exit, prob *problem.Problem) {
	if !p.flags.json {
		return
	}
	fields := map[string]any{"exit": code}
	maps.Copy(fields, p.figures)
	if prob != nil {
		fields["id"], fields["message"] = prob.ID, prob.Error()
	}
	p.out.JSON("summary", fields)
}

// explain turns an error into what a person is told, most specific first.
func (p *program) explain(ctx context.Context, err error) *problem.Problem {
	if err == nil {
		return nil
	}
	if stopped := interrupted(ctx, err); stopped != nil {
		return stopped
	}
	var prob *problem.Problem
	var missing *ui.Missing
	var saved *disk.Error
	if errors.As(err, &prob) {
		if errors.As(err, &saved) {
			return storeProblem(saved)
		}
		return prob
	}
	if refusal, is := faults.AsRefusal(err); is {
		prob := refusal.Problem()
		prob.What = i18n.T("%s Microsoft: %s", refusal.What, refusal.Detail)
		return prob
	}
	switch {
	case errors.As(err, &missing):
		return usage("missing", i18n.T("Missing: %s.", join(missing.Flags())))
	case errors.As(err, &saved):
		return storeProblem(saved)
	case errors.Is(err, fs.ErrNotExist):
		return usage("token.file", i18n.T("There is no token file: run setup first."))
	case errors.Is(err, oauthflow.ErrClaims):
		return &problem.Problem{Exit: problem.Safety, ID: "id_token", Err: err,
			What: i18n.T("Microsoft's answer is not for this sign-in (%s). Nothing was saved.", err),
			Do:   i18n.T("Run setup again; if it happens again tell OpenFire support.")}
	case errors.Is(err, oauthflow.ErrNotTokenAnswer):
		return &problem.Problem{Exit: problem.Temporary, ID: "token.answer", Err: err,
			What: i18n.T("%s did not answer as Microsoft does: perhaps a captive portal or a proxy stands between. The tokens are kept.", p.cloud.Login)}
	}
	if prob, is := exchange.Problem(err, p.cloud.Login); is {
		return prob
	}
	return &problem.Problem{Exit: problem.Bug, ID: "bug", Err: err,
		What: i18n.T("Unexpected error: %s.", err),
		Do:   i18n.T("Send this line to OpenFire support.")}
}

// interrupted is the end by a signal or by Ctrl-C in a form.
func interrupted(ctx context.Context, err error) *problem.Problem {
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errTerminated): // also when the terminal went away under a question
		return &problem.Problem{Exit: problem.Terminated, ID: "terminated", What: i18n.T("Stopped by the system.")}
	case errors.Is(err, ui.ErrInterrupted), errors.Is(cause, ui.ErrInterrupted):
		return &problem.Problem{Exit: problem.Interrupted, ID: "interrupted",
			What: i18n.T("Interrupted. Your answers are kept: run the command again to go on.")}
	}
	return nil
}

// storeProblem says what happened to the file; store itself speaks no French.
func storeProblem(e *disk.Error) *problem.Problem {
	pr := &problem.Problem{ID: "token.file", Err: e}
	cause := strings.TrimSuffix(sanitize.Line(e.Error()), ".") // Windows' errors are sentences
	switch e.Kind {
	case disk.Busy:
		pr.Exit = problem.Temporary
		pr.What = i18n.T("%s is in use by another openfire-o365.", e.Path)
	case disk.ResourceExhausted:
		pr.Exit = problem.Temporary
		pr.What = i18n.T("This machine has no memory or descriptors left: %s. The old content is intact.", cause)
	case disk.NotDurable:
		pr.Exit = problem.Disk
		pr.What = i18n.T("The new file is in place, but the disk has not confirmed it: %s. A power cut might lose it.", cause)
		pr.Do = i18n.T("Check this disk; the next renewal will try again.")
	case disk.Unsafe:
		pr.Exit = problem.Safety
		pr.What = i18n.T("Refused for your safety: %s.", cause)
		switch {
		case e.Fixable:
			pr.Do = i18n.T("To repair: \"openfire-o365 verify --fix-perms\", or %s", e.Repair)
		case e.Repair != "":
			pr.Do = i18n.T("To repair: %s", e.Repair)
		}
	case disk.Denied:
		pr.Exit = problem.Permission
		pr.What = i18n.T("Permission denied: %s.", cause)
		pr.Do = i18n.T("Run the command as the account that owns the file.")
	case disk.Malformed:
		errors.As(e.Err, &pr)
		broken := *pr
		broken.Do = i18n.T("%s File: %s", pr.Do, e.Path)
		return &broken
	case disk.UnknownOwner:
		return usage("owner", i18n.T("--owner wants USER:GROUP, two names or numbers of this machine (%s).", cause))
	default:
		pr.Exit = problem.Disk
		pr.What = i18n.T("The file could not be read or written: %s. The old content is intact.", cause)
		switch {
		case e.Repair != "":
			pr.Do = i18n.T("To repair: %s", e.Repair)
		case errors.Is(e, syscall.EBUSY):
			pr.Do = i18n.T("If the file is mounted by itself in a container, mount its folder instead.")
		}
	}
	return pr
}

// flagProblem says in two languages what pflag says in English.
func flagProblem(err error) error {
	var unknown *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	var syntax *pflag.InvalidSyntaxError
	switch {
	case errors.As(err, &unknown):
		return usage("flag", i18n.T("There is no flag %s.", dashes(unknown.GetSpecifiedName())))
	case errors.As(err, &bare):
		return usage(bare.GetSpecifiedName(), i18n.T("The flag %s wants a value.", dashes(bare.GetSpecifiedName())))
	case errors.As(err, &invalid):
		return usage(invalid.GetFlag().Name, i18n.T("\"%s\" is no value for --%s.", invalid.GetValue(), invalid.GetFlag().Name))
	case errors.As(err, &syntax):
		return usage("flag", i18n.T("\"%s\" is no flag.", syntax.GetSpecifiedFlag()))
	}
	return usage("flag", i18n.Literal("%s").With(err))
}

func dashes(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
