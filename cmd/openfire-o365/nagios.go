package main

import (
	"fmt"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/report"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// tellSum prints one line that sums up the bases, and keeps the figures for
// the summary of --json.
func (p *program) tellSum(sum report.Summary, v verifyFlags) {
	list := p.tell.On(p.out)
	switch {
	case p.flags.nagios:
	case p.flags.json:
		p.figures = map[string]any{"bases": sum.Bases, "broken": sum.Count(report.Broken), "watch": sum.Count(report.Watch),
			"unsure": sum.Count(report.Unreached)}
	case sum.Bases > 1 || v.all:
		fmt.Fprintln(p.out, p.text(sum.Text())) // one line, however long
	case p.flags.quiet:
		fmt.Fprintln(p.out, p.text(i18n.T("%s: %s", sum.Last.Base.Host(), report.Verdict(sum.Last))))
	default:
		list.Blank()
		list.Print(report.Verdict(sum.Last))
	}
}

// The states of a plugin, by their exit codes
// (nagios-plugins.org/doc/guidelines.html, "Plugin Return Codes").
var nagiosStates = []string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}

const nagiosUnknown = 3

// printNagios prints the plugin's line and returns its exit code.
func (p *program) printNagios(sum report.Summary) problem.Exit {
	state, text := sum.Nagios()
	return p.nagiosLine(state, text, sum.Perfdata(p.now()))
}

// nagiosLine prints one line of at most 300 characters and returns its exit code.
// A bar or line break in the text would start the performance data.
func (p *program) nagiosLine(state int, text i18n.Text, perfdata string) problem.Exit {
	const longest = 300
	if perfdata != "" {
		perfdata = " | " + perfdata
	}
	head := "O365 " + nagiosStates[state] + " - "
	line := []rune(strings.ReplaceAll(sanitize.Line(p.text(text)), "|", "/"))
	if room := longest - len([]rune(head+perfdata)); len(line) > room {
		line = append(line[:room-1], '…')
	}
	fmt.Fprintln(p.out, head+string(line)+perfdata)
	return problem.Exit(state)
}
