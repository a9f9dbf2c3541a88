package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/guard"
	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// A refresh token lives TokenLife, 90 days from its issue
// (learn.microsoft.com/entra/identity-platform/refresh-tokens); after TokenOld,
// two thirds of that, somebody should look.
const (
	TokenLife = 90 * 24 * time.Hour
	TokenOld  = 60 * 24 * time.Hour
)

// tokenFile reads the file for all the checks that need its values.
func tokenFile(_ context.Context, r *run) Result {
	file, err := r.file()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return failed(lang.Usage, lang.Text{FR: "il n'y a pas de fichier de jetons pour cette base.", EN: "there is no token file for this base."},
			lang.Text{FR: "Lancez « openfire-o365 setup %s ».", EN: "Run \"openfire-o365 setup %s\"."}.With(r.Base.Name()), azure.User)
	case err != nil:
		return r.trouble(err, r.Base.FileName())
	}
	if len(r.mended) > 0 {
		return warning(lang.Text{FR: "d'autres comptes de cette machine pouvaient lire ou changer les jetons ; c'est réparé : %s.", EN: "other accounts of this machine could read or change the tokens; this is repaired: %s."}.With(strings.Join(r.mended, " ; ")),
			lang.Text{FR: "Si d'autres personnes se servent de cette machine, créez un nouveau secret client et relancez setup.", EN: "If other people use this machine, make a new client secret and run setup again."}, azure.Operator)
	}
	if res, found := unknownKeys(file.Unknown()); found {
		return res
	}
	if r.Copies != nil {
		if copies := r.Copies(); len(copies) > 0 {
			return warning(lang.Text{FR: "le fichier est bien formé, mais des copies de ses secrets sont à côté : %s.", EN: "the file is well formed, but copies of its secrets lie beside it: %s."}.With(Few(copies)),
				lang.Text{FR: "Supprimez-les : elles ouvrent la boîte aux lettres à qui les lit, et remettre une copie en place ramènerait un jeton mort.", EN: "Delete them: they open the mailbox to whoever reads them, and putting one back would bring back a dead token."}, azure.Operator)
		}
	}
	if r.Remote != "" {
		return warning(lang.Text{FR: "le fichier est bien formé, mais %s.", EN: "the file is well formed, but %s."}.With(Distant(r.Remote)), DistantDo(), azure.Operator)
	}
	return ok(lang.Text{FR: "le fichier est lisible et bien formé.", EN: "the file is readable and well formed."})
}

// Distant tells of a folder that is no disk of this machine.
func Distant(fileSystem string) lang.Text {
	return lang.Text{FR: "le dossier des jetons n'est pas sur un disque de cette machine (%s) : les verrous entre deux passages et l'écriture qui survit à une panne dépendent de ce système",
		EN: "the folder of the tokens is on no disk of this machine (%s): locks between two runs, and writes that survive a power cut, depend on that system"}.With(guard.Line(fileSystem))
}

// DistantDo is what to do about it.
func DistantDo() lang.Text {
	return lang.Text{FR: "Gardez les jetons sur un disque local (--dir), ou ne lancez « token refresh » que d'une seule machine.", EN: "Keep the tokens on a local disk (--dir), or run \"token refresh\" on one machine only."}
}

// unknownKeys warns of what the file holds and nobody reads; most often a
// letter was mistyped, and a value is missing under its real name.
func unknownKeys(keys []openfire.Unknown) (Result, bool) {
	if len(keys) == 0 {
		return Result{}, false
	}
	var paths, meant []string
	for _, u := range keys {
		paths = append(paths, guard.Line(u.Path))
		if u.Nearest != "" {
			meant = append(meant, u.Nearest)
		}
	}
	do := lang.Text{FR: "Ouvrez le fichier et vérifiez ce nom.", EN: "Open the file and check this name."}
	if len(meant) > 0 {
		do = lang.Text{FR: "Vouliez-vous écrire %s ?", EN: "Did you mean %s?"}.With(Few(meant))
	}
	return warning(lang.Text{FR: "clé inconnue, gardée telle quelle : %s.", EN: "unknown key, kept as it is: %s."}.With(Few(paths)), do, azure.Operator), true
}

// Few names the first three and counts the rest.
func Few(names []string) string {
	if n := len(names) - 3; n > 0 {
		return fmt.Sprintf("%s… (+%d)", strings.Join(names[:3], ", "), n)
	}
	return strings.Join(names, ", ")
}

// tokenRefresh takes the one road to a live token.
func tokenRefresh(_ context.Context, r *run) Result {
	file, _ := r.file()
	if !file.Complete() {
		return failed(lang.SignIn, lang.Text{FR: "la boîte aux lettres n'a pas encore été connectée.", EN: "the mailbox has not been connected yet."}, setupAgain, azure.User)
	}
	if res, mixed := givenElsewhere(file); mixed {
		return res
	}
	began := r.pending()
	if r.Offline {
		return r.lastsOffline(began)
	}
	fresh, err := r.fresh()
	if err != nil {
		res := r.trouble(err, host(r.Cloud.Login))
		if refusal, is := azure.AsRefusal(err); is && refusal.Dead && !began.IsZero() {
			res.What = lang.Text{FR: "%s %s", EN: "%s %s"}.With(res.What, NoResult(began))
		}
		return res
	}
	if !began.IsZero() && fresh.Mail.Access.Reveal() == file.Mail.Access.Reveal() {
		return unanswered(began)
	}
	return ok(lang.Text{FR: "le jeton d'accès est bon pour %s.", EN: "the access token is good for %s."}.With(minutes(fresh.Mail.Left(r.Now()))))
}

// underWay is how long a refresh may go on before its answer is missed.
const underWay = 2 * time.Minute

// pending is when a refresh began that has brought nothing.
func (r *run) pending() time.Time {
	if r.Pending == nil {
		return time.Time{}
	}
	began := r.Pending()
	if r.Now().Sub(began) < underWay { // perhaps another process is at it
		return time.Time{}
	}
	return began
}

// NoResult tells of a refresh whose answer nobody has kept.
func NoResult(began time.Time) lang.Text {
	return lang.Text{FR: "Le renouvellement commencé le %s n'a pas laissé de résultat.", EN: "The refresh that began at %s left no result."}.With(began.UTC().Format(time.RFC3339))
}

// unanswered warns of it while the access token is still good.
func unanswered(began time.Time) Result {
	return warning(NoResult(began), lang.Text{FR: "Le prochain renouvellement dira si le jeton d'actualisation vaut encore.", EN: "The next refresh will tell whether the refresh token is still good."}, azure.Nobody)
}

// lastsOffline says what the clock alone can tell of the access token.
func (r *run) lastsOffline(began time.Time) Result {
	if !began.IsZero() {
		return unanswered(began)
	}
	file, _ := r.file()
	if left := file.Mail.Left(r.Now()); left > 0 {
		return ok(lang.Text{FR: "le jeton d'accès du fichier vaut encore %s.", EN: "the file's access token lasts another %s."}.With(minutes(left)))
	}
	return unknown(lang.Text{FR: "le jeton d'accès est à renouveler ; --offline ne le fait pas.", EN: "the access token is due; --offline does not renew it."})
}

func minutes(d time.Duration) lang.Text {
	return lang.Text{FR: "%d min", EN: "%d min"}.With(int(d / time.Minute))
}

func tokenAccount(_ context.Context, r *run) Result {
	file, _ := r.file()
	who, mailbox := file.Azure.SignedInAs, file.Mailbox()
	switch {
	case who == "":
		return unknown(lang.Text{FR: "on ne sait pas qui s'est connecté.", EN: "it is not known who signed in."})
	case !strings.EqualFold(who, mailbox):
		return warning(lang.Text{FR: "%s s'est connecté, la boîte aux lettres est %s.", EN: "%s signed in, the mailbox is %s."}.With(guard.Line(who), mailbox),
			lang.Text{FR: "C'est permis si le test d'envoi passe ; sinon relancez setup et connectez-vous avec la boîte aux lettres.", EN: "This is fine if the test message passes; else run setup again and sign in as the mailbox."}, azure.User)
	}
	return ok(lang.Text{FR: "%s s'est connecté.", EN: "%s signed in."}.With(guard.Line(who)))
}

func tokenAge(_ context.Context, r *run) Result {
	file, _ := r.live()
	issued := file.Azure.RefreshIssued
	if issued.IsZero() {
		return unknown(lang.Text{FR: "l'âge du jeton d'actualisation n'est pas connu.", EN: "the refresh token's age is not known."})
	}
	age := max(0, r.Now().Sub(issued))
	if age > TokenOld {
		return warning(lang.Text{FR: "le jeton d'actualisation a %s ; Microsoft l'éteint à 90 jours.", EN: "the refresh token is %s old; Microsoft ends it at 90 days."}.With(days(age)),
			lang.Text{FR: "Programmez le renouvellement : « openfire-o365 token schedule install ».", EN: "Schedule the renewal: \"openfire-o365 token schedule install\"."}, azure.User)
	}
	return ok(lang.Text{FR: "le jeton d'actualisation a été émis le %s, il vaut jusqu'au %s.", EN: "the refresh token was issued on %s and lasts until %s."}.With(Day(issued), Day(issued.Add(TokenLife))))
}
