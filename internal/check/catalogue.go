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
func chain() []entry {
	return []entry{
		{HostClock, lang.Text{FR: "Horloge", EN: "Clock"}, nil, true, hostClock},
		{HostProxy, lang.Text{FR: "Proxy", EN: "Proxy"}, nil, false, hostProxy},
		{BaseName, lang.Text{FR: "Nom de la base", EN: "Base name"}, nil, false, baseName},
		{BaseReach, lang.Text{FR: "Base joignable", EN: "Base within reach"}, nil, true, baseReach},
		{BaseModule, lang.Text{FR: "Module Outlook", EN: "Outlook module"}, []ID{BaseReach}, true, baseModule},
		{BaseVersion, lang.Text{FR: "Version d'Odoo", EN: "Odoo version"}, []ID{BaseReach}, true, baseVersion},
		{EntraTenant, lang.Text{FR: "Annuaire (locataire)", EN: "Directory (tenant)"}, []ID{TokenFile}, true, entraTenant},
		{EntraApp, lang.Text{FR: "Application", EN: "Application"}, []ID{TokenFile, EntraTenant}, true, entraApp},
		{EntraSecret, lang.Text{FR: "Secret client", EN: "Client secret"}, []ID{EntraApp}, true, entraSecret},
		{EntraExpiry, lang.Text{FR: "Expiration du secret", EN: "Secret's expiry"}, []ID{TokenFile}, false, entraExpiry},
		{EntraRedirect, lang.Text{FR: "URI de redirection", EN: "Redirect URI"}, []ID{EntraApp}, true, entraRedirect},
		{TokenFile, lang.Text{FR: "Fichier de jetons", EN: "Token file"}, []ID{BaseName}, false, tokenFile},
		{TokenRefresh, lang.Text{FR: "Renouvellement", EN: "Refresh"}, []ID{TokenFile}, false, tokenRefresh},
		{TokenScopes, lang.Text{FR: "Droits du jeton", EN: "Token's rights"}, []ID{TokenRefresh}, false, tokenScopes},
		{TokenAccount, lang.Text{FR: "Compte connecté", EN: "Signed-in account"}, []ID{TokenFile}, false, tokenAccount},
		{TokenAge, lang.Text{FR: "Âge du jeton", EN: "Token's age"}, []ID{TokenFile}, false, tokenAge},
		{SMTPConnect, lang.Text{FR: "Serveur d'envoi", EN: "Outgoing server"}, nil, true, smtpConnect},
		{SMTPTLS, lang.Text{FR: "Chiffrement", EN: "Encryption"}, []ID{SMTPConnect}, true, smtpTLS},
		{SMTPAuth, lang.Text{FR: "Connexion SMTP", EN: "SMTP sign-in"}, []ID{TokenRefresh, SMTPTLS}, true, smtpAuth},
		{SMTPSend, lang.Text{FR: "Message de test", EN: "Test message"}, []ID{SMTPAuth}, true, smtpSend},
		{IMAPAuth, lang.Text{FR: "Connexion IMAP", EN: "IMAP sign-in"}, []ID{TokenRefresh}, true, imapAuth},
		{MailArrival, lang.Text{FR: "Arrivée du message", EN: "Message's arrival"}, []ID{SMTPSend, IMAPAuth}, true, mailArrival},
	}
}

// newRun prepares what the checks share. Each of its questions to the world is
// asked once, by whichever check needs the answer first.
func newRun(ctx context.Context, env Env) *run {
	r := &run{Env: env, chain: chain(), done: map[ID]Result{}, sent: map[string]string{}}
	r.module = sync.OnceValues(func() (openfire.Module, error) { return openfire.Probe(ctx, env.HTTP, env.Cloud, env.Base) })
	r.entra = sync.OnceValue(func() error { return env.Secret(ctx, r.file) })
	r.smtp = sync.OnceValues(func() (azure.Stage, error) {
		r.result(ctx, r.entry(TokenRefresh))
		return r.converse(ctx)
	})
	return r
}
