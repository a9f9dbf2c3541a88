package report_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/report"
)

// unreached is a check that the network kept from an answer.
func unreached() check.Result {
	r := result(check.SMTPConnect, check.Failed, "no answer.")
	r.Exit = problem.Temporary
	return r
}

func TestSummaryCountsEachBaseOnceByItsWorstResult(t *testing.T) {
	t.Parallel()
	watch := result(check.EntraExpiry, check.Warning, "soon.")
	fine := result(check.BaseModule, check.Unknown, "not known.")
	sum := report.Summary{Bases: 5}
	for i, results := range [][]check.Result{{fine}, {watch, unreached()}, {watch},
		{refused(check.SMTPAuth), unreached()}, {fine, watch}} {
		sum.Add(diagnosis(t, fmt.Sprintf("base%d", i), results...))
	}
	want := "5 bases: 1 failed, 2 with warnings, 1 without an answer, 1 OK."
	if got := sum.Text().In(i18n.English); got != want || sum.Exit != problem.SomeBases ||
		sum.Last.Base.Host() != "base4.openfire.fr" {
		t.Errorf("%q, exit %d, last %s", got, sum.Exit, sum.Last.Base.Host())
	}
}

func TestSummaryOfOneBaseExitsWithItsFirstFailedCheck(t *testing.T) {
	t.Parallel()
	sum := report.Summary{Bases: 1}
	sum.Add(diagnosis(t, "mabase", unreached(), refused(check.SMTPAuth)))
	if sum.Exit != problem.Temporary {
		t.Errorf("exit %d", sum.Exit)
	}
}

func TestNagiosNamesTheWorstStateAndItsBases(t *testing.T) {
	t.Parallel()
	good, watch := result(check.BaseModule, check.OK, "fine."), result(check.EntraExpiry, check.Warning, "soon.")
	for _, c := range []struct {
		name  string
		bases [][]check.Result
		state int
		text  string
	}{
		{"one, well", [][]check.Result{{good, good, result("base.version", check.Unknown, "?")}}, 0,
			"base0.openfire.fr: no problem found (2 checks passed, 1 without an answer)"},
		{"one, several results", [][]check.Result{{watch, unreached(), refused(check.SMTPAuth)}}, 2,
			"base0.openfire.fr: smtp.auth: refused for compta@client.fr."},
		{"one, not reached", [][]check.Result{{watch, unreached()}}, 3, "base0.openfire.fr: smtp.connect: no answer."},
		{"one, to watch", [][]check.Result{{good, watch}}, 1, "base0.openfire.fr: entra.secret-expiry: soon."},
		{"many, well", [][]check.Result{{good}, {good}}, 0, "2 bases OK"},
		{"many, to watch", [][]check.Result{{watch}, {good}, {watch}}, 1,
			"2 of 3 bases have a warning: base0.openfire.fr, base2.openfire.fr"},
		{"many, not reached", [][]check.Result{{watch}, {unreached()}}, 3,
			"1 of 2 bases could not be checked: base1.openfire.fr"},
		{"many, broken", [][]check.Result{{watch}, {unreached()}, {refused(check.SMTPAuth)}}, 2,
			"1 of 3 bases has a problem: base2.openfire.fr"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sum := report.Summary{Bases: len(c.bases)}
			for i, results := range c.bases {
				sum.Add(diagnosis(t, fmt.Sprintf("base%d", i), results...))
			}
			if state, text := sum.Nagios(); state != c.state || text.In(i18n.English) != c.text {
				t.Errorf("%d %q", state, text.In(i18n.English))
			}
		})
	}
}

func TestPerfdataGivesOldestTokenAndFirstSecretToExpire(t *testing.T) {
	t.Parallel()
	sum := report.Summary{Bases: 3}
	if got := sum.Perfdata(now); got != "dead=0;;0 watch=0;0 unknown=0" {
		t.Errorf("without bases: %s", got)
	}
	for i, days := range []int{10, 61, 20} {
		d := diagnosis(t, fmt.Sprintf("base%d", i), refused(check.SMTPAuth))
		d.File.Azure.RefreshIssued = now.AddDate(0, 0, -days)
		d.File.Azure.SecretExpires = now.AddDate(0, 0, 1+days).Format(time.DateOnly)
		sum.Add(d)
	}
	if got := sum.Perfdata(now); got != "dead=3;;0 watch=0;0 unknown=0 oldest_days=61;60;90 secret_days=10;60:;1:" {
		t.Error(got)
	}
}
