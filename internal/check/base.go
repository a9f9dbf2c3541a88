package check

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// maxSkew is how far the clock may be off before Microsoft's tokens suffer.
const maxSkew = 5 * time.Minute

// hostClock compares this machine's clock with the Date of Entra's answer. It
// is the first to meet Entra's certificate, which a wrong clock spoils: what is
// wrong with that is told here, and nowhere again.
func hostClock(ctx context.Context, r *run) Result {
	req, err := http.NewRequest(http.MethodGet, r.Cloud.MetadataURL("common"), nil)
	if err != nil {
		return r.trouble(err, r.Cloud.Login)
	}
	answer, err := r.HTTP.Do(ctx, req)
	if err != nil {
		res := r.maybe(err, host(r.Cloud.Login))
		res.What = lang.Text{FR: "l'heure n'a pas pu être comparée à celle de Microsoft : %s", EN: "the time could not be compared with Microsoft's: %s"}.With(res.What)
		return res
	}
	there, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		return unknown(lang.Text{FR: "Microsoft n'a pas donné l'heure.", EN: "Microsoft did not tell the time."})
	}
	skew := r.Now().Sub(there).Round(time.Second)
	if skew.Abs() <= maxSkew {
		return ok(lang.Text{FR: "l'horloge est juste (écart de %s).", EN: "the clock is right (%s off)."}.With(skew.Abs()))
	}
	return warning(lang.Text{FR: "l'horloge de cette machine diffère de %s de celle de Microsoft.", EN: "this machine's clock is %s off Microsoft's."}.With(skew),
		lang.Text{FR: "Réglez l'heure automatique de la machine.", EN: "Turn on the machine's automatic time."}, azure.Operator)
}

// hostProxy says which proxy the environment names, for nothing else would.
func hostProxy(_ context.Context, r *run) Result {
	req, err := http.NewRequest(http.MethodGet, r.Cloud.Login, nil)
	if err != nil {
		return r.trouble(err, r.Cloud.Login)
	}
	proxy, err := http.ProxyFromEnvironment(req)
	switch {
	case err != nil:
		return failed(lang.Usage, lang.Text{FR: "HTTPS_PROXY n'est pas une adresse.", EN: "HTTPS_PROXY is not an address."},
			lang.Text{FR: "Corrigez la variable HTTPS_PROXY ou retirez-la.", EN: "Correct the variable HTTPS_PROXY or remove it."}, azure.Operator)
	case proxy == nil:
		return ok(lang.Text{FR: "connexion directe.", EN: "direct connection."})
	}
	return ok(lang.Text{FR: "par le proxy %s (HTTPS_PROXY).", EN: "through the proxy %s (HTTPS_PROXY)."}.With(proxy.Host))
}

func baseName(_ context.Context, r *run) Result {
	_, err := r.file()
	if p, is := errors.AsType[*lang.Problem](err); is && p.ID == openfire.OtherBase {
		return failed(p.Exit, p.What, p.Do, azure.Operator)
	}
	return ok(lang.Same(r.Base.URL() + "."))
}

// baseReach never fails on the network: a base behind a VPN sends its mail all
// the same.
func baseReach(_ context.Context, r *run) Result {
	_, err := r.module()
	if err == nil {
		return ok(lang.Text{FR: "la base répond.", EN: "the base answers."})
	}
	res := r.trouble(err, r.Base.Host())
	if res.Exit != lang.Safety {
		// The base's own network is nobody's alarm here: the verdict is not
		// marked as one that the network prevented.
		res = unknown(lang.Text{FR: "la base ne répond pas d'ici (VPN ? nom ?) : %s", EN: "the base does not answer from here (VPN? name?): %s"}.With(res.What))
	}
	return res
}

// SupportContact is how OpenFire's support is reached
// (documentation.openfire.fr, "Authentification Azure pour Office 365").
var SupportContact = lang.Text{
	FR: "Écrivez au support OpenFire (support@openfire.fr, 02 30 96 02 65).",
	EN: "Write to OpenFire support (support@openfire.fr, +33 2 30 96 02 65).",
}

func baseModule(_ context.Context, r *run) Result {
	m, err := r.module()
	switch {
	case err != nil || m.Installed == openfire.Untold:
		return unknown(lang.Text{FR: "impossible de voir si le module Microsoft Outlook est installé.", EN: "cannot see whether the Microsoft Outlook module is installed."})
	case m.Installed == openfire.No:
		return failed(lang.Mail, lang.Text{FR: "le module Microsoft Outlook n'est pas installé dans la base.", EN: "the Microsoft Outlook module is not installed in the base."},
			lang.Text{FR: "%s Demandez l'installation du module Microsoft Outlook.", EN: "%s Ask for the Microsoft Outlook module to be installed."}.With(SupportContact), azure.Support)
	}
	return ok(lang.Text{FR: "le module Microsoft Outlook est installé.", EN: "the Microsoft Outlook module is installed."})
}

func baseVersion(_ context.Context, r *run) Result {
	m, err := r.module()
	if err != nil || m.Version == "" {
		return unknown(lang.Text{FR: "la base ne dit pas sa version d'Odoo.", EN: "the base does not tell its version of Odoo."})
	}
	if file, err := r.file(); err == nil && openfire.Major(m.Version) != file.Major() {
		return warning(lang.Text{FR: "la base est en Odoo %s, le fichier de jetons a été fait pour %s.", EN: "the base runs Odoo %s, the token file was made for %s."}.With(m.Version, file.OdooVersion),
			lang.Text{FR: "Relancez setup avec --odoo-version %s.", EN: "Run setup again with --odoo-version %s."}.With(m.Version), azure.User)
	}
	return ok(lang.Text{FR: "Odoo %s.", EN: "Odoo %s."}.With(m.Version))
}

// host is the host of a base URL, for messages.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

// days says a number of days.
func days(d time.Duration) lang.Text {
	n := int(d / (24 * time.Hour))
	if n == 1 || n == 0 {
		return lang.Text{FR: "%d jour", EN: "%d day"}.With(n)
	}
	return lang.Text{FR: "%d jours", EN: "%d days"}.With(n)
}

// Day says a date as people read it: 23 novembre 2026, 23 November 2026.
func Day(t time.Time) lang.Text {
	months := strings.Fields("janvier février mars avril mai juin juillet août septembre octobre novembre décembre")
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = "1er"
	}
	return lang.Text{FR: day + " " + months[t.Month()-1] + t.Format(" 2006"), EN: t.Format("2 January 2006")}
}
