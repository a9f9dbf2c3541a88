package tokens

import (
	"errors"
	"io/fs"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
	"github.com/openfire-fr/openfire-o365/oauthflow"
)

// Problem returns the problem to show for an error of Valid or Prove.
func (r *Refresher) Problem(err error) *problem.Problem {
	if prob := Explain(err, r.Cloud.Login); prob != nil {
		return prob
	}
	if prob, is := network.Problem(err, r.Cloud.Login); is {
		return prob
	}
	return problem.Unexpected(err)
}

// Explain returns the problem to show for an error of Entra or of a token file.
// login is the name of Entra's server. It returns nil for all other errors,
// including network errors.
func Explain(err error, login string) *problem.Problem {
	failed, onDisk := errors.AsType[*disk.Error](err)
	if prob, is := errors.AsType[*problem.Problem](err); is && !onDisk {
		return prob
	}
	if pause, is := errors.AsType[*PauseError](err); is {
		return pause.problem(login)
	}
	if refusal, is := faults.AsRefusal(err); is {
		prob := refusal.Problem()
		if refusal.Detail != "" {
			prob.What = i18n.T("%s Microsoft: %s", refusal.What, refusal.Detail)
		}
		return prob
	}
	switch {
	case onDisk:
		return store.Problem(failed)
	case errors.Is(err, fs.ErrNotExist):
		return problem.Misuse("token.file", i18n.T("There is no token file. Run setup first."))
	case errors.Is(err, oauthflow.ErrClaims):
		return &problem.Problem{Exit: problem.Safety, ID: "id_token", Err: err,
			What: i18n.T("Microsoft's answer does not belong to this sign-in (%s). No token was saved.", err),
			Do:   i18n.T("Sign in again. If the error persists, contact OpenFire support.")}
	case errors.Is(err, oauthflow.ErrNotTokenAnswer):
		what := i18n.T("The answer from %s is not one that Microsoft sends (%v). The tokens were not changed.", login, err)
		if errors.Is(err, network.ErrPage) {
			what = i18n.T("A web page is between this machine and %s (%v). The tokens were not changed.", login, err)
		}
		return &problem.Problem{Exit: problem.Temporary, ID: "token.answer", Err: err, What: what,
			Who: problem.NetworkAdmin,
			Do: i18n.T("If a captive portal or a proxy answered, it received the client secret and the refresh token. " +
				"Unless you trust it, create a new client secret and run setup to sign in again.")}
	}
	return nil
}
