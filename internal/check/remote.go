package check

import (
	"context"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/apply"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// The checks of what stands in the base itself: for whoever has an account there.
const (
	BaseConnected ID = "base.connected"
	BaseValues    ID = "base.values"
)

// survey is what the base tells an administrator. A base that does not answer
// says nothing about the chain.
func (r *run) inside() (openfire.MailConfig, *Result) {
	if r.Survey == nil {
		res := skipped(i18n.T("not asked for (--login and --api-key-file of an administrator of the base)."))
		return openfire.MailConfig{}, &res
	}
	s, err := r.survey()
	if err == nil {
		return s, nil
	}
	res := r.trouble(err, r.Base.Host())
	if res.Exit == problem.Temporary {
		res = unknown(res.What)
	}
	return s, &res
}

// baseConnected: the base has a server for the mailbox that is switched on and
// has tokens, and OpenFire takes it.
func baseConnected(_ context.Context, r *run) Result {
	s, bad := r.inside()
	if bad != nil {
		return *bad
	}
	if err := s.CheckWritable(r.Base); err != nil {
		return r.trouble(err, r.Base.Host())
	}
	file, _ := r.file()
	mailbox := file.Mailbox()
	apply := i18n.T("Run \"openfire-o365 apply %s\".", r.Base.Name())
	server, found := s.OutgoingServer(mailbox)
	switch {
	case !found:
		return failed(problem.Mail, i18n.T("the base has no outgoing mail server for %s.", mailbox), apply, faults.User)
	case !server.Active() || !server.Outlook:
		return failed(problem.Mail, i18n.T("the outgoing mail server \"%s\" is archived, or Outlook is not chosen in it.", server.Text("name")), apply, faults.User)
	case !server.Connected:
		return failed(problem.Mail, i18n.T("the outgoing mail server \"%s\" has no token.", server.Text("name")), apply, faults.User)
	}
	_, domain, _ := strings.Cut(mailbox, "@")
	if first := s.ServersFor("?@" + domain); first[0].ID() != server.ID() {
		return warning(i18n.T("OpenFire takes the server \"%s\" first, not that of %s.", first[0].Text("name"), mailbox), apply, faults.User)
	}
	if !s.Features().Has(openfire.StoresRotatedToken) {
		return r.baseCopy(file, apply)
	}
	return ok(i18n.T("the base is connected as %s and renews its tokens by itself.", mailbox))
}

// baseCopy is the age of the refresh token in a base that never gets a newer
// one unless somebody puts it there.
func (r *run) baseCopy(file tokenfile.File, apply i18n.Text) Result {
	issued := file.Azure.BaseRefreshIssued
	hand := i18n.T("Schedule \"openfire-o365 token refresh --apply\", or run apply again.")
	switch age := r.Now().Sub(issued); {
	case issued.IsZero():
		return warning(i18n.T("this base (before Odoo 14) does not keep new refresh tokens, and the age of its own is not known: it dies at 90 days."), apply, faults.User)
	case age >= TokenLife:
		return failed(problem.SignIn, i18n.T("the base's refresh token is %s old: it is dead.", days(age)), apply, faults.User)
	case age > TokenOld:
		return warning(i18n.T("the base's refresh token is %s old; it dies at 90 days.", days(age)), hand, faults.User)
	}
	return ok(i18n.T("the base is connected; its refresh token was issued on %s and lasts until %s.", Day(issued), Day(issued.Add(TokenLife))))
}

// baseValues compares what the base has with the file: client, secret, server
// and switch; never tokens, of which each has its own.
func baseValues(_ context.Context, r *run) Result {
	s, bad := r.inside()
	if bad != nil {
		return *bad
	}
	file, _ := r.file()
	if plan := apply.NewPlan(s, file); !plan.Empty() {
		return failed(problem.Mail, i18n.T("the base lacks the token file's values: %s.", strings.Join(plan.Fields(), ", ")),
			i18n.T("Run \"openfire-o365 apply %s\"; --dry-run first shows what differs.", r.Base.Name()), faults.User)
	}
	return ok(i18n.T("the base has the token file's application, secret and server."))
}
