package check

import (
	"context"
	"sync"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// chain is the catalogue, in the order in which it is told. A check may need
// one that is told later: base and Entra read their values from the token file.
//
// What Entra is asked about the application goes one after the other, and only
// the renewal beside it: login.microsoftonline.com is not asked in parallel for
// what can wait. All of it waits for the clock, without which no certificate is
// good; the mail servers have the longest road, and it starts with the renewal.
func chain() []entry {
	return []entry{
		{HostClock, lang.Text{FR: "Horloge", EN: "Clock"}, nil, nil, true, hostClock},
		{HostProxy, lang.Text{FR: "Proxy", EN: "Proxy"}, nil, nil, false, hostProxy},
		{BaseName, lang.Text{FR: "Nom de la base", EN: "Base name"}, nil, nil, false, baseName},
		{BaseReach, lang.Text{FR: "Base joignable", EN: "Base within reach"}, nil, []ID{HostClock}, true, baseReach},
		{BaseModule, lang.Text{FR: "Module Outlook", EN: "Outlook module"}, []ID{BaseReach}, nil, true, baseModule},
		{BaseVersion, lang.Text{FR: "Version d'Odoo", EN: "Odoo version"}, []ID{BaseReach}, nil, true, baseVersion},
		{EntraTenant, lang.Text{FR: "Annuaire (locataire)", EN: "Directory (tenant)"}, []ID{TokenFile}, []ID{HostClock}, true, entraTenant},
		{EntraApp, lang.Text{FR: "Application", EN: "Application"}, []ID{TokenFile, EntraTenant}, nil, true, entraApp},
		{EntraSecret, lang.Text{FR: "Secret client", EN: "Client secret"}, []ID{EntraApp}, nil, true, entraSecret},
		{EntraExpiry, lang.Text{FR: "Expiration du secret", EN: "Secret's expiry"}, []ID{TokenFile}, nil, false, entraExpiry},
		{EntraRedirect, lang.Text{FR: "URI de redirection", EN: "Redirect URI"}, []ID{EntraApp}, nil, true, entraRedirect},
		{TokenFile, lang.Text{FR: "Fichier de jetons", EN: "Token file"}, []ID{BaseName}, nil, false, tokenFile},
		{TokenRefresh, lang.Text{FR: "Renouvellement", EN: "Refresh"}, []ID{TokenFile}, []ID{HostClock}, false, tokenRefresh},
		{TokenScopes, lang.Text{FR: "Droits du jeton", EN: "Token's rights"}, []ID{TokenRefresh}, nil, false, tokenScopes},
		{TokenAccount, lang.Text{FR: "Compte connecté", EN: "Signed-in account"}, []ID{TokenFile}, nil, false, tokenAccount},
		{TokenAge, lang.Text{FR: "Âge du jeton", EN: "Token's age"}, []ID{TokenFile}, nil, false, tokenAge},
		{SMTPConnect, lang.Text{FR: "Serveur d'envoi", EN: "Outgoing server"}, nil, nil, true, smtpConnect},
		{SMTPTLS, lang.Text{FR: "Chiffrement", EN: "Encryption"}, []ID{SMTPConnect}, []ID{HostClock}, true, smtpTLS},
		{SMTPAuth, lang.Text{FR: "Connexion SMTP", EN: "SMTP sign-in"}, []ID{TokenRefresh, SMTPTLS}, nil, true, smtpAuth},
		{SMTPSend, lang.Text{FR: "Message de test", EN: "Test message"}, []ID{SMTPAuth}, nil, true, smtpSend},
		{IMAPAuth, lang.Text{FR: "Connexion IMAP", EN: "IMAP sign-in"}, []ID{TokenRefresh}, nil, true, imapAuth},
		{MailArrival, lang.Text{FR: "Arrivée du message", EN: "Message's arrival"}, []ID{SMTPSend, IMAPAuth}, nil, true, mailArrival},
		{BaseConnected, lang.Text{FR: "Base connectée", EN: "Base connected"}, []ID{TokenFile}, nil, true, baseConnected},
		{BaseValues, lang.Text{FR: "Valeurs dans la base", EN: "Values in the base"}, []ID{BaseConnected}, nil, true, baseValues},
	}
}

// newRun prepares what the checks share.
func newRun(ctx context.Context, env Env) *run {
	r := &run{Env: env, results: map[ID]func() Result{}, sent: map[string]string{}}
	for _, e := range chain() {
		r.results[e.id] = sync.OnceValue(func() Result { return r.result(ctx, e) })
	}
	r.file = sync.OnceValues(r.load)
	r.fresh = sync.OnceValues(func() (openfire.File, error) { return env.Fresh(ctx) })
	r.module = sync.OnceValues(func() (openfire.Module, error) { return openfire.Probe(ctx, env.HTTP, env.Cloud, env.Base) })
	r.entra = sync.OnceValue(func() error {
		file, _ := r.file()
		return env.Secret(ctx, file)
	})
	r.survey = sync.OnceValues(func() (openfire.Survey, error) {
		file, _ := r.file()
		return env.Survey(ctx, file)
	})
	r.smtp = sync.OnceValues(func() (azure.Stage, error) { return r.converse(ctx) })
	return r
}

// load reads the token file, once it is mended where that is wanted.
func (r *run) load() (openfire.File, error) {
	if r.Mend != nil {
		var err error
		if r.mended, err = r.Mend(); err != nil {
			return openfire.File{}, err
		}
	}
	return r.Load()
}

// live is the token file with the access token that token.refresh left in it;
// false without one, and then it is the file as it was read.
func (r *run) live() (openfire.File, bool) {
	if file := r.renewed.Load(); file != nil {
		return *file, true
	}
	if !r.Offline && r.good(TokenRefresh) {
		file, err := r.fresh()
		return file, err == nil
	}
	file, _ := r.file()
	return file, false
}
