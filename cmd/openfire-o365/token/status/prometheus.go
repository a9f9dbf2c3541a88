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
	"github.com/openfire-fr/openfire-o365/internal/tokens"
)

// base holds the data from which the metrics of one base are computed.
type base struct {
	file     tokenfile.File
	readable bool
	state    store.State // about the tokens in file
	learned  tokens.Learned
}

// read returns the value of a metric for a base. ok is false if it has none.
type read func(b base) (value float64, ok bool)

// metrics are named as Prometheus recommends: a prefix, the unit last
// (prometheus.io/docs/practices/naming).
var metrics = []struct {
	name, help string
	read       read
}{
	{"openfire_o365_token_file_readable", "1 when the base's token file can be read.",
		func(b base) (float64, bool) { return boolValue[b.readable], true }},
	{"openfire_o365_connected", "1 when the mailbox is connected: the file has everything that a refresh needs.",
		func(b base) (float64, bool) { return boolValue[b.file.Complete()], b.readable }},
	{"openfire_o365_access_token_expiry_timestamp_seconds", "When the access token expires, in Unix time.",
		expiryOf("access_token")},
	{"openfire_o365_refresh_token_expiry_timestamp_seconds",
		"When the refresh token expires if it is not renewed, in Unix time; absent when it is no longer valid.",
		expiryOf("refresh_token")},
	{"openfire_o365_client_secret_expiry_timestamp_seconds", "When the client secret expires, in Unix time.",
		expiryOf("client_secret")},
	{"openfire_o365_last_success_timestamp_seconds", "When a refresh, or the sign-in, last succeeded, in Unix time.",
		func(b base) (float64, bool) {
			if issued := b.file.Azure.RefreshIssued; b.state.Failures == 0 && issued.After(b.state.LastSuccess) {
				return unixTime(issued)
			}
			return unixTime(b.state.LastSuccess)
		}},
	{"openfire_o365_needs_person_since_timestamp_seconds",
		"Since when a person has to act, in Unix time; absent when nobody has to.",
		func(b base) (float64, bool) { return unixTime(b.state.NeedsPersonSince) }},
	{"openfire_o365_refresh_failures", "Refreshes that have failed in a row.",
		func(b base) (float64, bool) { return float64(b.state.Failures), true }},
}

// boolValue is how Prometheus represents a boolean.
var boolValue = map[bool]float64{true: 1}

func unixTime(t time.Time) (float64, bool) { return float64(t.Unix()), !t.IsZero() }

// expiryOf returns the function that reads one of the expiry dates.
func expiryOf(what string) read {
	return func(b base) (float64, bool) {
		ends := expiry.Dates(b.file, b.learned)
		i := slices.IndexFunc(ends, func(e expiry.Date) bool { return e.Key == what && !e.Dead })
		if i < 0 || !b.readable {
			return 0, false
		}
		return unixTime(ends[i].At)
	}
}

// writeMetrics writes the metrics in the text format of node_exporter's textfile
// collector: all samples of a metric together, after its HELP and TYPE.
func writeMetrics(out io.Writer, r *tokens.Refresher, bases []openfire.Base) error {
	samples := make([]strings.Builder, len(metrics))
	for _, b := range bases {
		file, err := r.Store.Load(b)
		from := base{file: file, readable: err == nil, state: r.Store.State(b)}
		if from.readable {
			from.state, from.learned = r.State(file), r.Learned(file)
		}
		for i, m := range metrics {
			if value, ok := m.read(from); ok {
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

// escapeLabel escapes the value of a label. Host names contain none of these
// characters; they are escaped anyway, as the format requires.
func escapeLabel(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(sanitize.Line(s))
}
