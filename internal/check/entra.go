package check

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// RenewWithin is how long before its end a client secret is asked for anew.
const RenewWithin = 60 * 24 * time.Hour

var setupAgain = lang.Text{FR: "Lancez « openfire-o365 setup » : il ne demandera que ce qui manque.", EN: "Run \"openfire-o365 setup\": it asks only for what is missing."}

// missing is the result of a check whose value was never given.
func missing(what lang.Text) Result {
	return failed(lang.Usage, what, setupAgain, azure.User)
}

// entraTenant asks Entra's public metadata for the directory, and whether the
// mailbox's domain lives in the same one.
func entraTenant(ctx context.Context, r *run) Result {
	file, _ := r.file()
	tenant := file.Azure.TenantID
	if tenant == "" {
		return missing(lang.Text{FR: "l'ID de l'annuaire (locataire) manque.", EN: "the Directory (tenant) ID is missing."})
	}
	// Entra knows "common" and its like, which prove nothing.
	if _, err := openfire.ParseTenant(tenant); err != nil {
		return r.trouble(err, host(r.Cloud.Login))
	}
	id, err := azure.Tenant(ctx, r.HTTP, r.Cloud, tenant)
	if err != nil {
		return r.maybe(err, host(r.Cloud.Login))
	}
	_, domain, found := strings.Cut(file.Mailbox(), "@")
	if !found {
		return ok(lang.Text{FR: "Microsoft connaît cet annuaire.", EN: "Microsoft knows this directory."})
	}
	other, err := azure.Tenant(ctx, r.HTTP, r.Cloud, domain)
	if refusal, is := azure.AsRefusal(err); is && refusal.Code == 90002 {
		return warning(lang.Text{FR: "Microsoft 365 ne connaît pas le domaine %s de la boîte aux lettres.", EN: "Microsoft 365 does not know the mailbox's domain %s."}.With(domain),
			lang.Text{FR: "Vérifiez l'adresse de la boîte aux lettres.", EN: "Check the mailbox's address."}, azure.User)
	}
	if err == nil && other != id {
		return warning(lang.Text{FR: "la boîte aux lettres est dans un autre annuaire (%s) que l'application.", EN: "the mailbox lives in another directory (%s) than the application."}.With(other),
			lang.Text{FR: "C'est permis à une application multilocataire ; vérifiez que c'est voulu.", EN: "A multitenant application may do so; check that it is meant."}, azure.EntraAdmin)
	}
	return ok(lang.Text{FR: "Microsoft connaît cet annuaire.", EN: "Microsoft knows this directory."})
}

// entraApp and entraSecret read the same answer: the application's own sign-in
// for an empty-handed Graph token, thrown away unread.
func entraApp(_ context.Context, r *run) Result {
	file, _ := r.file()
	if file.Client.ID == "" {
		return missing(lang.Text{FR: "l'ID d'application (client) manque.", EN: "the Application (client) ID is missing."})
	}
	if file.Client.Secret.Empty() {
		return ok(lang.Text{FR: "ID d'application noté ; Microsoft ne le confirmera qu'avec le secret.", EN: "application ID noted; Microsoft will confirm it with the secret only."})
	}
	if err := r.entra(); err != nil && slices.Contains([]int{700016, 7000112, 7000229}, code(err)) {
		return r.trouble(err, host(r.Cloud.Login))
	} else if err != nil && !slices.Contains([]int{7000215, 7000218, 7000222, 700025}, code(err)) { // whose secret is judged is known
		return r.maybe(err, host(r.Cloud.Login))
	}
	return ok(lang.Text{FR: "Microsoft connaît cette application.", EN: "Microsoft knows this application."})
}

func entraSecret(_ context.Context, r *run) Result {
	if file, _ := r.file(); file.Client.Secret.Empty() {
		return missing(lang.Text{FR: "le secret client manque.", EN: "the client secret is missing."})
	}
	if err := r.entra(); err != nil {
		return r.maybe(err, host(r.Cloud.Login))
	}
	return ok(lang.Text{FR: "Microsoft accepte le secret client.", EN: "Microsoft accepts the client secret."})
}

// maybe is trouble, except that only what Microsoft says firmly about tenant,
// application or secret counts as failed (facts of client_credentials).
func (r *run) maybe(err error, where string) Result {
	res := r.trouble(err, where)
	firm := []int{90002, 700016, 7000112, 7000229, 7000215, 7000222}
	if res.Status == Failed && res.Exit != lang.Safety && !slices.Contains(firm, code(err)) {
		return Result{Status: Unknown, What: res.What, Exit: res.Exit}
	}
	return res
}

// code is the AADSTS number of an error, 0 when Entra gave none we know.
func code(err error) int {
	if refusal, is := azure.AsRefusal(err); is {
		return refusal.Code
	}
	return 0
}

func entraExpiry(_ context.Context, r *run) Result {
	file, _ := r.file()
	end, err := time.Parse(time.DateOnly, file.Azure.SecretExpires)
	if err != nil {
		return unknown(lang.Text{FR: "la date d'expiration du secret n'est pas connue.", EN: "the secret's expiry date is not known."})
	}
	left := end.Sub(r.Now())
	renew := lang.Text{FR: "Certificats & secrets (Certificates & secrets) > Nouveau secret client (New client secret), puis relancez setup.", EN: "Certificates & secrets > New client secret, then run setup again."}
	switch {
	case left <= 0:
		return failed(lang.Application, lang.Text{FR: "le secret a expiré le %s.", EN: "the secret expired on %s."}.With(Day(end)), renew, azure.AppOwner)
	case left < RenewWithin:
		return warning(lang.Text{FR: "le secret expire dans %s, le %s.", EN: "the secret expires in %s, on %s."}.With(days(left), Day(end)), renew, azure.AppOwner)
	}
	return ok(lang.Text{FR: "le secret est valable jusqu'au %s.", EN: "the secret is good until %s."}.With(Day(end)))
}

// entraRedirect is a hint: only Entra sending us back to the very address
// proves that it is registered, and only its own refusal that it is not.
func entraRedirect(ctx context.Context, r *run) Result {
	file, _ := r.file()
	uri := r.Base.RedirectURI()
	state, nonce, challenge := rand.Text(), rand.Text(), rand.Text()+rand.Text()
	known, detail, err := azure.ProbeRedirect(ctx, r.HTTP, r.Cloud, file.Client.Endpoint, file.Client.ID, uri, state, nonce, challenge[:43])
	switch {
	case err != nil:
		return r.maybe(err, host(r.Cloud.Login))
	case known == azure.Yes:
		return ok(lang.Text{FR: "%s est inscrite.", EN: "%s is registered."}.With(uri))
	case known == azure.No:
		fault := azure.FindEntra([]int{50011}, "", 0)
		res := r.trouble(&azure.Refusal{Fault: fault, Detail: detail}, uri)
		res.What = lang.Text{FR: "%s L'URI à inscrire : %s", EN: "%s The URI to register: %s"}.With(fault.What, uri)
		return res
	}
	return unknown(lang.Text{FR: "Microsoft ne dit pas, sans navigateur, si %s est inscrite.", EN: "without a browser Microsoft does not tell whether %s is registered."}.With(uri))
}
