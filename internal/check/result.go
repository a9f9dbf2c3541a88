package check

import (
	"errors"

	"github.com/openfire-fr/openfire-o365/azure/exchange"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

func skipped(why i18n.Text) Result { return Result{Status: Skipped, What: why} }

func ok(what i18n.Text) Result { return Result{Status: OK, What: what} }

func unknown(what i18n.Text) Result { return Result{Status: Unknown, What: what} }

func warning(what, do i18n.Text, who faults.Actor) Result {
	return Result{Status: Warning, What: what, Do: do, Who: who}
}

func failed(exit problem.Exit, what, do i18n.Text, who faults.Actor) Result {
	return Result{Status: Failed, Exit: exit, What: what, Do: do, Who: who}
}

// trouble is the result of a check that ended in err: what Microsoft refused,
// what a file or the network did; an error that passes by itself or that nobody
// explains says nothing about the chain.
func (r *run) trouble(err error, where string) Result {
	if refusal, is := faults.AsRefusal(err); is {
		res := failed(refusal.Exit, refusal.What, refusal.Do, refusal.Who)
		res.Fault, res.Detail = refusal.ID, refusal.Detail
		file, _ := r.file()
		res.Link = refusal.URL(r.Cloud, file.Client.ID)
		return res
	}
	var p *problem.Problem
	if !errors.As(err, &p) {
		p, _ = exchange.Problem(err, where)
	}
	switch {
	case p == nil:
	case p.Exit == problem.Temporary:
		return failed(p.Exit, p.What, p.Do, faults.Nobody)
	default: // a file, a certificate: waiting does not mend it
		return failed(p.Exit, p.What, p.Do, faults.Operator)
	}
	return unknown(i18n.T("%s: unexpected answer (%s).", where, err))
}
