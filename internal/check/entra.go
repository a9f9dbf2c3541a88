package check

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/entra"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/check/expiry"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire/input"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// entraChecks are the checks of the application, in the order in which they are reported.
func entraChecks() []entry {
	return []entry{
		{id: EntraTenant, title: i18n.T("Directory (tenant)"), needs: []ID{TokenFile}, https: true,
			online: true, run: entraTenant},
		{id: EntraApp, title: i18n.T("Application"), needs: []ID{TokenFile, EntraTenant}, online: true, run: entraApp},
		{id: EntraSecret, title: i18n.T("Client secret"), needs: []ID{EntraApp}, online: true, run: entraSecret},
		{id: EntraExpiry, title: i18n.T("Secret expiry"), needs: []ID{TokenFile}, run: entraExpiry},
		{id: "entra.redirect", title: i18n.T("Redirect URI"),
			needs: []ID{EntraApp, tokenAddress}, online: true, run: entraRedirect},
	}
}

var setupAgain = i18n.T("Run \"openfire-o365 setup\"; it asks only for the missing values.")

// missing returns the result of a check whose value was never entered.
func missing(what i18n.Text) Result {
	return failed(problem.Usage, what, setupAgain, faults.User)
}

// entraTenant looks the directory up in Entra's public metadata, and whether the
// mailbox's domain belongs to the same one.
func entraTenant(ctx context.Context, r *run) Result {
	file, _ := r.file()
	tenant := file.Azure.TenantID
	if tenant == "" {
		return missing(i18n.T("the Directory (tenant) ID is missing."))
	}
	// Entra answers "common" and "organizations" too, which are no directories.
	if _, err := input.ParseTenant(tenant); err != nil {
		return r.trouble(err, r.Cloud.LoginURL().Host)
	}
	id, err := entra.Tenant(ctx, r.HTTP, r.Cloud, tenant)
	if err != nil {
		return r.entraTrouble(err)
	}
	if _, domain, found := strings.Cut(file.Mailbox(), "@"); found {
		other, err := entra.Tenant(ctx, r.HTTP, r.Cloud, domain)
		switch {
		case faults.CodeOf(err) == faults.UnknownTenant:
			return warning(i18n.T("Microsoft 365 does not know the mailbox's domain %s.", domain),
				i18n.T("Check the mailbox's address."), faults.User)
		case err == nil && other != id:
			return warning(i18n.T("the mailbox is in another directory (%s) than the application.", other),
				i18n.T(
					"This works with a multitenant application only; check that this is what you want."), faults.EntraAdmin)
		}
	}
	return ok(i18n.T("this directory exists."))
}

// entraApp judges the same answer as entraSecret: that to a client credentials
// request for Graph, whose token is not used.
func entraApp(_ context.Context, r *run) Result {
	file, _ := r.file()
	if file.Client.ID == "" {
		return missing(i18n.T("the Application (client) ID is missing."))
	}
	if file.Client.Secret.Empty() {
		return ok(i18n.T("the application ID can only be checked together with the client secret."))
	}
	err := r.entra()
	switch faults.CodeOf(err) {
	case faults.WrongSecret, faults.MissingSecret, faults.ExpiredSecret, faults.PublicClient:
		err = nil // Entra judges the secret only of applications that it knows
	}
	if err != nil {
		return r.entraTrouble(err)
	}
	return ok(i18n.T("this application exists."))
}

func entraSecret(_ context.Context, r *run) Result {
	if file, _ := r.file(); file.Client.Secret.Empty() {
		return missing(i18n.T("the client secret is missing."))
	}
	if err := r.entra(); err != nil {
		return r.entraTrouble(err)
	}
	return ok(i18n.T("Microsoft accepts the client secret."))
}

// entraTrouble is trouble, except that only the refusals which are certain about
// tenant, application or secret count as failed; others are unknown.
func (r *run) entraTrouble(err error) Result {
	res := r.trouble(err, r.Cloud.LoginURL().Host)
	certain := []int{faults.UnknownTenant, faults.UnknownApplication, faults.ApplicationDisabled,
		faults.NoServicePrincipal, faults.WrongSecret, faults.ExpiredSecret}
	if res.Status != Failed || res.Exit != problem.Safety && !slices.Contains(certain, faults.CodeOf(err)) {
		return Result{Status: Unknown, What: res.What, Exit: cmp.Or(res.Exit, problem.Temporary)}
	}
	return res
}

func entraExpiry(_ context.Context, r *run) Result {
	file, _ := r.file()
	end, err := time.Parse(time.DateOnly, file.Azure.SecretExpires)
	if err != nil {
		return unknown(i18n.T("the secret's expiry date is not known."))
	}
	left := end.Sub(r.Now())
	renew := i18n.T("Create one in Certificates & secrets > New client secret, then run setup again.")
	switch {
	case left <= 0:
		return failed(problem.Application, i18n.T("the secret expired on %s.", expiry.Day(end)), renew, faults.AppOwner)
	case left < expiry.RenewWithin:
		return warning(i18n.T("the secret expires in %s, on %s.", expiry.Days(left), expiry.Day(end)),
			renew, faults.AppOwner)
	}
	return ok(i18n.T("the secret is valid until %s.", expiry.Day(end)))
}

// tokenEndpoint checks where the base sends its refresh token.
func tokenEndpoint(_ context.Context, r *run) Result {
	file, _ := r.file()
	if err := r.Cloud.CheckEndpoint(file.Client.Endpoint); err != nil {
		return r.trouble(err, r.Cloud.LoginURL().Host)
	}
	if file.Client.Endpoint != "" {
		return ok(i18n.T("tokens are renewed at %s (microsoft_outlook.endpoint).", file.Client.Endpoint))
	}
	return ok(i18n.T("tokens are renewed at Microsoft's common address."))
}

// entraRedirect probes whether the redirect URI is registered. Entra proves it
// by redirecting there, or denies it by its error; any other answer is unknown.
func entraRedirect(ctx context.Context, r *run) Result {
	file, _ := r.file()
	uri := r.Base.RedirectURI()
	endpoint := r.Cloud.Endpoint(file.Client.Endpoint)
	registered, err := entra.HasRedirect(ctx, r.HTTP, endpoint, file.Client.ID, uri)
	refusal, refused := faults.AsRefusal(err)
	switch {
	case registered:
		return ok(i18n.T("%s is registered.", uri))
	case refused && refusal.RedirectUnregistered():
		res := r.trouble(refusal, uri)
		res.What = i18n.T("%s URI to add: %s", refusal.What, uri)
		return res
	case err != nil:
		return r.entraTrouble(err)
	}
	return unknown(i18n.T("cannot tell whether %s is registered: Microsoft reports this only to a browser.", uri))
}
