package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/wizard"
)

// maxSend is how many test messages one run sends at most: Exchange takes
// thirty a minute, and a diagnosis is no mailing.
const maxSend = 10

type verifyFlags struct {
	all, offline bool
	send         []string
}

func (p *program) verifyCommand() *cobra.Command {
	cmd := p.command("verify [BASE...]", lang.Text{FR: "Diagnostic de la chaîne, de la base à la boîte aux lettres", EN: "Diagnosis of the chain, from the base to the mailbox"},
		lang.Text{
			FR: "Vérifie chaque maillon et dit lequel est cassé, pourquoi, qui doit agir et où cliquer.\nNe change rien, sauf un jeton d'accès arrivé à échéance, renouvelé comme le ferait la base.",
			EN: "Checks every link and says which one is broken, why, who must act and where to click.\nChanges nothing but an access token that is due, renewed as the base would do it."})
	var v verifyFlags
	f := cmd.Flags()
	f.BoolVar(&v.all, "all", false, p.text(lang.Text{FR: "toutes les bases qui ont un fichier de jetons", EN: "every base that has a token file"}))
	f.BoolVar(&v.offline, "offline", false, p.text(lang.Text{FR: "sans rien envoyer sur le réseau", EN: "without sending anything to the network"}))
	f.StringSliceVar(&v.send, "send", nil, p.text(lang.Text{FR: "envoyer un message de test à ces adresses (dix au plus)", EN: "send a test message to these addresses (ten at most)"}))
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return p.verify(cmd.Context(), args, v) }
	return cmd
}

func (p *program) verify(ctx context.Context, args []string, v verifyFlags) error {
	if len(v.send) > maxSend {
		return usage("send", lang.Text{FR: "--send prend %d adresses au plus.", EN: "--send takes %d addresses at most."}.With(maxSend))
	}
	for i, to := range v.send {
		address, err := openfire.ParseMailbox(to)
		if err != nil {
			return err
		}
		v.send[i] = address
	}
	if err := p.connect(ctx); err != nil {
		return err
	}
	bases, err := p.bases(args, v.all)
	if err != nil {
		return err
	}
	worst := lang.OK
	for _, b := range bases {
		code, err := p.verifyOne(ctx, b, v)
		if err != nil {
			return err
		}
		worst = merge(worst, code, len(bases))
	}
	if worst != lang.OK {
		return silent{worst}
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

// verifyOne streams the checks of one base.
func (p *program) verifyOne(ctx context.Context, b openfire.Base, v verifyFlags) (lang.Exit, error) {
	env := check.Env{
		Base: b, Cloud: p.cloud, HTTP: p.http, Now: p.now, Timeout: p.flags.timeout, Lang: p.lang, Offline: v.offline, Send: v.send,
		Load: func() (openfire.File, error) {
			return wizard.Explained(func(err error) *lang.Problem { return p.explain(ctx, err) }, p.store, b)
		},
		Fresh:  func(ctx context.Context) (openfire.File, error) { return p.freshExplained(ctx, b) },
		Secret: p.proveSecret,
	}
	list := wizard.Teller{W: p.out, Lang: p.lang, Width: width(p.out.w), Color: p.tell.Color && terminal(p.out.w)}
	if !p.flags.json {
		fmt.Fprintln(p.out, b.URL())
	}
	results := check.Run(ctx, env, func(r check.Result) {
		switch {
		case p.flags.json:
			_ = p.out.line("check", resultFields(b, r))
		case !p.flags.quiet || !r.Good():
			list.Result(r)
		}
	})
	if ctx.Err() != nil {
		return lang.OK, ctx.Err()
	}
	code := check.Exit(results)
	if !p.flags.json {
		list.Blank()
		list.Say(verdict(results))
	}
	return code, nil
}

// freshExplained renews a token with less than five minutes left, its troubles
// told as a check wants them.
func (p *program) freshExplained(ctx context.Context, b openfire.Base) (openfire.File, error) {
	file, err := p.fresh(ctx, b, p.within(verifyMargin))
	if err == nil {
		return file, nil
	}
	if _, refused := asRefusal(err); refused {
		return file, err
	}
	return file, p.explain(ctx, err)
}

// verdict sums the chain up in one sentence.
func verdict(results []check.Result) lang.Text {
	warnings := 0
	for _, r := range results {
		if r.Status == check.Failed {
			return lang.Text{FR: "Premier maillon cassé : %s (%s).", EN: "First broken link: %s (%s)."}.With(r.Title, r.ID)
		}
		if r.Status == check.Warning {
			warnings++
		}
	}
	if warnings > 0 {
		return lang.Text{FR: "La chaîne tient ; points à surveiller : %d.", EN: "The chain holds; points to watch: %d."}.With(warnings)
	}
	return lang.Text{FR: "La chaîne tient.", EN: "The chain holds."}
}

// resultFields is a check for machines: English, stable keys.
func resultFields(b openfire.Base, r check.Result) map[string]any {
	f := map[string]any{"base": b.Host(), "id": r.ID, "status": r.Status, "what": r.What.EN}
	for key, value := range map[string]string{"do": r.Do.EN, "who": string(r.Who), "link": r.Link, "fault": r.Fault, "detail": r.Detail} {
		if value != "" && (key != "who" || r.Status == check.Failed || r.Status == check.Warning) {
			f[key] = value
		}
	}
	if r.Status == check.Failed {
		f["exit"] = r.Exit
	}
	return f
}
