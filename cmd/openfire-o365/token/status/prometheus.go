package statuscmd

import (
	"bufio"
	"fmt"
	"io"
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

// value is the value of a metric for a base, and whether there is one.
type value func(f tokenfile.File, readable bool, s store.State) (value float64, there bool)

// metrics are named as Prometheus wants them
// (prometheus.io/docs/practices/naming): a prefix, the unit last.
var metrics = []struct {
	name, help string
	value      value
}{
	{"openfire_o365_token_file_readable", "1 when the base's token file can be read.",
		func(_ tokenfile.File, readable bool, _ store.State) (float64, bool) { return gauge[readable], true }},
	{"openfire_o365_connected", "1 when the mailbox is connected: the file has everything that a refresh needs.",
		func(f tokenfile.File, readable bool, _ store.State) (float64, bool) {
			return gauge[f.Complete()], readable
		}},
	{"openfire_o365_access_token_expiry_timestamp_seconds", "When the access token expires, in Unix time.",
		expiryOf("access_token")},
	{"openfire_o365_refresh_token_expiry_timestamp_seconds",
		"When the refresh token expires if it is not renewed, in Unix time.", expiryOf("refresh_token")},
	{"openfire_o365_client_secret_expiry_timestamp_seconds", "When the client secret expires, in Unix time.",
		expiryOf("client_secret")},
	{"openfire_o365_last_success_timestamp_seconds", "When a refresh, or the sign-in, last succeeded, in Unix time.",
		func(f tokenfile.File, _ bool, s store.State) (float64, bool) {
			if (s.Failures == 0 || recovered(f, s)) && f.Azure.RefreshIssued.After(s.LastSuccess) {
				return unixTime(f.Azure.RefreshIssued)
			}
			return unixTime(s.LastSuccess)
		}},
	{"openfire_o365_needs_person_since_timestamp_seconds",
		"Since when a person has to act, in Unix time; absent when nobody has to.",
		func(f tokenfile.File, _ bool, s store.State) (float64, bool) {
			if recovered(f, s) {
				return 0, false
			}
			return unixTime(s.NeedsPersonSince)
		}},
	{"openfire_o365_refresh_failures", "Refreshes that have failed in a row.",
		func(f tokenfile.File, _ bool, s store.State) (float64, bool) {
			if recovered(f, s) {
				return 0, true
			}
			return float64(s.Failures), true
		}},
}

// gauge is a boolean as Prometheus shows it.
var gauge = map[bool]float64{true: 1}

func unixTime(t time.Time) (float64, bool) { return float64(t.Unix()), !t.IsZero() }

// expiryOf is the metric of one of the expiry dates.
func expiryOf(what string) value {
	return func(f tokenfile.File, readable bool, _ store.State) (float64, bool) {
		ends := expiry.Dates(f)
		i := slices.IndexFunc(ends, func(e expiry.Date) bool { return e.Key == what })
		if i < 0 || !readable {
			return 0, false
		}
		return unixTime(ends[i].At)
	}
}

// recovered reports tokens that came after the last failure. Only a base that is
// due has its state rewritten, so the state may be older than a new sign-in.
func recovered(f tokenfile.File, s store.State) bool {
	return !s.LastTry.IsZero() && f.Azure.RefreshIssued.After(s.LastTry)
}

// writeMetrics writes the metrics in the text format of node_exporter's textfile
// collector: all samples of a metric together, after its HELP and TYPE.
func writeMetrics(out io.Writer, files *store.Store, bases []openfire.Base) error {
	samples := make([]strings.Builder, len(metrics))
	for _, b := range bases {
		file, err := files.Load(b)
		state := files.State(b)
		for i, m := range metrics {
			if value, there := m.value(file, err == nil, state); there {
				fmt.Fprintf(&samples[i], "%s{base=\"%s\"} %s\n", m.name, escapeLabel(b.Host()),
					strconv.FormatFloat(value, 'f', -1, 64))
			}
		}
	}
	w := bufio.NewWriter(out)
	for i, m := range metrics {
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
