package main

import (
	"context"
	"runtime"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// maxSend is how many test messages one run sends at most: Exchange takes
// thirty a minute, and a diagnosis is no mailing.
const maxSend = 10

type verifyFlags struct {
	all, offline, unredacted, fixPerms bool

	send    []string
	report  string
	remote  string // the file system of one base's file; that of many is told once
	account account
	survey  func(context.Context, openfire.Base, openfire.File) (openfire.Survey, error) // nil without an account
}

func (p *program) verifyCommand() *cobra.Command {
	cmd := p.command("verify [BASE...]", lang.Text{FR: "Diagnostic de la chaîne, de la base à la boîte aux lettres", EN: "Diagnosis of the chain, from the base to the mailbox"},
		lang.Text{
			FR: "Vérifie chaque maillon et dit lequel est cassé, pourquoi, qui doit agir et où cliquer.\nNe change rien, sauf un jeton d'accès arrivé à échéance, renouvelé comme le ferait la base,\net avec --fix-perms les droits du fichier de jetons et de son dossier.\n\nLe code de sortie est celui du premier maillon cassé. Avec --all, seules les bases qui ont\nquelque chose à dire sont montrées, puis une ligne de bilan. Le rapport de --report est fait\npour être envoyé au support : il ne contient aucun secret, et les adresses, identifiants et\ndossiers y sont raccourcis ; l'écran et --json les montrent en entier.",
			EN: "Checks every link and says which one is broken, why, who must act and where to click.\nChanges nothing but an access token that is due, renewed as the base would do it, and with\n--fix-perms the modes of the token file and its folder.\n\nThe exit code is that of the first broken link. With --all only the bases that have\nsomething to say are shown, and one line to sum up. The page of --report is made to be\nmailed to support: it holds no secret, and addresses, identifiers and folders in it are\nshortened; the screen and --json show them whole."})
	var v verifyFlags
	f := cmd.Flags()
	f.BoolVar(&v.all, "all", false, p.text(lang.Text{FR: "toutes les bases qui ont un fichier de jetons", EN: "every base that has a token file"}))
	f.BoolVar(&v.offline, "offline", false, p.text(lang.Text{FR: "sans rien envoyer sur le réseau", EN: "without sending anything to the network"}))
	f.BoolVar(&v.fixPerms, "fix-perms", false, p.text(lang.Text{FR: "retirer aux autres comptes l'accès au fichier et au dossier des jetons (chmod ; rien à faire sous Windows)", EN: "take access to the token file and its folder from other accounts (chmod; nothing to do on Windows)"}))
	f.StringSliceVar(&v.send, "send", nil, p.text(lang.Text{FR: "envoyer un message de test à ces adresses (dix au plus, une seule base)", EN: "send a test message to these addresses (ten at most, one base only)"}))
	f.StringVar(&v.report, "report", "", p.text(lang.Text{FR: "écrire aussi le diagnostic d'une base dans cette page HTML", EN: "also write the diagnosis of one base to this HTML page"}))
	f.BoolVar(&v.unredacted, "unredacted", false, p.text(lang.Text{FR: "adresses et identifiants en entier dans le rapport", EN: "whole addresses and identifiers in the report"}))
	f.BoolVar(&p.flags.nagios, "nagios", p.flags.nagios, p.text(lang.Text{FR: "une ligne et les codes de sortie 0 à 3 des sondes Nagios", EN: "one line, and the exit codes 0 to 3 of Nagios plugins"}))
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
	if v.survey, err = p.surveyor(v.account); err != nil {
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
		p.tell.Say(lang.Text{FR: "--fix-perms : rien à réparer sous Windows, où le fichier a les droits de son dossier.", EN: "--fix-perms: nothing to repair on Windows, where the file has the rights of its folder."})
	}
	sum, err := p.diagnose(ctx, bases, v)
	if err != nil {
		return err
	}
	code := sum.exit
	if p.flags.nagios {
		code = p.printNagios(sum)
	}
	if code != lang.OK {
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
		return usage("send", lang.Text{FR: "--send prend %d adresses au plus.", EN: "--send takes %d addresses at most."}.With(maxSend))
	case len(v.send) > 0 && many:
		return usage("send", lang.Text{FR: "--send n'envoie que pour une seule base : nommez-la, sans --all.", EN: "--send sends for one base only: name it, without --all."})
	case len(v.send) > 0 && v.offline:
		return usage("send", lang.Text{FR: "--send et --offline s'excluent.", EN: "--send and --offline exclude each other."})
	case v.report != "" && many:
		return usage("report", lang.Text{FR: "--report écrit la page d'une seule base : nommez-la, sans --all.", EN: "--report writes the page of one base only: name it, without --all."})
	case v.unredacted && v.report == "":
		return usage("unredacted", lang.Text{FR: "--unredacted ne sert qu'avec --report.", EN: "--unredacted is of use with --report only."})
	case p.flags.nagios && p.flags.json:
		return usage("nagios", lang.Text{FR: "--nagios et --json s'excluent.", EN: "--nagios and --json exclude each other."})
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

// merge is the exit code of several bases: one base keeps its own code; of
// many, only temporary troubles are 75, else somebody must read the list.
func merge(so, code lang.Exit, bases int) lang.Exit {
	switch {
	case code == lang.OK:
		return so
	case bases == 1:
		return code
	case code == lang.Temporary && so != lang.SomeBases:
		return lang.Temporary
	}
	return lang.SomeBases
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
