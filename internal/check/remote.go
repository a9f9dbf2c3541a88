package check

import (
	"context"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/guard"
	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// The checks of what stands in the base itself: for whoever has an account there.
const (
	BaseConnected ID = "base.connected"
	BaseValues    ID = "base.values"
)

// survey is what the base tells an administrator. A base that does not answer
// says nothing about the chain.
func (r *run) inside() (openfire.Survey, *Result) {
	if r.Survey == nil {
		res := skipped(lang.Text{FR: "pas demandé (--login et --api-key-file d'un administrateur de la base).", EN: "not asked for (--login and --api-key-file of an administrator of the base)."})
		return openfire.Survey{}, &res
	}
	s, err := r.survey()
	if err == nil {
		return s, nil
	}
	res := r.trouble(err, r.Base.Host())
	if res.Exit == lang.Temporary {
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
	if err := s.Refuse(r.Base); err != nil {
		return r.trouble(err, r.Base.Host())
	}
	file, _ := r.file()
	mailbox := file.Mailbox()
	apply := lang.Text{FR: "Lancez « openfire-o365 apply %s ».", EN: "Run \"openfire-o365 apply %s\"."}.With(r.Base.Name())
	server, found := s.Ours(mailbox)
	switch {
	case !found:
		return failed(lang.Mail, lang.Text{FR: "la base n'a pas de serveur de courriel sortant pour %s.", EN: "the base has no outgoing mail server for %s."}.With(mailbox), apply, azure.User)
	case !server.Active() || !server.Outlook:
		return failed(lang.Mail, lang.Text{FR: "le serveur de courriel sortant « %s » est archivé, ou Outlook n'y est pas choisi.", EN: "the outgoing mail server \"%s\" is archived, or Outlook is not chosen in it."}.With(guard.Line(server.Text("name"))), apply, azure.User)
	case !server.Connected:
		return failed(lang.Mail, lang.Text{FR: "le serveur de courriel sortant « %s » n'a pas de jeton.", EN: "the outgoing mail server \"%s\" has no token."}.With(guard.Line(server.Text("name"))), apply, azure.User)
	}
	_, domain, _ := strings.Cut(mailbox, "@")
	if first := s.Picked("?@" + domain); first[0].ID() != server.ID() {
		return warning(lang.Text{FR: "OpenFire prend d'abord le serveur « %s », pas celui de %s.", EN: "OpenFire takes the server \"%s\" first, not that of %s."}.With(guard.Line(first[0].Text("name")), mailbox), apply, azure.User)
	}
	if s.Major() < openfire.RotatesSince {
		return r.baseCopy(file, apply)
	}
	return ok(lang.Text{FR: "la base est connectée avec %s et renouvelle elle-même ses jetons.", EN: "the base is connected as %s and renews its tokens by itself."}.With(mailbox))
}

// baseCopy is the age of the refresh token in a base that never gets a newer
// one unless somebody puts it there.
func (r *run) baseCopy(file openfire.File, apply lang.Text) Result {
	issued := file.Azure.BaseRefreshIssued
	hand := lang.Text{FR: "Programmez « openfire-o365 token refresh --apply », ou relancez apply.", EN: "Schedule \"openfire-o365 token refresh --apply\", or run apply again."}
	switch age := r.Now().Sub(issued); {
	case issued.IsZero():
		return warning(lang.Text{FR: "cette base (avant Odoo 14) ne garde pas les nouveaux jetons d'actualisation, et l'âge du sien n'est pas connu : il meurt à 90 jours.", EN: "this base (before Odoo 14) does not keep new refresh tokens, and the age of its own is not known: it dies at 90 days."}, apply, azure.User)
	case age >= TokenLife:
		return failed(lang.SignIn, lang.Text{FR: "le jeton d'actualisation de la base a %s : il est mort.", EN: "the base's refresh token is %s old: it is dead."}.With(days(age)), apply, azure.User)
	case age > TokenOld:
		return warning(lang.Text{FR: "le jeton d'actualisation de la base a %s ; il meurt à 90 jours.", EN: "the base's refresh token is %s old; it dies at 90 days."}.With(days(age)), hand, azure.User)
	}
	return ok(lang.Text{FR: "la base est connectée ; son jeton d'actualisation a été émis le %s et vaut jusqu'au %s.", EN: "the base is connected; its refresh token was issued on %s and lasts until %s."}.With(Day(issued), Day(issued.Add(TokenLife))))
}

// baseValues compares what the base has with the file: client, secret, server
// and switch; never tokens, of which each has its own.
func baseValues(_ context.Context, r *run) Result {
	s, bad := r.inside()
	if bad != nil {
		return *bad
	}
	file, _ := r.file()
	if plan := s.Plan(file, false); !plan.Empty() {
		return failed(lang.Mail, lang.Text{FR: "la base n'a pas les valeurs du fichier de jetons : %s.", EN: "the base lacks the token file's values: %s."}.With(strings.Join(plan.Fields(), ", ")),
			lang.Text{FR: "Lancez « openfire-o365 apply %s » ; --dry-run montre d'abord ce qui diffère.", EN: "Run \"openfire-o365 apply %s\"; --dry-run first shows what differs."}.With(r.Base.Name()), azure.User)
	}
	return ok(lang.Text{FR: "la base a l'application, le secret et le serveur du fichier de jetons.", EN: "the base has the token file's application, secret and server."})
}
