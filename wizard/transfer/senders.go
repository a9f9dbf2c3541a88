package transfer

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/apply"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/openfire/sender"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
)

// senders shows how the base sends the mail of the mailbox and of other users, proves
// both with a message, and offers changes that improve it. The mailbox's token is of
// no use for mail that the base sends through another server, and Exchange refuses
// mail that is not sent as the mailbox.
func (t *target) senders(ctx context.Context) error {
	colleague, err := apply.Colleague(ctx, t.client, t.file.Mailbox())
	if err != nil {
		return err
	}
	s := apply.NewSenders(t.config, t.file, colleague)
	t.show(s, "before")
	own := s.OwnProblem()
	if !own.IsZero() {
		t.Dialog.Tell.Warn(own)
		if s, _, err = t.improve(ctx, s, colleague); err != nil {
			return err
		}
	}
	if err := t.prove(ctx, s); err != nil {
		return err
	}
	accepted, err := t.proveOther(ctx, s, colleague)
	other := s.OtherProblem()
	if err != nil || accepted || other.IsZero() {
		return err
	}
	if colleague == "" || !s.Other.Through(s.Server) { // else the refusal of the message says it
		t.Dialog.Tell.Warn(other)
	}
	if !own.IsZero() { // already asked
		return nil
	}
	s, changed, err := t.improve(ctx, s, colleague)
	if err == nil && changed {
		_, err = t.proveOther(ctx, s, colleague)
	}
	return err
}

// show prints and reports how the base sends mail.
func (t *target) show(s apply.Senders, when string) {
	for _, one := range []struct {
		who, address string
		route        sender.Route
	}{{"mailbox", s.Mailbox, s.Own}, {"other", s.User, s.Other}} {
		t.report("sender", map[string]any{"who": one.who, "address": one.address, "when": when, "dry_run": t.DryRun,
			"server": sanitize.Line(one.route.Server.Text("name")), "record": max(one.route.Server.ID(), 0),
			"from": sanitize.Line(one.route.From), "envelope_from": sanitize.Line(one.route.Envelope),
			"through_mailbox": one.route.Through(s.Server)})
	}
	name := func(r sender.Route) string { return r.Server.Text("name") }
	own := i18n.T("Mail of %s: server \"%s\", sender %s.", s.Mailbox, name(s.Own), s.Own.From)
	other := i18n.T("Mail of other users: server \"%s\", sender %s.", name(s.Other), s.Other.From)
	if strings.HasPrefix(s.User, "?") && s.Other.From == s.User {
		other = i18n.T("Mail of other users: server \"%s\", sender: their own address.", name(s.Other))
	}
	t.List.Print(own)
	t.List.Print(other)
}

// foresee shows how the base would send mail after the writes of a plan, and which
// changes apply would then offer.
func (t *target) foresee(ctx context.Context, plan apply.Plan) error {
	colleague, err := apply.Colleague(ctx, t.client, t.file.Mailbox())
	if err != nil {
		return err
	}
	c := apply.After(t.config, plan.Writes)
	s := apply.NewSenders(c, t.file, colleague)
	t.show(s, "after")
	problems := slices.DeleteFunc([]i18n.Text{s.OwnProblem(), s.OtherProblem()}, i18n.Text.IsZero)
	for _, what := range problems {
		t.List.Warn(what)
	}
	if len(problems) == 0 {
		return nil
	}
	for _, r := range apply.Remedies(c, s) {
		t.List.Print(i18n.T("--others %s changes this:", r.Kind))
		for _, w := range r.Writes {
			for _, change := range w.Changes {
				t.List.Detail(lineOf(change))
			}
		}
	}
	return nil
}

// proveOther lets the base send a message as another user, if it does so through the
// mailbox's server, and reports whether that was accepted. A refusal is printed and
// is not an error: the mailbox's own mail works.
func (t *target) proveOther(ctx context.Context, s apply.Senders, colleague string) (bool, error) {
	if colleague == "" || !s.Other.Through(s.Server) {
		return false, nil
	}
	mail, err := t.sendTest(ctx, colleague, 0)
	if err != nil {
		return false, err
	}
	if refused := t.mailProblem(mail); refused != nil {
		t.Dialog.Tell.Warn(i18n.T("The base sent a message as %s, and it was refused: %s", colleague, reason(refused)))
		return false, nil
	}
	t.Dialog.Tell.Done(i18n.T("The base sent a message as the user %s: mail of other users works too.", colleague))
	return true, nil
}

// reason returns the catalogue's explanation of a refused message, else the base's.
func reason(refused *problem.Problem) i18n.Text {
	if refused.Do.IsZero() {
		return refused.What
	}
	return refused.Do
}

// improve asks which change to make, makes it, and returns how the base then sends
// mail, and whether it made one.
func (t *target) improve(ctx context.Context, s apply.Senders, colleague string) (apply.Senders, bool, error) {
	remedies := apply.Remedies(t.config, s)
	_, given := t.Dialog.Given("others")
	switch {
	case given:
	case len(remedies) == 0:
		t.advise(s)
		return s, false, nil
	case t.Yes || t.Dialog.Unattended():
		t.Dialog.Tell.Print(i18n.T("To change this, use --others %s.", remedies[0].Kind))
		return s, false, nil
	}
	for {
		answer, err := t.Dialog.Ask(ctx, t.question(s, remedies))
		if err != nil || answer == dialog.KeepOthers {
			return s, false, err
		}
		chosen := slices.IndexFunc(remedies, func(r apply.Remedy) bool { return r.Kind == answer })
		var refusal *problem.Problem
		if chosen < 0 {
			refusal = &problem.Problem{Exit: problem.Mail, ID: "base.sender",
				What: i18n.T("\"%s\" would not improve how this base sends mail. Nothing was changed.", answer)}
		} else if refusal, err = t.unproven(ctx, s, remedies[chosen], colleague); err != nil {
			return s, false, err
		}
		switch {
		case refusal == nil:
			if err := t.change(ctx, remedies[chosen], remedies); err != nil {
				return s, false, err
			}
			if err := t.read(ctx); err != nil {
				return s, false, err
			}
			s = apply.NewSenders(t.config, t.file, colleague)
			t.show(s, "after")
			return s, true, nil
		case given:
			return s, false, refusal
		}
		t.Dialog.Tell.Problem(refusal)
	}
}

// question lists the changes that can be made.
func (t *target) question(s apply.Senders, remedies []apply.Remedy) prompt.Question {
	help := i18n.T("keep: change nothing.")
	for _, r := range slices.Backward(remedies) {
		help = i18n.T("%s %s", map[string]i18n.Text{
			apply.AsMailbox: i18n.T("mailbox: send it as %s, with the user's name, and replies go to the user.", s.Mailbox),
			apply.Below:     i18n.T("below: give the other servers a lower priority."),
			apply.Archive:   i18n.T("archive: disable the other servers."),
		}[r.Kind], help)
	}
	q := prompt.Question{ID: "others", Default: dialog.KeepOthers, Help: help,
		Title: i18n.T("How should the base send the mail of other users?")}
	if len(remedies) > 0 && remedies[0].Kind == apply.AsMailbox {
		q.Default = apply.AsMailbox
	}
	return q
}

// unproven returns a refusal of a change after which Exchange would refuse mail that
// another server sends now. It proves the permission Send As with a message.
func (t *target) unproven(
	ctx context.Context, s apply.Senders, r apply.Remedy, colleague string,
) (*problem.Problem, error) {
	if s.Other.Through(s.Server) || !r.After.OtherNeedsSendAs() {
		return nil, nil
	}
	why := i18n.T("no other user of the base has an address at the mailbox's domain")
	if colleague != "" {
		mail, err := t.sendTest(ctx, colleague, s.Server.ID())
		refused := t.mailProblem(mail)
		if err != nil || refused == nil {
			return nil, err
		}
		why = reason(refused)
	}
	return &problem.Problem{Exit: problem.Mail, ID: "base.sender",
		What: i18n.T("Nothing was changed: with \"%s\" the base would send the mail of other users through %s, and a "+
			"test showed that Exchange refuses it: %s", r.Kind, s.Mailbox, why),
		Do: i18n.T("Give %s the permission Send As for the mailboxes of the users, or choose \"mailbox\" where it is "+
			"offered.", s.Mailbox)}, nil
}

// change writes a change. A server that the base refuses to archive, because a template
// uses it, gets a lower priority instead, if that helps.
func (t *target) change(ctx context.Context, r apply.Remedy, remedies []apply.Remedy) error {
	for _, w := range r.Writes {
		_, err := w.Do(ctx, t.client)
		refused, is := errors.AsType[*problem.Problem](err)
		switch {
		case is && refused.ID == "base.refused" && r.Kind == apply.Archive:
			t.Dialog.Tell.Warn(refused.What)
			if i := slices.IndexFunc(remedies, func(r apply.Remedy) bool { return r.Kind == apply.Below }); i >= 0 {
				t.Dialog.Tell.Print(i18n.T("The other servers get a lower priority instead."))
				return t.change(ctx, remedies[i], nil)
			}
			return nil
		case err != nil:
			return err
		}
		t.Dialog.Tell.Done(i18n.T("%s written.", w.Model))
	}
	return nil
}

// advise says what a person can do where no change of the base helps.
func (t *target) advise(s apply.Senders) {
	tell := t.Dialog.Tell
	if s.OwnProblem().IsZero() {
		tell.Print(i18n.T("Give %s the permission Send As for the mailboxes of the users (Exchange admin center).",
			s.Mailbox))
	}
	switch features := t.config.Features(); {
	case features.Has(openfire.AliasDomain) && t.config.Company.AliasDomain == 0:
		tell.Print(i18n.T("Or set up an alias domain in the base (Settings > General Settings > Alias Domain) with the "+
			"default sender %s. Odoo then also sends replies to the catchall address of that domain.", s.Mailbox))
	case !features.Has(openfire.ForcedFrom) && s.Own.ForeignSender(s.Mailbox) != "":
		tell.Print(i18n.T("Clear mail.catchall.domain (Technical > System Parameters): because of it, the base sends "+
			"all mail as %s.", s.Own.Envelope))
	}
}
