package main

import (
	"context"
	"runtime"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// maxSend is how many test messages one run sends at most: Exchange takes
// thirty a minute, and a diagnosis is no mailing.
const maxSend = 10

type verifyFlags struct {
	all, offline, unredacted, fixPerms bool

	send   []string
	report string

	credentials openfire.Credentials // read from account
	account     account
}

func (p *program) verifyCommand() *cobra.Command {
	cmd := p.command("verify [BASE...]", i18n.T("Diagnosis of the chain, from the base to the mailbox"),
		i18n.T("Checks every link and says which one is broken, why, who must act and where to click.\nChanges nothing but an access token that is due, renewed as the base would do it, and with\n--fix-perms the modes of the token file and its folder.\n\nThe exit code is that of the first broken link. With --all only the bases that have\nsomething to say are shown, and one line to sum up. The page of --report is made to be\nmailed to support: it holds no secret, and addresses, identifiers and folders in it are\nshortened; the screen and --json show them whole."))
	var v verifyFlags
	f := cmd.Flags()
	f.BoolVar(&v.all, "all", false, p.text(i18n.T("every base that has a token file")))
	f.BoolVar(&v.offline, "offline", false, p.text(i18n.T("without sending anything to the network")))
	f.BoolVar(&v.fixPerms, "fix-perms", false, p.text(i18n.T("take access to the token file and its folder from other accounts (chmod; nothing to do on Windows)")))
	f.StringSliceVar(&v.send, "send", nil, p.text(i18n.T("send a test message to these addresses (ten at most, one base only)")))
	f.StringVar(&v.report, "report", "", p.text(i18n.T("also write the diagnosis of one base to this HTML page")))
	f.BoolVar(&v.unredacted, "unredacted", false, p.text(i18n.T("whole addresses and identifiers in the report")))
	f.BoolVar(&p.flags.nagios, "nagios", p.flags.nagios, p.text(i18n.T("one line, and the exit codes 0 to 3 of Nagios plugins")))
	p.accountFlags(f, &v.account)
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return p.verify(cmd.Context(), args, v) }
	return cmd
}

func (p *program) verify(ctx context.Context, args []string, v verifyFlags) error {
	if err := p.refuse(args, &v); err != nil {
		return err
	}
	var err error
	if v.credentials, err = p.credentials(v.account); err != nil {
		return err
	}
	if err := p.connect(ctx); err != nil {
		return err
	}
	bases, err := p.bases(args, v.all)
	if err != nil {
		return err
	}
	if v.fixPerms && runtime.GOOS == "windows" && !p.flags.nagios && !p.flags.quiet {
		p.tell.Print(i18n.T("--fix-perms: nothing to repair on Windows, where the file has the rights of its folder."))
	}
	sum, err := p.diagnose(ctx, bases, v)
	if err != nil {
		return err
	}
	code := sum.Exit
	if p.flags.nagios {
		code = p.printNagios(sum)
	}
	if code != problem.OK {
		return silent{code}
	}
	return nil
}

// refuse looks for flags that contradict each other, before anything is done.
// What is sent or written is one base's: a diagnosis of all is no mailing.
func (p *program) refuse(args []string, v *verifyFlags) error {
	many := v.all || len(args) > 1
	switch {
	case len(v.send) > maxSend:
		return usage("send", i18n.T("--send takes %d addresses at most.", maxSend))
	case len(v.send) > 0 && many:
		return usage("send", i18n.T("--send sends for one base only: name it, without --all."))
	case len(v.send) > 0 && v.offline:
		return usage("send", i18n.T("--send and --offline exclude each other."))
	case v.report != "" && many:
		return usage("report", i18n.T("--report writes the page of one base only: name it, without --all."))
	case v.unredacted && v.report == "":
		return usage("unredacted", i18n.T("--unredacted is of use with --report only."))
	case p.flags.nagios && p.flags.json:
		return usage("nagios", i18n.T("--nagios and --json exclude each other."))
	}
	for i, to := range v.send {
		address, err := openfire.ParseMailbox(to)
		if err != nil {
			return err
		}
		v.send[i] = address
	}
	if v.report != "" {
		return replaceable(v.report)
	}
	return nil
}

// asksNagios reports whether a command line wants the answer of a plugin,
// known before cobra parses so that a mistake in it is answered likewise.
func asksNagios(args []string, env func(string) string) bool {
	verify, nagios := false, false
	if on, err := strconv.ParseBool(env(twin("nagios"))); err == nil {
		nagios = on
	}
	for _, a := range args {
		switch a {
		case "verify":
			verify = true
		case "--nagios", "--nagios=true":
			nagios = true
		case "--nagios=false":
			nagios = false
		}
	}
	return verify && nagios
}
