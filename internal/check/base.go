package check

import (
	"context"
	"errors"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/apply"
	"github.com/openfire-fr/openfire-o365/internal/check/expiry"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// baseChecks are the checks of the base, without signing in, in the order in which they are reported.
func baseChecks() []entry {
	return []entry{
		{id: BaseName, title: i18n.T("Base name"), run: baseName},
		{id: BaseReach, title: i18n.T("Base reachable"), https: true, online: true, run: baseReach},
		{id: BaseModule, title: i18n.T("Outlook module"), needs: []ID{BaseReach}, online: true, run: baseModule},
		{id: "base.version", title: i18n.T("Odoo version"), needs: []ID{BaseReach}, online: true, run: baseVersion},
	}
}

func baseName(_ context.Context, r *run) Result {
	_, err := r.file()
	if p, is := errors.AsType[*problem.Problem](err); is && p.ID == tokenfile.OtherBase {
		return failed(p.Exit, p.What, p.Do, faults.Operator)
	}
	return ok(i18n.Literal(r.Base.URL() + "."))
}

// baseReach does not fail when the base cannot be reached: one behind a VPN
// sends its mail all the same. Its result does not count as prevented by the
// network either.
func baseReach(_ context.Context, r *run) Result {
	_, err := r.module()
	if err == nil {
		return ok(i18n.T("the base answers."))
	}
	res := r.trouble(err, r.Base.Host())
	if p, is := errors.AsType[*problem.Problem](err); is && p.ID == openfire.Unavailable {
		res.Who = faults.Support
		return res
	}
	if res.Exit != problem.Safety {
		res = unknown(i18n.T(
			"the base cannot be reached from this machine; check its name and, if needed, your VPN: %s", res.What))
	}
	return res
}

func baseModule(_ context.Context, r *run) Result {
	m, err := r.module()
	switch {
	case m.Unopened:
		return failed(problem.Usage, i18n.T("%s has no open database for this name.", r.Base.Host()),
			i18n.T("Check the name of the base. If it is correct, the database is closed or does not run: ask OpenFire "+
				"support."), faults.Operator)
	case err != nil || m.Installed == openfire.Unknown:
		return unknown(i18n.T("cannot tell whether the Microsoft Outlook module is installed."))
	case m.Installed == openfire.No:
		return failed(problem.Mail, i18n.T("the Microsoft Outlook module is not installed in the base."),
			i18n.T("%s Ask them to install the Microsoft Outlook module.", problem.SupportContact), faults.Support)
	}
	return ok(i18n.T("the Microsoft Outlook module is installed."))
}

func baseVersion(_ context.Context, r *run) Result {
	m, err := r.module()
	if err != nil || m.Version == "" {
		return unknown(i18n.T("the base does not report its Odoo version."))
	}
	if file, err := r.file(); err == nil && openfire.Major(m.Version) != file.Major() {
		return warning(i18n.T(
			"the base runs Odoo %s, but the token file was made for Odoo %s.", m.Version, file.OdooVersion),
			i18n.T("Run setup again with --odoo-version %s.", m.Version), faults.User)
	}
	return ok(i18n.T("Odoo %s.", m.Version))
}

// signedIn returns the base's configuration, or the result of a check that
// could not get it. A base that cannot be reached is unknown, not failed.
func (r *run) signedIn() (account, *Result) {
	if r.Account.Login == "" {
		res := skipped(i18n.T("requires --login and --api-key-file of an administrator of the base."))
		return account{}, &res
	}
	config, err := r.account()
	if err == nil {
		return config, nil
	}
	res := r.trouble(err, r.Base.Host())
	switch p, _ := errors.AsType[*problem.Problem](err); {
	case p != nil && (p.ID == string(BaseModule) || p.ID == openfire.Unavailable):
		res.Who = faults.Support
	case res.Exit == problem.Temporary:
		res = unknown(res.What)
	}
	return config, &res
}

// settingsChecks are the checks that sign in to the base, with Env.Account.
func settingsChecks() []entry {
	return []entry{
		{id: baseLogin, title: i18n.T("Base connected"), needs: []ID{TokenFile}, online: true, run: baseConnected},
		{id: "base.values", title: i18n.T("Base settings"), needs: []ID{baseLogin}, online: true, run: baseValues},
		{id: "base.sender", title: i18n.T("Senders"), needs: []ID{baseLogin}, online: true, run: baseSender},
	}
}

// baseConnected verifies that the base has active servers with tokens for the mailbox,
// and lets the base test the outgoing one: what its tokens are worth shows only there.
func baseConnected(ctx context.Context, r *run) Result {
	config, bad := r.signedIn()
	if bad != nil {
		return *bad
	}
	if err := apply.CheckWritable(config.MailConfig, r.Base); err != nil {
		return r.trouble(err, r.Base.Host())
	}
	if config.Foreign {
		return failed(problem.Safety, i18n.T("the base sends its secret and tokens to %s (microsoft_outlook.endpoint), "+
			"which is not Microsoft.", config.Params[openfire.ParamEndpoint]),
			i18n.T("Run \"openfire-o365 apply %s\", which removes this address, then renew the client secret.", r.Base.Name()),
			faults.AppOwner)
	}
	file, _ := r.file()
	repair := i18n.T("Run \"openfire-o365 apply %s\".", r.Base.Name())
	if missing := apply.Disconnected(config.MailConfig, file); !missing.IsZero() {
		return failed(problem.Mail, missing, repair, faults.User)
	}
	if !config.Features().Has(openfire.StoresRotatedToken) {
		return r.baseToken(file, repair)
	}
	server, _ := config.OutgoingServer(file.Accounts()...)
	if err := config.client.TestServer(ctx, server); err != nil {
		return r.refusedTest(err)
	}
	return ok(i18n.T("the base is connected as %s, and its own connection test succeeded.", file.Mailbox()))
}

// refusedTest returns the result of a failed connection test, explained by the
// refusal in the base's message.
func (r *run) refusedTest(err error) Result {
	var found []faults.Found
	if fault, is := errors.AsType[*openfire.Fault](err); is {
		found = faults.Find(fault.Message)
	}
	if len(found) == 0 || found[0].Where == faults.OnNetwork { // the base's words say more
		return r.trouble(err, r.Base.Host())
	}
	res := r.trouble(&faults.Refusal{Fault: found[0].Fault, Detail: found[0].Detail}, r.Base.Host())
	res.Do = i18n.T("%s The base uses its own tokens. To replace them with those of the token file, run "+
		"\"apply %s --force\".", res.Do, r.Base.Name())
	return res
}

// baseToken checks the age of the refresh token in a base that does not store
// the new ones it gets.
func (r *run) baseToken(file tokenfile.File, repair i18n.Text) Result {
	issued := file.Azure.BaseRefreshIssued
	switch age := r.Now().Sub(issued); {
	case issued.IsZero():
		return warning(i18n.T(
			"this base (before Odoo 14) does not store new refresh tokens. Its token expires after 90 days, "+
				"and its age is not known."),
			repair, faults.User)
	case age >= expiry.TokenLife:
		return failed(problem.SignIn, i18n.T("the base's refresh token is %s old: it has expired.", expiry.Days(age)),
			repair, faults.User)
	case age > expiry.TokenOld:
		return warning(i18n.T("the base's refresh token is %s old; it expires after 90 days.", expiry.Days(age)),
			i18n.T("Schedule \"openfire-o365 token refresh --apply\", or run apply again."), faults.User)
	}
	return ok(i18n.T("the base is connected; its refresh token was issued on %s and is valid until %s.",
		expiry.Day(issued), expiry.Day(issued.Add(expiry.TokenLife))))
}

// baseValues compares the base's application, secret, server and switch with
// the token file's. It does not compare tokens: base and file have their own.
func baseValues(_ context.Context, r *run) Result {
	config, bad := r.signedIn()
	if bad != nil {
		return *bad
	}
	file, _ := r.file()
	if plan := apply.NewPlan(config.MailConfig, file); !plan.Empty() {
		fields := strings.Join(plan.Fields(), ", ")
		return failed(problem.Mail, i18n.T("these values in the base differ from the token file: %s.", fields),
			i18n.T(
				"Run \"openfire-o365 apply %s\" (with --dry-run to see the differences first).", r.Base.Name()), faults.User)
	}
	return ok(i18n.T("the application, secret and server in the base match the token file."))
}

// baseSender warns of mail that the base does not send as the mailbox, for the
// mailbox's own mail and for that of other users.
func baseSender(_ context.Context, r *run) Result {
	config, bad := r.signedIn()
	if bad != nil {
		return *bad
	}
	file, _ := r.file()
	senders := apply.NewSenders(config.MailConfig, file, "")
	what := senders.OtherProblem()
	if own := senders.OwnProblem(); !own.IsZero() {
		what = own
	}
	if !what.IsZero() {
		return warning(what, i18n.T("Run \"openfire-o365 apply %s\": it offers what helps and sends test messages.",
			r.Base.Name()), faults.User)
	}
	if !senders.Other.Through(senders.Server) {
		return ok(i18n.T("the mail of %s is sent as the mailbox; that of other users goes through the server \"%s\".",
			senders.Mailbox, senders.Other.Server.Text("name")))
	}
	return ok(i18n.T("the base sends the mail of all users as %s.", senders.Mailbox))
}
