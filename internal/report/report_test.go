package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/report"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

var now = time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)

// diagnosis is one of a base whose token file has secrets, with these results.
func diagnosis(t *testing.T, name string, results ...check.Result) check.Diagnosis {
	t.Helper()
	b, err := openfire.ParseBase(name)
	if err != nil {
		t.Fatal(err)
	}
	f := tokenfile.New(b, "16.0")
	f.SetMailbox("compta@client.fr", false)
	f.Client.Secret = secret.New("the-client-secret")
	f.Mail.Access, f.Mail.Refresh = secret.New("the-access-token"), secret.New("the-refresh-token")
	f.Mail.Expiration = now.Add(time.Hour).Unix()
	f.Azure.RefreshIssued = now.Add(-10 * 24 * time.Hour)
	f.Azure.SecretExpires = "2027-01-02"
	return check.Diagnosis{Base: b, File: f, Results: results}
}

func result(id check.ID, status check.Status, what string) check.Result {
	return check.Result{ID: id, Title: i18n.Literal("Title of " + string(id)), Status: status, What: i18n.Literal(what)}
}

// refused is a check that Microsoft made fail.
func refused(id check.ID) check.Result {
	r := result(id, check.Failed, "refused for compta@client.fr.")
	r.Exit, r.Do, r.Who = problem.Application, i18n.Literal("Click <Save>."), faults.AppOwner
	r.Detail, r.Link = "AADSTS7000215: <script>", "https://portal.azure.com/#view/App"
	return r
}

func proofs() []check.Result {
	var all []check.Result
	for _, id := range []check.ID{check.BaseModule, check.EntraTenant, check.TokenRefresh, check.SMTPTLS, check.HostNetwork,
		check.SMTPAuth} {
		all = append(all, result(id, check.OK, "fine."))
	}
	return all
}

func page(t *testing.T, r report.Report) string {
	t.Helper()
	r.Now, r.Home, r.Program = now, "/home/anna", "openfire-o365 1.0"
	var b strings.Builder
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}

func TestReportShowsFirstFailureWithItsRemedy(t *testing.T) {
	t.Parallel()
	d := diagnosis(t, "mabase", result(check.BaseModule, check.OK, "fine."), refused(check.EntraSecret),
		refused(check.SMTPAuth))
	contains(t, page(t, report.Report{Diagnosis: d, Lang: i18n.English}),
		`<html lang="en">`, "<h1>Diagnosis of mabase.openfire.fr</h1>",
		`<p class="verdict failed">First failed check: Title of entra.secret (entra.secret).</p>`+"\n"+`<div class="first">`,
		"<dt>To do:</dt><dd>Click &lt;Save&gt;.</dd>", `<a href="https://portal.azure.com/#view/App"`,
		`<p class="said">Microsoft: AADSTS7000215: &lt;script&gt;</p>`, "Created on 23 November 2026 at 18:00 UTC by openfire-o365 1.0.")
	contains(t, page(t, report.Report{Diagnosis: d, Lang: i18n.French}),
		`<html lang="fr">`, "Premier contrôle en échec\u00a0: Title of entra.secret (entra.secret).", "le 23 novembre 2026 à 18:00 UTC")
}

func TestReportRedactsAndHoldsNoSecret(t *testing.T) {
	t.Parallel()
	d := diagnosis(t, "mabase", refused(check.SMTPAuth),
		result(check.TokenFile, check.OK, "/home/anna/tokens of client.fr."))
	short := page(t, report.Report{Diagnosis: d})
	contains(t, short, "c…a@c…t.fr", "~/tokens")
	if strings.Contains(short, "client.fr") {
		t.Error("the mailbox's domain is shown")
	}
	full := page(t, report.Report{Diagnosis: d, Unredacted: true})
	contains(t, full, "compta@client.fr", "/home/anna/tokens", "--unredacted")
	for _, secret := range []string{"the-client-secret", "the-access-token", "the-refresh-token"} {
		if strings.Contains(short+full, secret) {
			t.Errorf("the page shows %s", secret)
		}
	}
}

func TestReportDrawsEachPartAsBadAsItsWorstCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		results []check.Result
		want    string // the drawing's title
		class   string
	}{
		{"all proved", proofs(),
			"This machine: OK; OpenFire base: OK; Microsoft Entra: OK; Exchange Online: OK; Mailbox: OK", "ok"},
		{"nothing checked", nil,
			"This machine: not checked; OpenFire base: not checked; Microsoft Entra: not checked; Exchange Online: not checked; Mailbox: not checked", "unknown"},
		{"a warning", append(proofs(), result(check.EntraExpiry, check.Warning, "soon.")),
			"This machine: OK; OpenFire base: OK; Microsoft Entra: warning; Exchange Online: OK; Mailbox: OK", "warning"},
		{"a failure, and a proof missing", append(proofs()[:5], refused(check.EntraSecret),
			result(check.SMTPAuth, check.Skipped, "no.")),
			"This machine: OK; OpenFire base: OK; Microsoft Entra: failed; Exchange Online: OK; Mailbox: not checked", "failed"},
		{"this machine has no network", []check.Result{result(check.HostNetwork, check.Failed, "no.")},
			"This machine: failed; OpenFire base: not checked; Microsoft Entra: not checked; Exchange Online: not checked; Mailbox: not checked", "failed"},
		{"a proof with a warning", append(proofs()[1:], result(check.BaseModule, check.Warning, "old.")),
			"This machine: OK; OpenFire base: warning; Microsoft Entra: OK; Exchange Online: OK; Mailbox: OK", "warning"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := page(t, report.Report{Diagnosis: diagnosis(t, "mabase", c.results...), Lang: i18n.English})
			contains(t, got, `<title id="drawing">`+c.want+`</title>`, `<p class="verdict `+c.class+`">`)
		})
	}
}

func TestResultPrintsRemedyOfFailedCheck(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	report.Result(&ui.Printer{W: &out, Lang: i18n.English}, refused(check.SMTPAuth))
	want := `FAILED Title of smtp.auth: refused for compta@client.fr.
    Microsoft: AADSTS7000215: <script>
    To do: Click <Save>.
    Who: ` + faults.AppOwner.Text().In(i18n.English) + `.
    https://portal.azure.com/#view/App
`
	if out.String() != want {
		t.Errorf("printed\n%swant\n%s", out.String(), want)
	}
}
