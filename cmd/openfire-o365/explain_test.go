package main

import (
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// TestExplainKnowsEveryFault explains each error by its ID in both languages: what it is
// about and means, who must act, what to do, and whether waiting helps.
//
//ci:scale-race
func TestExplainKnowsEveryFault(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, fault := range faults.Catalogue() {
		for _, l := range []i18n.Lang{i18n.French, i18n.English} {
			got := b.run("", "explain", fault.ID, "--lang", string(l))
			if got.code != problem.OK {
				t.Errorf("%s: exit %d", fault.ID, got.code)
			}
			for _, part := range []i18n.Text{fault.What, fault.Do, fault.Responsible(), fault.Title(), fault.Works()} {
				if !strings.Contains(flat(got.out), flat(part.In(l))) {
					t.Errorf("%s: %q is not in\n%s", fault.ID, part.In(l), got.out)
				}
			}
			waiting := strings.Contains(flat(got.out), strings.TrimSuffix(i18n.T("Waiting does not help.").In(l), "."))
			if waiting == fault.Passes {
				t.Errorf("%s: passes %v\n%s", fault.ID, fault.Passes, got.out)
			}
		}
	}
}

// TestExplainReadsTheCorpus explains messages of users, from standard input and from
// the command line if they fit.
func TestExplainReadsTheCorpus(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile("../../azure/faults/testdata/messages.txtar")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	for _, file := range archive.Files {
		head, text, _ := strings.Cut(string(file.Data), "\n")
		want := strings.Fields(strings.TrimPrefix(head, "want"))
		code := problem.OK
		if len(want) == 0 {
			code = problem.Usage
		}
		for name, got := range map[string]ran{"stdin": b.run(text, "explain", "--json"), "argument": b.run("", "explain", "--json", "--", text)} {
			if got.code != code {
				t.Errorf("%s, %s: exit %d, want %d", file.Name, name, got.code, code)
			}
			at := 0
			for _, id := range want {
				next := strings.Index(got.out[at:], `"id":"`+id+`"`)
				if next < 0 {
					t.Fatalf("%s, %s: %s is missing or out of order:\n%s", file.Name, name, id, got.out)
				}
				at += next
			}
			if n := strings.Count(got.out, `"type":"fault"`); n != len(want) {
				t.Errorf("%s, %s: %d faults, want %d", file.Name, name, n, len(want))
			}
		}
	}
}

// TestExplainLimitsItsInput checks that too much input is refused with advice, and that a
// read error is reported.
func TestExplainLimitsItsInput(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	got := b.run(strings.Repeat("AADSTS50105\n", (8<<20)/12+1), "explain", "--lang", "en")
	if got.code != problem.Usage || !strings.Contains(got.said, "larger than 8 MiB") || !strings.Contains(got.said, "tail -c") || got.out != "" {
		t.Errorf("exit %d\n%.300s%.300s", got.code, got.err, got.out)
	}
	got = b.run(strings.Repeat("\xff<&%=\\\n", (8<<20)/8), "explain", "--lang", "en")
	if got.code != problem.Usage {
		t.Errorf("random text: exit %d", got.code)
	}
	folder, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	var out, told strings.Builder
	if code := b.runOn(folder, &out, &told, "explain", "-", "--lang", "en"); code != problem.Usage || !strings.Contains(told.String(), "Standard input cannot be read") {
		t.Errorf("exit %d\n%s", code, told.String())
	}
}
