package exchange

import (
	"errors"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// Problem returns what an error of a conversation with a mail server means, for a
// person; where names the server. It reports false as network.Problem does.
func Problem(err error, where string) (*problem.Problem, bool) {
	unsure, is := errors.AsType[*unconfirmedError](err)
	switch {
	case is:
		return &problem.Problem{Exit: problem.Temporary, ID: "mail.unsure", Err: err,
			What: i18n.T("The connection to %s broke at the end of sending: message %s may have been sent.", where, unsure.MessageID),
			Do:   i18n.T("Look into Sent Items before trying again.")}, true
	case errors.Is(err, errInjected), errors.Is(err, errNoSTARTTLS):
		return network.UnexpectedProblem(err, where), true
	case errors.Is(err, errBadToken):
		return &problem.Problem{Exit: problem.Temporary, ID: "token.unfit", Err: err,
			What: i18n.T("The access token has a forbidden character: nothing was sent to %s.", where),
			Do:   i18n.T("Nothing to do: the next renewal brings another. If it comes back, run \"openfire-o365 setup\" again.")}, true
	case errors.Is(err, errNoXOAUTH2):
		return &problem.Problem{Exit: problem.Mail, ID: "xoauth2", Err: err,
			What: i18n.T("%s does not offer the sign-in by token (XOAUTH2).", where),
			Do:   i18n.T("Check that Authenticated SMTP is allowed in the organisation.")}, true
	case errors.Is(err, errTooMuch):
		return network.UnreachableProblem(err, where, i18n.T("its answer does not end")), true
	case errors.Is(err, errGarbled):
		return network.UnreachableProblem(err, where, i18n.T("what answers is no mail server")), true
	}
	return network.Problem(err, where)
}
