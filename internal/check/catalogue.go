package check

import (
	"context"
	"sync"

	"github.com/openfire-fr/openfire-o365/azure/exchange"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
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
		{HostClock, i18n.T("Clock"), nil, nil, true, hostClock},
		{HostProxy, i18n.T("Proxy"), nil, nil, false, hostProxy},
		{BaseName, i18n.T("Base name"), nil, nil, false, baseName},
		{BaseReach, i18n.T("Base within reach"), nil, []ID{HostClock}, true, baseReach},
		{BaseModule, i18n.T("Outlook module"), []ID{BaseReach}, nil, true, baseModule},
		{BaseVersion, i18n.T("Odoo version"), []ID{BaseReach}, nil, true, baseVersion},
		{EntraTenant, i18n.T("Directory (tenant)"), []ID{TokenFile}, []ID{HostClock}, true, entraTenant},
		{EntraApp, i18n.T("Application"), []ID{TokenFile, EntraTenant}, nil, true, entraApp},
		{EntraSecret, i18n.T("Client secret"), []ID{EntraApp}, nil, true, entraSecret},
		{EntraExpiry, i18n.T("Secret's expiry"), []ID{TokenFile}, nil, false, entraExpiry},
		{EntraRedirect, i18n.T("Redirect URI"), []ID{EntraApp}, nil, true, entraRedirect},
		{TokenFile, i18n.T("Token file"), []ID{BaseName}, nil, false, tokenFile},
		{TokenRefresh, i18n.T("Refresh"), []ID{TokenFile}, []ID{HostClock}, false, tokenRefresh},
		{TokenScopes, i18n.T("Token's rights"), []ID{TokenRefresh}, nil, false, tokenScopes},
		{TokenAccount, i18n.T("Signed-in account"), []ID{TokenFile}, nil, false, tokenAccount},
		{TokenAge, i18n.T("Token's age"), []ID{TokenFile}, nil, false, tokenAge},
		{SMTPConnect, i18n.T("Outgoing server"), nil, nil, true, smtpConnect},
		{SMTPTLS, i18n.T("Encryption"), []ID{SMTPConnect}, []ID{HostClock}, true, smtpTLS},
		{SMTPAuth, i18n.T("SMTP sign-in"), []ID{TokenRefresh, SMTPTLS}, nil, true, smtpAuth},
		{SMTPSend, i18n.T("Test message"), []ID{SMTPAuth}, nil, true, smtpSend},
		{IMAPAuth, i18n.T("IMAP sign-in"), []ID{TokenRefresh}, nil, true, imapAuth},
		{MailArrival, i18n.T("Message's arrival"), []ID{SMTPSend, IMAPAuth}, nil, true, mailArrival},
		{BaseConnected, i18n.T("Base connected"), []ID{TokenFile}, nil, true, baseConnected},
		{BaseValues, i18n.T("Values in the base"), []ID{BaseConnected}, nil, true, baseValues},
	}
}

// newRun prepares what the checks share.
func newRun(ctx context.Context, env Env) *run {
	r := &run{Env: env, results: map[ID]func() Result{}, sent: map[string]string{}}
	for _, e := range chain() {
		r.results[e.id] = sync.OnceValue(func() Result { return r.result(ctx, e) })
	}
	r.file = sync.OnceValues(r.load)
	r.fresh = sync.OnceValues(func() (tokenfile.File, error) { return env.Fresh(ctx) })
	r.module = sync.OnceValues(func() (openfire.Module, error) { return openfire.Probe(ctx, env.HTTP, env.Cloud, env.Base) })
	r.entra = sync.OnceValue(func() error {
		file, _ := r.file()
		return env.Secret(ctx, file)
	})
	r.survey = sync.OnceValues(func() (openfire.MailConfig, error) {
		file, _ := r.file()
		return env.Survey(ctx, file)
	})
	r.smtp = sync.OnceValues(func() (exchange.Stage, error) { return r.converse(ctx) })
	return r
}

// load reads the token file, once it is mended where that is wanted.
func (r *run) load() (tokenfile.File, error) {
	if r.Mend != nil {
		var err error
		if r.mended, err = r.Mend(); err != nil {
			return tokenfile.File{}, err
		}
	}
	return r.Load()
}

// live is the token file with the access token that token.refresh left in it;
// false without one, and then it is the file as it was read.
func (r *run) live() (tokenfile.File, bool) {
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
