// Package verifycmd is the command verify: it runs the checks of the bases and
// prints what they found.
package verifycmd

import (
	"context"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/credentials"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

const (
	// margin is how much of an access token must be left.
	margin = 5 * time.Minute
	// maxSend is how many test messages one run sends at most: Exchange takes
	// thirty a minute.
	maxSend = 10
)

type options struct {
	all, offline, unredacted, fixPerms bool

	send    []string
	report  string
	account credentials.Account
}

// Command returns the command.
func Command(a *cli.App) *cobra.Command {
	cmd := a.Command("verify [BASE...]", i18n.T("Diagnosis of the chain, from the base to the mailbox"),
		i18n.T("Checks every link and says which one is broken, why, who must act and where to click.\n"+
			"Changes nothing but an access token that is due, renewed as the base would do it, and with\n"+
			"--fix-perms the modes of the token file and its folder.\n\n"+
			"The exit code is that of the first broken link. With --all only the bases that have\n"+
			"something to say are shown, and one line to sum up. The page of --report is made to be\n"+
			"mailed to support: it holds no secret, and addresses, identifiers and folders in it are\n"+
			"shortened; the screen and --json show them whole."),
		cli.Example("verify mabase", i18n.T("which link is broken, why, who must act")),
		cli.Example("verify mabase --send anna@client.fr", i18n.T("and a test message to that address")),
		cli.Example("verify mabase --report page.html", i18n.T("the same as one page without secrets, for support")),
		cli.Example("verify --all --offline", i18n.T("what the files alone tell, without network")),
		cli.Example("verify --all --nagios", i18n.T("one line and one code, for a monitor")))
	var o options
	f := cmd.Flags()
	f.BoolVar(&o.all, "all", false, i18n.T("every base that has a token file").Key())
	f.BoolVar(&o.offline, "offline", false, i18n.T("without sending anything to the network").Key())
	f.BoolVar(&o.fixPerms, "fix-perms", false,
		i18n.T("take access to the token file and its folder from other accounts (chmod; nothing to do on Windows)").Key())
	f.StringSliceVar(&o.send, "send", nil,
		i18n.T("send a test message to these addresses (ten at most, one base only)").Key())
	f.StringVar(&o.report, "report", "", i18n.T("also write the diagnosis of one base to this HTML page").Key())
	f.BoolVar(&o.unredacted, "unredacted", false, i18n.T("whole addresses and identifiers in the report").Key())
	f.BoolVar(&a.Flags.Nagios, "nagios", a.Flags.Nagios,
		i18n.T("one line, and the exit codes 0 to 3 of Nagios plugins").Key())
	o.account.AddFlags(f)
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return verify(cmd.Context(), a, args, o) }
	return cmd
}

func verify(ctx context.Context, a *cli.App, args []string, o options) error {
	if err := o.validate(a, args); err != nil {
		return err
	}
	account, err := o.account.Credentials(a)
	if err != nil {
		return err
	}
	cli.CatchSignals(ctx)
	site, err := a.Open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	find := site.Bases
	if o.all {
		find = site.AllBases
	}
	bases, err := find(args)
	if err != nil {
		return err
	}
	if o.fixPerms && runtime.GOOS == "windows" && !a.Flags.Nagios && !a.Flags.Quiet {
		a.Tell.Print(i18n.T("--fix-perms: nothing to repair on Windows, where the file has the rights of its folder."))
	}
	env := check.Env{Refresher: site.Refresher(), Account: account, Margin: margin, FixPermissions: o.fixPerms,
		Timeout: a.Flags.Timeout, Lang: a.Lang, Offline: o.offline, Send: o.send}
	sum, err := (&run{site, o, a.Results()}).check(ctx, env, bases)
	if err != nil {
		return err
	}
	if a.Flags.Nagios {
		state, text := sum.Nagios()
		return cli.Reported(a.Nagios(state, text, sum.Perfdata(a.Now())))
	}
	return cli.Reported(sum.Exit)
}

// validate looks for flags that contradict each other, before anything is done.
// Test messages and the page are those of one base.
func (o *options) validate(a *cli.App, args []string) error {
	many := o.all || len(args) > 1
	switch {
	case len(o.send) > maxSend:
		return problem.Misuse("send", i18n.T("--send takes %d addresses at most.", maxSend))
	case len(o.send) > 0 && many:
		return problem.Misuse("send", i18n.T("--send sends for one base only: name it, without --all."))
	case len(o.send) > 0 && o.offline:
		return problem.Misuse("send", i18n.T("--send and --offline exclude each other."))
	case o.report != "" && many:
		return problem.Misuse("report", i18n.T("--report writes the page of one base only: name it, without --all."))
	case o.unredacted && o.report == "":
		return problem.Misuse("unredacted", i18n.T("--unredacted is of use with --report only."))
	case a.Flags.Nagios && a.Flags.JSON:
		return problem.Misuse("nagios", i18n.T("--nagios and --json exclude each other."))
	}
	for i, to := range o.send {
		address, err := openfire.ParseMailbox(to)
		if err != nil {
			return err
		}
		o.send[i] = address
	}
	if o.report != "" {
		return validateReport(o.report)
	}
	return nil
}
