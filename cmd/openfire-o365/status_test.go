package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// exposition parses the text format as strictly as promtool: HELP, then TYPE, then all
// samples of one metric; valid names and labels, numeric values, no duplicates, a
// newline at the end.
func exposition(text string) (samples map[string]float64, err error) {
	if !strings.HasSuffix(text, "\n") || strings.Contains(text, "\r") {
		return nil, fmt.Errorf("no line end at the end, or a carriage return")
	}
	help := regexp.MustCompile(`^# HELP ([a-z][a-z0-9_]*) \S.*\.$`)
	kind := regexp.MustCompile(`^# TYPE ([a-z][a-z0-9_]*) (gauge|counter)$`)
	sample := regexp.MustCompile(`^([a-z][a-z0-9_]*)\{base="((?:[^"\\\n]|\\["\\n])*)"\} ([0-9.+eE-]+)$`)
	samples = map[string]float64{}
	seen, current, typed := map[string]bool{}, "", false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if m := help.FindStringSubmatch(line); m != nil && !seen[m[1]] {
			current, typed, seen[m[1]] = m[1], false, true
			continue
		}
		if m := kind.FindStringSubmatch(line); m != nil && m[1] == current && !typed {
			typed = true
			continue
		}
		m := sample.FindStringSubmatch(line)
		if m == nil || m[1] != current || !typed {
			return nil, fmt.Errorf("line %q", line)
		}
		key := m[1] + " " + m[2]
		if _, twice := samples[key]; twice {
			return nil, fmt.Errorf("%s twice", key)
		}
		if samples[key], err = strconv.ParseFloat(m[3], 64); err != nil {
			return nil, err
		}
	}
	return samples, nil
}

// TestStatusForPrometheus checks that the metrics agree with the files and the results
// of refreshes, and that an invalid file is reported as a metric, not by the exit code.
func TestStatusForPrometheus(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, mailbox := range map[string]string{"good": "compta@client.fr", "dead": "aadsts50173@client.fr", "broken": "compta@client.fr", "norotate": "norotate@client.fr", "half": "half@client.fr"} {
		b.base = name
		b.connected(mailbox, func(f *tokenfile.File) {
			if name != "half" { // nobody consented to its incoming mail
				single(f)
			} else {
				_, refresh := entra.Issue(time.Now(), mailbox, azure.Use{Odoo: 16}.ConsentScopes()...)
				f.Mail.Tokens.Refresh, f.Fetch.Tokens.Refresh = secret.New(refresh), secret.New(refresh)
			}
			f.Azure.SecretExpires, f.Azure.RefreshIssued = "2028-11-22", f.Azure.RefreshIssued.Add(-time.Hour)
			if name == "norotate" {
				f.Azure.RefreshIssued = time.Now().Add(-24 * time.Hour)
			}
		})
	}
	if err := os.WriteFile(filepath.Join(b.dir, "broken.openfire.fr.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		b.run("", "token", "refresh", "--all")
	}
	got := b.run("", "token", "status", "--all", "--prometheus")
	figures, err := exposition(got.out)
	if err != nil || got.code != problem.OK || got.err != "" {
		t.Fatalf("exit %d %v\n%s%s", got.code, err, got.out, got.err)
	}
	now := float64(time.Now().Unix())
	for key, c := range map[string]struct{ low, high float64 }{
		"token_file_readable good": {1, 1}, "token_file_readable broken": {0, 0}, "connected good": {1, 1},
		"access_token_expiry_timestamp_seconds good":  {now + 70*60, now + 80*60},
		"refresh_token_expiry_timestamp_seconds good": {now + 89*86400, now + 91*86400},
		"client_secret_expiry_timestamp_seconds good": {1858464000, 1858464000},
		"last_success_timestamp_seconds good":         {now - 60, now + 1},
		"last_success_timestamp_seconds norotate":     {now - 60, now + 1},
		"refresh_failures good":                       {0, 0}, "refresh_failures half": {2, 2}, "last_success_timestamp_seconds half": {now - 3660, now - 3590},
		"refresh_failures dead": {2, 2}, "refresh_failures broken": {2, 2},
		"last_success_timestamp_seconds dead":       {now - 3660, now - 3590}, // the sign-in
		"needs_person_since_timestamp_seconds dead": {now - 60, now + 1}, "needs_person_since_timestamp_seconds broken": {now - 60, now + 1},
	} {
		name, base, _ := strings.Cut(key, " ")
		v, there := figures["openfire_o365_"+name+" "+base+".openfire.fr"]
		if !there || v < c.low || v > c.high {
			t.Errorf("%s is %v, want %v to %v", key, v, c.low, c.high)
		}
	}
	for _, absent := range []string{"needs_person_since_timestamp_seconds good", "last_success_timestamp_seconds broken", "connected broken"} {
		name, base, _ := strings.Cut(absent, " ")
		if v, there := figures["openfire_o365_"+name+" "+base+".openfire.fr"]; there {
			t.Errorf("%s is %v, want nothing", absent, v)
		}
	}
	b.base = "dead"
	later := time.Now().Add(time.Minute)
	b.connected("compta@client.fr", func(f *tokenfile.File) { single(f); f.Azure.RefreshIssued = later })
	figures, err = exposition(b.run("", "token", "status", "dead", "--prometheus").out)
	if _, alarm := figures["openfire_o365_needs_person_since_timestamp_seconds dead.openfire.fr"]; err != nil || alarm || figures["openfire_o365_refresh_failures dead.openfire.fr"] != 0 {
		t.Errorf("after a new sign-in: %v %v", err, figures)
	}
	b.refused("--prometheus", problem.Usage, "token", "status", "--all", "--prometheus", "--json")
}

// TestExpositionParserIsStrict checks that exposition refuses what promtool refuses.
func TestExpositionParserIsStrict(t *testing.T) {
	t.Parallel()
	good := "# HELP a_b One.\n# TYPE a_b gauge\na_b{base=\"x\"} 1\n"
	if _, err := exposition(good); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", strings.TrimSuffix(good, "\n"), strings.ReplaceAll(good, "\n", "\r\n"), good + good, good + "a_b{base=\"x\"} 2\n", good + "a_c{base=\"x\"} 2\n", "a_b{base=\"x\"} 1\n",
		strings.Replace(good, " 1", " one", 1), strings.Replace(good, `"x"`, `"x`, 1), strings.Replace(good, `"x"`, `"x\q"`, 1), strings.Replace(good, "# TYPE a_b gauge\n", "", 1), strings.Replace(good, "gauge", "thing", 1),
	} {
		if _, err := exposition(bad); err == nil {
			t.Errorf("accepted: %q", bad)
		}
	}
}

// TestShards checks that the parts of --all are disjoint and complete, and that a base
// stays in its part when bases are added.
func TestShards(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.many(40, nil)
	part := map[string]string{}
	for round := range 2 {
		sizes := map[string]int{}
		for i := range 4 {
			got := b.run("", "token", "refresh", "--all", "--json", "--shard", fmt.Sprintf("%d/4", i))
			if got.code != problem.OK {
				t.Fatalf("exit %d\n%s", got.code, got.err)
			}
			for _, line := range strings.Split(got.out, "\n") {
				_, after, found := strings.Cut(line, `"base":"`)
				if !found {
					continue
				}
				base, _, _ := strings.Cut(after, `"`)
				mine := fmt.Sprint(i)
				if was, known := part[base]; known && was != mine {
					t.Errorf("%s was in part %s, is in %s", base, was, mine)
				}
				part[base] = mine
				sizes[mine]++
			}
		}
		if len(part) != 40+20*round || len(sizes) != 4 {
			t.Errorf("round %d: %d bases in parts of %v", round, len(part), sizes)
		}
		b.many(60, nil)
	}
	if got := b.run("", "token", "refresh", "--all", "--shard", "9999/60000"); got.code != problem.OK || got.err != "" {
		t.Errorf("an empty part: exit %d %s", got.code, got.err)
	}
	for _, bad := range []string{"4/4", "-1/4", "1", "1/0", "/", "a/b", "1/4/2", "1/99999", " 1/4", ""} {
		b.refused("--shard", problem.Usage, "token", "refresh", "--all", "--shard="+bad)
	}
	b.refused("--shard", problem.Usage, "token", "refresh", "base1", "--shard=0/4")
	for _, bad := range []string{"0", "65", "-1", "many"} {
		b.refused("--jobs", problem.Usage, "token", "refresh", "--all", "--jobs="+bad)
	}
}

// TestDeployFilesUseExistingFlags checks that the flags in docs/deploy exist.
func TestDeployFilesUseExistingFlags(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, cmd := range []string{"openfire-o365", "openfire-o365 token refresh", "openfire-o365 token status", "openfire-o365 verify", "openfire-o365 setup", "openfire-o365 token schedule install"} {
		for _, f := range flagsOf(t)[cmd] {
			known["--"+f.Name] = true
		}
	}
	known["--with"] = true // of the commands below token schedule
	files, err := filepath.Glob("../../docs/deploy/*")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(text), "\n") {
			if strings.Contains(line, "systemctl") {
				continue
			}
			for _, word := range regexp.MustCompile(`--[a-z][a-z-]*`).FindAllString(line, -1) {
				if !known[word] {
					t.Errorf("%s: there is no %s", name, word)
				}
			}
		}
	}
}

// flagHelp is a flag in the JSON help.
type flagHelp struct{ Name, Value string }

// flagsOf returns the flags of each command by its full name.
func flagsOf(t *testing.T) map[string][]flagHelp {
	t.Helper()
	all := map[string][]flagHelp{}
	for line := range strings.Lines(newBench(t).run("", "help", "--json").out) {
		var cmd struct {
			Command string
			Flags   []flagHelp
		}
		if err := json.Unmarshal([]byte(line), &cmd); err != nil {
			t.Fatal(err)
		}
		all[cmd.Command] = cmd.Flags
	}
	return all
}
