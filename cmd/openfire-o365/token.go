package main

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/store"
)

const (
	// verifyMargin is what verify wants to be left of an access token.
	verifyMargin = 5 * time.Minute
	// askAgain is how long a dead token is left alone: Microsoft counts.
	askAgain = 24 * time.Hour
)

func asRefusal(err error) (*azure.Refusal, bool) { return azure.AsRefusal(err) }

func (p *program) tokenCommand() *cobra.Command {
	return p.group(p.command("token", lang.Text{FR: "Renouveler les jetons, ou voir quand ils expirent", EN: "Renew the tokens, or see when they run out"}, lang.Text{}),
		p.refreshCommand(), p.statusCommand())
}

type refreshFlags struct {
	all               bool
	margin, keepAlive time.Duration
}

func (p *program) refreshCommand() *cobra.Command {
	cmd := p.command("refresh [BASE...]", lang.Text{FR: "Renouveler les jetons arrivés à échéance (pour cron)", EN: "Renew the tokens that are due (for cron)"},
		lang.Text{
			FR: "À lancer toutes les 15 minutes. Silencieux quand tout va bien ; un ennui est dit quand il\ncommence et une fois par jour, le code de sortie le dit toujours.",
			EN: "To be run every 15 minutes. Silent when all is well; a trouble is told when it begins and\nonce a day, the exit code always tells it."})
	var r refreshFlags
	f := cmd.Flags()
	f.BoolVar(&r.all, "all", false, p.text(lang.Text{FR: "toutes les bases qui ont un fichier de jetons", EN: "every base that has a token file"}))
	f.DurationVar(&r.margin, "margin", 20*time.Minute, p.text(lang.Text{FR: "renouveler s'il reste moins que cela au jeton d'accès", EN: "renew when less than this is left of the access token"}))
	f.Var((*days)(&r.keepAlive), "keep-alive", p.text(lang.Text{FR: "renouveler seulement si le jeton d'actualisation est plus vieux, par exemple 7d", EN: "renew only when the refresh token is older, for example 7d"}))
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return p.refresh(cmd.Context(), args, r) }
	return cmd
}

// days is a time.Duration that may be given in days: 7d.
type days time.Duration

func (d *days) Set(s string) error {
	if n, err := strconv.ParseUint(strings.TrimSuffix(s, "d"), 10, 12); err == nil && strings.HasSuffix(s, "d") {
		*d = days(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	v, err := time.ParseDuration(s)
	*d = days(v)
	return err
}

func (d *days) String() string { return "" } // no default to show

func (d *days) Type() string { return "duration" }

func (p *program) refresh(ctx context.Context, args []string, r refreshFlags) error {
	if r.margin <= 0 || r.keepAlive < 0 {
		return usage("margin", lang.Text{FR: "--margin et --keep-alive sont des durées positives, comme 20m.", EN: "--margin and --keep-alive are positive times, such as 20m."})
	}
	if err := p.connect(ctx); err != nil {
		return err
	}
	bases, err := p.bases(args, r.all)
	if err != nil {
		return err
	}
	due := p.within(r.margin)
	if r.keepAlive > 0 {
		due = func(f openfire.File) bool { return p.now().Sub(f.Azure.RefreshIssued) > r.keepAlive }
	}
	worst := lang.OK
	for _, b := range bases {
		if ctx.Err() != nil { // what was in flight is saved; the rest is for the next run
			return context.Cause(ctx)
		}
		worst = merge(worst, p.refreshOne(ctx, b, due), len(bases))
	}
	if worst != lang.OK {
		return silent{worst}
	}
	return nil
}

// refreshOne renews one base and says what came of it: one JSON line, or one
// line for a person when there is news. A refresh under way is not cut by a
// signal: its answer may be the only good token.
func (p *program) refreshOne(ctx context.Context, b openfire.Base, due func(openfire.File) bool) lang.Exit {
	state := p.store.State(b)
	renewed := false
	watch := func(f openfire.File) bool {
		renewed = due(f) && !p.resting(state, f)
		return renewed
	}
	file, err := p.fresh(context.WithoutCancel(ctx), b, watch)
	problem := p.explain(context.WithoutCancel(ctx), err)
	if err == nil && p.resting(state, file) && due(file) {
		problem = &lang.Problem{Exit: lang.Exit(state.Exit), ID: state.Code,
			What: lang.Text{FR: "toujours refusé par Microsoft (%s).", EN: "still refused by Microsoft (%s)."}.With(state.Code),
			Do:   lang.Text{FR: "Lancez « openfire-o365 setup %s ».", EN: "Run \"openfire-o365 setup %s\"."}.With(b.Name())}
	}
	code := lang.OK
	if problem != nil {
		code = problem.Exit
	}
	news := p.remember(b, state, file, problem, renewed, err)
	p.report(b, file, problem, renewed, news)
	return code
}

// resting: the token is dead and was tried less than a day ago. A token that
// was replaced since is another one.
func (p *program) resting(s store.State, f openfire.File) bool {
	return !s.NeedsPersonSince.IsZero() && s.Tried.After(f.Azure.RefreshIssued) && p.now().Sub(s.Tried) < askAgain && p.now().After(s.Tried)
}

// remember writes what a monitor needs and tells whether this is news: the
// trouble is another one than last time, or was last told a day ago.
func (p *program) remember(b openfire.Base, s store.State, f openfire.File, problem *lang.Problem, renewed bool, err error) bool {
	was := s
	now := p.now()
	if problem == nil {
		if renewed {
			s.LastSuccess = now
		}
		s.Failures, s.NeedsPersonSince, s.Tried, s.Told, s.Code, s.Exit = 0, time.Time{}, time.Time{}, time.Time{}, "", 0
		if s != was {
			_ = p.store.SaveState(b, s)
		}
		return false
	}
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	news := s.Code != problem.ID || s.Exit != int(problem.Exit) || now.Sub(s.Told) >= askAgain
	s.Code, s.Exit = problem.ID, int(problem.Exit)
	s.Failures++
	if refusal, is := asRefusal(err); is && refusal.Dead {
		s.Tried = now
		if s.NeedsPersonSince.IsZero() {
			s.NeedsPersonSince = now
		}
	}
	if news {
		s.Told = now
	}
	_ = p.store.SaveState(b, s)
	return news
}

// warnAt are the days before a secret's end on which cron speaks up.
var warnAt = []int{30, 14, 7, 3, 1}

// report prints one base.
func (p *program) report(b openfire.Base, f openfire.File, problem *lang.Problem, renewed, news bool) {
	if p.flags.json {
		fields := map[string]any{"base": b.Host(), "result": "fresh", "code": lang.OK}
		if renewed {
			fields["result"] = "refreshed"
		}
		if problem != nil {
			fields["result"], fields["code"], fields["cause"], fields["message"] = "failed", problem.Exit, problem.ID, problem.Error()
		} else {
			fields["next"] = f.Mail.Due().UTC().Format(time.RFC3339)
		}
		_ = p.out.line("base", fields)
		return
	}
	if problem != nil && news {
		named := *problem
		named.What = lang.Text{FR: "%s : %s", EN: "%s: %s"}.With(b.Host(), problem.What)
		p.tell.Problem(&named)
	}
	p.warnSecret(b, f, renewed)
}

// warnSecret speaks on the days of warnAt, with the first renewal of such a day.
func (p *program) warnSecret(b openfire.Base, f openfire.File, renewed bool) {
	end, err := time.Parse(time.DateOnly, f.Azure.SecretExpires)
	if err != nil || !renewed || p.flags.quiet {
		return
	}
	state := p.store.State(b)
	left := int(end.Sub(p.now()) / (24 * time.Hour))
	today := p.now().UTC().Format(time.DateOnly)
	for _, day := range warnAt {
		if left == day && state.Warned != today {
			state.Warned = today
			_ = p.store.SaveState(b, state)
			p.tell.Say(lang.Text{FR: "%s : le secret client expire dans %d jours, le %s. Relancez « openfire-o365 setup %s ».", EN: "%s: the client secret expires in %d days, on %s. Run \"openfire-o365 setup %s\"."}.
				With(b.Host(), left, check.Day(end), b.Name()))
		}
	}
}
