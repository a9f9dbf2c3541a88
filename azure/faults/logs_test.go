package faults

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// ordinaryLogs returns 500 lines of each part of testdata/logs.txt, and the refusal to
// hide in it with the ID of its fault.
func ordinaryLogs(t *testing.T) (parts map[string][]string, refusals map[string][2]string) {
	t.Helper()
	data, err := os.ReadFile("testdata/logs.txt")
	if err != nil {
		t.Fatal(err)
	}
	parts, refusals = map[string][]string{}, map[string][2]string{}
	codes := []string{"535", "50105", "53003", "700016", "550", "5300", "7000222", "139"}
	for _, part := range strings.Split(string(data), "\n=== ")[1:] {
		name, text, _ := strings.Cut(part, "\n")
		lines, refusal, hidden := strings.Cut(text, "\nrefusal ")
		if !hidden {
			t.Fatalf("%s: no refusal", name)
		}
		id, refusal, _ := strings.Cut(strings.TrimSpace(refusal), "\n")
		refusals[name] = [2]string{id, refusal}
		samples := strings.Split(lines, "\n")
		for i := range 500 {
			line := strings.ReplaceAll(samples[i%len(samples)], "{i}", strconv.Itoa(100+i))
			parts[name] = append(parts[name], strings.ReplaceAll(line, "{n}", codes[i/len(samples)%len(codes)]))
		}
	}
	if len(parts) != 4 {
		t.Fatalf("%d parts", len(parts))
	}
	return parts, refusals
}

// Ports, sizes and IDs are no codes of errors, deliveries to others that Postfix will
// retry are no faults, and a refusal among 2,000 such lines is found.
func TestOrdinaryLogHasNoFaultAndHidesNone(t *testing.T) {
	t.Parallel()
	parts, refusals := ordinaryLogs(t)
	var all []string
	for name, lines := range parts {
		if got := Find(strings.Join(lines, "\n")); len(got) != 0 {
			t.Errorf("%s: found %s: %s", name, ids(got), got[0].Detail)
		}
		all = append(all, lines...)
		hidden := strings.Join(lines[:250], "\n") + "\n" + refusals[name][1] + "\n" + strings.Join(lines[250:], "\n")
		if got := Find(hidden); ids(got) != refusals[name][0] || !strings.Contains(refusals[name][1], strings.Fields(got[0].Detail)[0]) {
			t.Errorf("%s: found %q, want %s", name, ids(got), refusals[name][0])
		}
	}
	if got := Find(strings.Join(all, "\n")); len(all) != 2000 || len(got) != 0 {
		t.Errorf("found %s in %d lines", ids(got), len(all))
	}
}

// A single line about a delivery that Postfix will retry is explained when it is asked
// about.
func TestDeferredDeliveryIsExplainedOutsideOfALog(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"postfix/smtp[1]: 4DF: to=<b@example.org>, relay=mx.example.org[203.0.113.7]:25, dsn=4.7.1, status=deferred (host mx.example.org[203.0.113.7] said: 451 4.7.1 Try again later)":    "mail-recipient-wait",
		"postfix/smtp[1]: 4DF: host mx.example.org[203.0.113.7] said: 432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded":                                                         "mail-limit-recipient",
		"postfix/smtp[1]: 4DF: to=<b@example.org>, relay=smtp.office365.com[1.2.3.4]:587, dsn=4.3.2, status=deferred (said: 432 4.3.2 Concurrent connections limit exceeded.)" + logTail(): "432-4.3.2",
	} {
		if got := ids(Find(text)); got != want {
			t.Errorf("found %q, want %s in %.80s", got, want, text)
		}
	}
}

// logTail makes a text long enough for a log.
func logTail() string { return strings.Repeat("\npostfix/qmgr[1]: 4DF: removed", logSize/20) }
