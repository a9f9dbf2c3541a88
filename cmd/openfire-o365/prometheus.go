package main

import (
	"bufio"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/check/expiry"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
)

// A figure is one metric of a base: present or not, and how much.
type figure func(f tokenfile.File, readable bool, s store.State) (value float64, there bool)

// figures are the metrics, named as Prometheus wants them
// (prometheus.io/docs/practices/naming): a prefix, the unit last.
var figures = []struct {
	name, help string
	value      figure
}{
	{"openfire_o365_token_file_readable", "1 when the base's token file can be read.",
		func(_ tokenfile.File, readable bool, _ store.State) (float64, bool) { return boolean(readable), true }},
	{"openfire_o365_connected", "1 when the mailbox is connected: the file holds all that a refresh needs.",
		func(f tokenfile.File, readable bool, _ store.State) (float64, bool) {
			return boolean(f.Complete()), readable
		}},
	{"openfire_o365_access_token_expiry_timestamp_seconds", "When the access token runs out, in Unix time.", ending("access_token")},
	{"openfire_o365_refresh_token_expiry_timestamp_seconds", "When Microsoft ends the refresh token if nobody renews it, in Unix time.", ending("refresh_token")},
	{"openfire_o365_client_secret_expiry_timestamp_seconds", "When the client secret expires, in Unix time.", ending("client_secret")},
	{"openfire_o365_last_success_timestamp_seconds", "When a refresh, or the sign-in, last succeeded, in Unix time.",
		func(f tokenfile.File, _ bool, s store.State) (float64, bool) {
			if (s.Failures == 0 || mended(f, s)) && f.Azure.RefreshIssued.After(s.LastSuccess) {
				return moment(f.Azure.RefreshIssued)
			}
			return moment(s.LastSuccess)
		}},
	{"openfire_o365_needs_person_since_timestamp_seconds", "Since when a person has to act, in Unix time; absent when nobody has to.",
		func(f tokenfile.File, _ bool, s store.State) (float64, bool) {
			if mended(f, s) {
				return 0, false
			}
			return moment(s.NeedsPersonSince)
		}},
	{"openfire_o365_refresh_failures", "Refreshes that have failed in a row.",
		func(f tokenfile.File, _ bool, s store.State) (float64, bool) {
			if mended(f, s) {
				return 0, true
			}
			return float64(s.Failures), true
		}},
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func moment(t time.Time) (float64, bool) { return float64(t.Unix()), !t.IsZero() }

func ending(what string) figure {
	return func(f tokenfile.File, readable bool, _ store.State) (float64, bool) {
		ends := expiry.Dates(f)
		i := slices.IndexFunc(ends, func(e expiry.Date) bool { return e.Key == what })
		if i < 0 || !readable {
			return 0, false
		}
		return moment(ends[i].At)
	}
}

// mended: the tokens came after the last failure. Only a base that is due has
// its state rewritten, so the state may be older than a new sign-in.
func mended(f tokenfile.File, s store.State) bool {
	return !s.LastTry.IsZero() && f.Azure.RefreshIssued.After(s.LastTry)
}

// prometheus prints the figures in the text format of node_exporter's textfile
// collector: all samples of a metric together, after its HELP and TYPE.
func (p *program) prometheus(bases []openfire.Base) error {
	samples := make([]strings.Builder, len(figures))
	for _, b := range bases {
		file, err := p.store.Load(b)
		state := p.store.State(b)
		for i, m := range figures {
			if value, there := m.value(file, err == nil, state); there {
				fmt.Fprintf(&samples[i], "%s{base=\"%s\"} %s\n", m.name, escapeLabel(b.Host()), strconv.FormatFloat(value, 'f', -1, 64))
			}
		}
	}
	w := bufio.NewWriter(p.out)
	for i, m := range figures {
		if samples[i].Len() > 0 {
			fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s gauge\n%s", m.name, m.help, m.name, samples[i].String())
		}
	}
	return w.Flush()
}

// escapeLabel makes a value fit between the quotes of a label. No host holds
// what is escaped here; the format's rules are kept all the same.
func escapeLabel(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(sanitize.Line(s))
}
