package check

import (
	"errors"

	"github.com/openfire-fr/openfire-o365/azure/exchange"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// Status is a check's verdict.
type Status string

// The verdicts. Unknown means that the check has no answer; it is never shown as
// ok or as failed.
const (
	OK      Status = "ok"
	Warning Status = "warning"
	Failed  Status = "failed"
	Skipped Status = "skipped"
	Unknown Status = "unknown"
)

// Result is what one check found.
type Result struct {
	ID     ID
	Title  i18n.Text
	Status Status
	What   i18n.Text    // what was found, one sentence
	Do     i18n.Text    // what to do about it; zero if there is no problem
	Who    faults.Actor // who does it
	Link   string       // where to click; may be empty
	Fault  string       // the catalogue's id, when Microsoft refused
	Detail string       // Microsoft's own words, sanitized
	Cause  *Result      // the check that a skipped one depends on
	Exit   problem.Exit // of a failed check; Temporary of an unknown one that the network kept from an answer
}

func skipped(why i18n.Text) Result  { return Result{Status: Skipped, What: why} }
func ok(what i18n.Text) Result      { return Result{Status: OK, What: what} }
func unknown(what i18n.Text) Result { return Result{Status: Unknown, What: what} }

func warning(what, do i18n.Text, who faults.Actor) Result {
	return Result{Status: Warning, What: what, Do: do, Who: who}
}

func failed(exit problem.Exit, what, do i18n.Text, who faults.Actor) Result {
	return Result{Status: Failed, Exit: exit, What: what, Do: do, Who: who}
}

// trouble returns the result of a check that ended in err: failed for a refusal
// of Microsoft's, a file or a network error; unknown for any other answer of
// the server at where.
func (r *run) trouble(err error, where string) Result {
	if refusal, is := faults.AsRefusal(err); is {
		res := failed(refusal.Exit(), refusal.What, refusal.Do, refusal.Who)
		res.Fault, res.Detail = refusal.ID, refusal.Detail
		file, _ := r.file()
		res.Link = refusal.URL(r.Cloud, file.Client.ID)
		return res
	}
	p, known := errors.AsType[*problem.Problem](err)
	if g := r.host.Login; !known && network.Expired(err) && g().Dated {
		skew := g().Skew
		p, known = network.ExpiredProblem(err, where, &skew), true
	}
	if !known {
		p, known = exchange.Problem(err, where)
	}
	who := faults.Operator
	switch {
	case !known:
		return unknown(i18n.T("%s: unexpected answer (%s).", where, err))
	case p.Who != "":
		who = p.Who
	case p.Exit == problem.Temporary:
		who = faults.Nobody
	}
	return failed(p.Exit, p.What, p.Do, who)
}
