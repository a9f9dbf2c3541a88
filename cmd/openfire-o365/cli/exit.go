package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/azure/exchange"
	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/help"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
)

// ErrTerminated is the cause of a context that SIGTERM or SIGHUP canceled.
var ErrTerminated = errors.New("terminated")

// reported is the error of Reported.
type reported struct{ code problem.Exit }

func (reported) Error() string { return "the results are printed already" }

// Reported returns the error of a command that has printed its results and exits
// with code. It is nil for problem.OK.
func Reported(code problem.Exit) error {
	if code == problem.OK {
		return nil
	}
	return reported{code}
}

// finish prints the error if there is one, ends the JSON lines, and returns the
// exit code of the process.
func (a *App) finish(ctx context.Context, err error) problem.Exit {
	code, prob := problem.OK, a.Explain(ctx, err)
	if done, is := errors.AsType[reported](err); is {
		code, prob = done.code, nil
	} else if prob != nil {
		code = prob.Exit
	}
	if a.Flags.Nagios && prob != nil { // a plugin that cannot check anything answers UNKNOWN
		return a.Nagios(nagiosUnknown, prob.What, "")
	}
	if a.Flags.JSON {
		fields := map[string]any{"exit": code}
		maps.Copy(fields, a.Figures)
		if prob != nil {
			fields["id"], fields["message"] = prob.ID, prob.Error()
			if prob.Who != "" {
				fields["who"] = prob.Who
			}
		}
		a.Out.JSON("summary", fields)
	}
	switch {
	case prob == nil:
	case code == problem.Interrupted: // is what the person wanted
		a.Tell.Print(prob.What)
	default:
		a.Tell.Problem(prob)
	}
	if err := a.Out.Err(); err != nil && code == problem.OK && !ui.IsClosedPipe(err) {
		a.Tell.Problem(&problem.Problem{What: i18n.T("The output cannot be written: %v.", err)})
		if a.Flags.Nagios {
			return nagiosUnknown
		}
		return problem.Disk
	}
	return code
}

// The states of a Nagios plugin, by their exit codes
// (nagios-plugins.org/doc/guidelines.html, "Plugin Return Codes").
var nagiosStates = []string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}

const nagiosUnknown = 3

// Nagios prints the line of a Nagios plugin, of at most 300 characters, and
// returns the exit code of its state. Bars and line breaks in the text are replaced,
// because performance data would begin there.
func (a *App) Nagios(state int, text i18n.Text, perfdata string) problem.Exit {
	const longest = 300
	if perfdata != "" {
		perfdata = " | " + perfdata
	}
	head := "O365 " + nagiosStates[state] + " - "
	line := []rune(strings.ReplaceAll(sanitize.Line(a.Text(text)), "|", "/"))
	if room := longest - len([]rune(head+perfdata)); len(line) > room {
		line = append(line[:room-1], '…')
	}
	fmt.Fprintln(a.Out, head+string(line)+perfdata)
	return problem.Exit(state)
}

// Explain returns what an error means for a person, nil for no error.
func (a *App) Explain(ctx context.Context, err error) *problem.Problem {
	if err == nil {
		return nil
	}
	if stopped := interrupted(ctx, err); stopped != nil {
		return stopped
	}
	if missing, is := errors.AsType[*prompt.Missing](err); is {
		return problem.Misuse("missing", i18n.T("Missing answers: %s.", strings.Join(missing.Flags, ", ")))
	}
	if prob := tokens.Explain(err, a.login); prob != nil {
		return prob
	}
	if prob, is := exchange.Problem(err, a.login); is {
		return prob
	}
	return problem.Unexpected(err)
}

// interrupted returns the problem of an end by a signal, or by Ctrl-C in a form. It
// is nil for other errors.
func interrupted(ctx context.Context, err error) *problem.Problem {
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, ErrTerminated): // also when the terminal was closed during a question
		return &problem.Problem{Exit: problem.Terminated, ID: "terminated", What: i18n.T("Stopped by the system.")}
	case errors.Is(err, prompt.ErrInterrupted), errors.Is(cause, prompt.ErrInterrupted):
		return &problem.Problem{Exit: problem.Interrupted, ID: "interrupted",
			What: i18n.T("Interrupted. Your answers are saved: run the command again to continue.")}
	}
	return nil
}

// flagProblem returns pflag's error about a flag of cmd in the program's own words.
func flagProblem(cmd *cobra.Command, err error) error {
	if unknown, is := errors.AsType[*pflag.NotExistError](err); is {
		name := unknown.GetSpecifiedName()
		prob := problem.Misuse("flag", i18n.T("Unknown flag %s.", dashes(name)))
		var names []string
		for _, f := range slices.Concat(help.ShownFlags(cmd.LocalFlags()), help.ShownFlags(cmd.InheritedFlags())) {
			names = append(names, f.Name)
		}
		prob.Do = i18n.T("\"%s --help\" lists the flags.", cmd.CommandPath())
		if near := nearest(name, names); near != "" && len(name) > 1 {
			prob.Do = i18n.T("Did you mean \"%s\"?", "--"+near)
		}
		return prob
	}
	if bare, is := errors.AsType[*pflag.ValueRequiredError](err); is {
		return problem.Misuse(bare.GetSpecifiedName(), i18n.T("The flag %s needs a value.",
			dashes(bare.GetSpecifiedName())))
	}
	if invalid, is := errors.AsType[*pflag.InvalidValueError](err); is {
		name := invalid.GetFlag().Name
		return invalidValue(name, "--"+name, invalid.GetValue())
	}
	if syntax, is := errors.AsType[*pflag.InvalidSyntaxError](err); is {
		return problem.Misuse("flag", i18n.T("\"%s\" is not a flag.", syntax.GetSpecifiedFlag()))
	}
	return problem.Misuse("flag", i18n.Literal("%s", err))
}

// invalidValue returns the problem of an invalid value of a flag, or of its
// environment variable.
func invalidValue(flag, given, value string) *problem.Problem {
	if examples := help.Values(flag); len(examples) > 0 {
		return problem.Misuse(flag, i18n.T("Invalid value \"%s\" for %s (for example %s).", value, given, examples[0]))
	}
	return problem.Misuse(flag, i18n.T("Invalid value \"%s\" for %s.", value, given))
}

// dashes returns a flag as it is typed: -q, --quiet.
func dashes(name string) string { return "--"[:min(len(name), 2)] + name }
