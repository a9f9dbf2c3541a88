package main

import (
	"context"
	"errors"
	"maps"

	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/azure/exchange"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// errTerminated is the cause of a run ended by SIGTERM or SIGHUP.
var errTerminated = errors.New("terminated")

// usage is a problem of whoever typed the command; nothing was changed.
func usage(field string, what i18n.Text) *problem.Problem { return problem.Misuse(field, what) }

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
	if missing, is := errors.AsType[*ui.Missing](err); is {
		return usage("missing", i18n.T("Missing: %s.", join(missing.Flags)))
	}
	if prob := tokens.Explain(err, p.cloud.Login); prob != nil {
		return prob
	}
	if prob, is := exchange.Problem(err, p.cloud.Login); is {
		return prob
	}
	return problem.Unexpected(err)
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
