package main

import (
	"errors"
	"io/fs"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
)

const (
	// askAgain is how long a dead token is left alone: Microsoft counts.
	askAgain = 24 * time.Hour
	// loopPause is how long nothing is asked after "client request loop".
	loopPause = 15 * time.Minute
)

// resting is a base that is not tried now: its token is dead and was tried
// less than a day ago, or Microsoft wants a while without it. A token that was
// replaced since is another one.
func (p *program) resting(s store.State, f tokenfile.File) *problem.Problem {
	now := p.now()
	dead := !s.NeedsPersonSince.IsZero() && s.Tried.After(f.Azure.RefreshIssued) && now.Sub(s.Tried) < askAgain && now.After(s.Tried)
	paused := now.Before(s.NotBefore) && s.NotBefore.Sub(now) <= loopPause
	switch {
	case dead:
		return &problem.Problem{Exit: problem.Exit(s.Exit), ID: s.Code,
			What: i18n.T("still refused by Microsoft (%s).", s.Code),
			Do:   i18n.T("Run \"openfire-o365 setup %s\".", f.Base.Name())}
	case paused:
		return &problem.Problem{Exit: problem.Temporary, ID: s.Code,
			What: i18n.T("Microsoft has asked for a pause (%s).", s.Code),
			Do:   i18n.T("Nothing to do: the next run will try again.")}
	}
	return nil
}

// note writes what a monitor needs, and sets what is to be told: a trouble is
// news when it is another one than last time, or was last told a day ago. A
// success whose time the token file tells, its refresh token being new, is
// written only over a trouble. Issued is when the old refresh token was.
func (r *round) note(o *outcome, f tokenfile.File, issued time.Time, posted bool) {
	was, now := o.state, r.p.now().UTC()
	s := &o.state
	switch {
	case o.problem == nil:
		if posted {
			o.result = "refreshed"
		}
		if posted && now.Sub(f.Azure.RefreshIssued).Abs() > perBase {
			s.LastSuccess = now
		}
		s.Failures, s.Code, s.Exit = 0, "", 0
		s.NeedsPersonSince, s.Tried, s.Told, s.LastTry, s.NotBefore = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
		o.warning = r.p.secretWarning(o.base, f, s, posted)
	case errors.Is(o.err, fs.ErrNotExist):
		o.result, o.news = "failed", true
		return
	default:
		o.result = "failed"
		o.news = s.Code != o.problem.ID || s.Exit != int(o.problem.Exit) || now.Sub(s.Told) >= askAgain
		if s.Failures == 0 && issued.After(s.LastSuccess) { // one block may be renewed and the other refused
			s.LastSuccess = issued
		}
		r.troubled(o, was, now)
	}
	// A run that held the lock before this one may have left a trouble meanwhile.
	if o.state != was || posted && r.p.store.State(o.base) != o.state {
		_ = r.p.store.SaveState(o.base, o.state)
	}
}

// troubled is the state after a trouble.
func (r *round) troubled(o *outcome, was store.State, now time.Time) {
	s := &o.state
	s.Code, s.Exit, s.Failures = o.problem.ID, int(o.problem.Exit), s.Failures+1
	if o.err != nil {
		s.LastTry = now
	}
	if o.news {
		s.Told = now
	}
	if o.problem.Exit != problem.Temporary && s.NeedsPersonSince.IsZero() {
		s.NeedsPersonSince = now
	}
	refusal, is := asRefusal(o.err)
	switch {
	case is && refusal.Code == faults.RequestLoop:
		s.NotBefore = now.Add(loopPause)
	case is && refusal.Dead:
		s.Tried = now
		if !was.RefreshStarted.IsZero() {
			o.problem.What = i18n.T("%s %s", o.problem.What, check.NoResult(was.RefreshStarted))
		}
	}
}

// warnAt are the days before a secret's end on which cron speaks up.
var warnAt = []int{30, 14, 7, 3, 1}

// secretWarning is what is said on the days of warnAt, with the first renewal
// of such a day.
func (p *program) secretWarning(b openfire.Base, f tokenfile.File, s *store.State, posted bool) i18n.Text {
	end, err := time.Parse(time.DateOnly, f.Azure.SecretExpires)
	if err != nil || !posted || p.flags.quiet || p.flags.json {
		return i18n.Text{}
	}
	left := int(end.Sub(p.now()) / (24 * time.Hour))
	today := p.now().UTC().Format(time.DateOnly)
	for _, day := range warnAt {
		if left == day && s.Warned != today {
			s.Warned = today
			return i18n.T("%s: the client secret expires in %d days, on %s. Run \"openfire-o365 setup %s\".", b.Host(), left, check.Day(end), b.Name())
		}
	}
	return i18n.Text{}
}
