package check

import (
	"context"
	"encoding/base64"
	"encoding/json"
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

// exchangeID is Exchange Online's own application, which some tokens name as
// their audience instead of its address
// (learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in).
const exchangeID = "00000002-0000-0ff1-ce00-000000000000"

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
			return warning(lang.Text{FR: "le fichier est bien formé, mais des copies de ses secrets sont à côté : %s.", EN: "the file is well formed, but copies of its secrets lie beside it: %s."}.With(few(copies)),
				lang.Text{FR: "Supprimez-les : elles ouvrent la boîte aux lettres à qui les lit, et remettre une copie en place ramènerait un jeton mort.", EN: "Delete them: they open the mailbox to whoever reads them, and putting one back would bring back a dead token."}, azure.Operator)
		}
	}
	return ok(lang.Text{FR: "le fichier est lisible et bien formé.", EN: "the file is readable and well formed."})
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
		do = lang.Text{FR: "Vouliez-vous écrire %s ?", EN: "Did you mean %s?"}.With(few(meant))
	}
	return warning(lang.Text{FR: "clé inconnue, gardée telle quelle : %s.", EN: "unknown key, kept as it is: %s."}.With(few(paths)), do, azure.Operator), true
}

// few names the first three and counts the rest.
func few(names []string) string {
	if n := len(names) - 3; n > 0 {
		return fmt.Sprintf("%s… (+%d)", strings.Join(names[:3], ", "), n)
	}
	return strings.Join(names, ", ")
}

// tokenRefresh takes the one road to a live token.
func tokenRefresh(_ context.Context, r *run) Result {
	if file, _ := r.file(); !file.Complete() {
		return failed(lang.SignIn, lang.Text{FR: "la boîte aux lettres n'a pas encore été connectée.", EN: "the mailbox has not been connected yet."}, setupAgain, azure.User)
	}
	if r.Offline {
		return r.lastsOffline()
	}
	fresh, err := r.fresh()
	if err != nil {
		return r.trouble(err, host(r.Cloud.Login))
	}
	return ok(lang.Text{FR: "le jeton d'accès est bon pour %s.", EN: "the access token is good for %s."}.With(minutes(fresh.Mail.Left(r.Now()))))
}

// lastsOffline says what the clock alone can tell of the access token.
func (r *run) lastsOffline() Result {
	file, _ := r.file()
	if left := file.Mail.Left(r.Now()); left > 0 {
		return ok(lang.Text{FR: "le jeton d'accès du fichier vaut encore %s.", EN: "the file's access token lasts another %s."}.With(minutes(left)))
	}
	return unknown(lang.Text{FR: "le jeton d'accès est à renouveler ; --offline ne le fait pas.", EN: "the access token is due; --offline does not renew it."})
}

func minutes(d time.Duration) lang.Text {
	return lang.Text{FR: "%d min", EN: "%d min"}.With(int(d / time.Minute))
}

// tokenScopes reads what the access tokens say about themselves, each for its
// own direction. Microsoft calls that text opaque, so it explains and never
// decides.
func tokenScopes(_ context.Context, r *run) Result {
	file, _ := r.live()
	for _, b := range file.Blocks() {
		wanted := azure.ScopeSMTP
		if b.Incoming {
			wanted = azure.ScopeIMAP
		}
		audience, scopes, readable := claims(b.Tokens.Access)
		switch {
		case !readable:
			return unknown(lang.Text{FR: "jeton opaque : ses droits ne se lisent pas (normal pour certains comptes).", EN: "opaque token: its rights cannot be read (normal for some accounts)."})
		case audience != exchangeID && !strings.Contains(audience, "outlook.office"):
			return warning(lang.Text{FR: "le jeton est fait pour %s, pas pour Exchange.", EN: "the token is made for %s, not for Exchange."}.With(guard.Line(audience)), setupAgain, azure.User)
		case len(azure.MissingScopes(scopes, wanted)) > 0:
			return warning(lang.Text{FR: "le jeton n'a pas l'autorisation %s.", EN: "the token lacks the permission %s."}.With(wanted),
				lang.Text{FR: "Application OpenFire > API autorisées (API permissions), puis relancez setup et acceptez.", EN: "OpenFire application > API permissions, then run setup again and accept."}, azure.AppOwner)
		}
	}
	if file.Fetch != nil {
		return ok(lang.Text{FR: "les jetons permettent d'envoyer et de relever le courrier.", EN: "the tokens allow sending and fetching mail."})
	}
	return ok(lang.Text{FR: "le jeton permet d'envoyer le courrier.", EN: "the token allows sending mail."})
}

// claims decodes the middle of a JWT without checking its signature, which is
// the mail server's business.
func claims(token guard.Secret) (audience, scopes string, readable bool) {
	parts := strings.Split(token.Reveal(), ".")
	if len(parts) != 3 {
		return "", "", false
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	var c struct {
		Aud string `json:"aud"`
		Scp string `json:"scp"`
	}
	if err != nil || json.Unmarshal(raw, &c) != nil {
		return "", "", false
	}
	return c.Aud, c.Scp, c.Aud != ""
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
			lang.Text{FR: "Programmez « openfire-o365 token refresh » toutes les 15 minutes.", EN: "Schedule \"openfire-o365 token refresh\" every 15 minutes."}, azure.User)
	}
	return ok(lang.Text{FR: "le jeton d'actualisation a été émis le %s, il vaut jusqu'au %s.", EN: "the refresh token was issued on %s and lasts until %s."}.With(Day(issued), Day(issued.Add(TokenLife))))
}
