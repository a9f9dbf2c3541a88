package tokens

import (
	"context"
	"slices"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
)

const (
	// quiet is how long a token that Microsoft refused for good is not sent again,
	// in accordance with Microsoft's limits, and how long an unchanged problem is
	// not reported again.
	quiet = 24 * time.Hour
	// loopPause is how long nothing is sent after the error "client request loop".
	loopPause = 15 * time.Minute
)

// tokenKey identifies the tokens of a file in a state, because what was learned
// with one token does not apply to another. It does not depend on any clock.
func tokenKey(f tokenfile.File) string {
	return secret.New(f.Mail.Refresh.Reveal() + "\n" + f.Client.ID + "\n" + f.Client.Secret.Reveal()).Digest()
}

// about returns the part of s that concerns the tokens in f, without the failures
// of other tokens.
func about(s store.State, f tokenfile.File) store.State {
	if s.Token == tokenKey(f) {
		return s
	}
	return store.State{LastSuccess: s.LastSuccess, Warned: s.Warned, Tested: s.Tested}
}

// Learned is what earlier runs learned about the tokens in a file.
type Learned struct {
	Problem     *problem.Problem // the problem that a person must solve, or nil
	Since       time.Time        // when Problem began; for display only
	Dead        bool             // Microsoft will never accept the refresh token again
	PausedUntil time.Time        // nothing is sent before; zero for no pause
}

// Learned returns what earlier runs learned about the tokens in f, or that f has
// none.
func (r *Refresher) Learned(f tokenfile.File) (l Learned) {
	if !f.Complete() {
		return Learned{Problem: notConnected(f.Base)}
	}
	s := about(r.Store.State(f.Base), f)
	if left := s.NotBefore.Sub(r.Now()); left > 0 && left <= loopPause {
		l.PausedUntil = s.NotBefore
	}
	if s.NeedsPersonSince.IsZero() {
		return l
	}
	l.Since, l.Dead = s.NeedsPersonSince, !s.Tried.IsZero()
	l.Problem = &problem.Problem{Exit: problem.Exit(s.PersonExit), ID: s.PersonCode,
		What: i18n.T("The last renewal failed (%s).", s.PersonCode),
		Do:   i18n.T("Run \"openfire-o365 verify %s\".", f.Base.Name())}
	if fault, known := faults.Explain(s.PersonCode); known {
		l.Problem.What, l.Problem.Do = fault.What, fault.Do
	}
	return l
}

// Unfinished returns the start of an earlier refresh of the token in f whose answer
// was lost, or zero. A refresh in progress does not count.
func (r *Refresher) Unfinished(ctx context.Context, f tokenfile.File) time.Time {
	return r.Store.Unfinished(ctx, f.Base, f.Mail.Refresh.Digest())
}

// cooldown returns why a base is not tried now, or nil: Microsoft refused its token
// for good less than a day ago, or renewals are paused. s must be the state of the
// tokens in f.
func cooldown(s store.State, f tokenfile.File, now time.Time) *problem.Problem {
	dead := !s.Tried.IsZero() && now.After(s.Tried) && now.Sub(s.Tried) < quiet
	paused := now.Before(s.NotBefore) && s.NotBefore.Sub(now) <= loopPause
	switch {
	case dead:
		return &problem.Problem{Exit: problem.Exit(s.PersonExit), ID: s.PersonCode,
			What: i18n.T("Microsoft still refuses the token (%s).", s.PersonCode),
			Do:   i18n.T("Run \"openfire-o365 setup %s\".", f.Base.Name())}
	case paused:
		return &problem.Problem{Exit: problem.Temporary, ID: s.Code,
			What: i18n.T("Renewals are paused after an answer from Microsoft (%s).", s.Code),
			Do:   i18n.T("The next run will try again.")}
	}
	return nil
}

// afterSuccess returns the state after a success; posted reports that a request was
// sent. The time of the success is recorded only if the file does not show it
// because its refresh token is an old one.
func afterSuccess(s store.State, f tokenfile.File, posted bool, now time.Time) store.State {
	if posted && now.Sub(f.Azure.RefreshIssued).Abs() > perBase {
		s.LastSuccess = now
	}
	return store.State{LastSuccess: s.LastSuccess, Warned: s.Warned, Tested: s.Tested}
}

// afterFailure returns the state after a problem, and whether to report it: an
// error is reported when it changes, or once a day. err is the cause of p, nil if
// nothing was tried. issued is when the refresh token found by the run was issued.
func afterFailure(s store.State, p *problem.Problem, err error, issued, now time.Time) (_ store.State, notify bool) {
	if s.Failures == 0 && issued.After(s.LastSuccess) { // one block may have been refreshed and the other refused
		s.LastSuccess = issued
	}
	notify = s.Code != p.ID || s.Exit != int(p.Exit) || now.Sub(s.Told).Abs() >= quiet
	s.Code, s.Exit, s.Failures = p.ID, int(p.Exit), s.Failures+1
	if err != nil {
		s.LastTry = now
	}
	if notify {
		s.Told = now
	}
	refusal, refused := faults.AsRefusal(err)
	if dead := refused && refusal.Dead; p.Exit != problem.Temporary && (s.Tried.IsZero() || dead) {
		s.PersonCode, s.PersonExit = p.ID, int(p.Exit)
		if s.NeedsPersonSince.IsZero() {
			s.NeedsPersonSince = now
		}
	}
	switch {
	case refused && refusal.Code == faults.RequestLoop:
		s.NotBefore = now.Add(loopPause)
	case refused && refusal.Dead:
		s.Tried = now
	}
	return s, notify
}

// NoResult returns the sentence about a refresh whose answer was not saved.
func NoResult(started time.Time) i18n.Text {
	return i18n.T("The refresh that started at %s did not complete.", started.UTC().Format(time.RFC3339))
}

// warnSecret returns when the client secret expires if this must be reported today:
// at the first refresh on certain days before. Otherwise it returns the zero time.
func warnSecret(s *store.State, f tokenfile.File, now time.Time) time.Time {
	end, err := time.Parse(time.DateOnly, f.Azure.SecretExpires)
	today := now.UTC().Format(time.DateOnly)
	if err != nil || s.Warned == today || !slices.Contains([]int{30, 14, 7, 3, 1}, DaysLeft(end, now)) {
		return time.Time{}
	}
	s.Warned = today
	return end
}

// DaysLeft returns the number of whole days until end.
func DaysLeft(end, now time.Time) int { return int(end.Sub(now) / (24 * time.Hour)) }
