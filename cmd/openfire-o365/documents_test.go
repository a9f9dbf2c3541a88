//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// snippet is a piece of code in a document: a block, or a code span with a command of
// the program.
type snippet struct {
	file  string
	line  int
	block bool
	text  string
}

func (s snippet) String() string { return fmt.Sprintf("%s:%d", s.file, s.line) }

// documents returns the project's Markdown files by their paths from the top folder,
// except the guide's, which the program generates.
func documents(t *testing.T) (files []string) {
	t.Helper()
	top := filepath.Join("..", "..")
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(top, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && name != "." && name != ".github" || name == filepath.Join("docs", "guide")):
			return filepath.SkipDir
		case strings.HasSuffix(name, ".md"):
			files = append(files, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil || !slices.Contains(files, "README.md") || !slices.Contains(files, "docs/deploy/README.md") {
		t.Fatal(files, err)
	}
	return files
}

var spans = regexp.MustCompile("`([^`\n]+)`")

// snippets finds the code of a document: fenced and indented blocks, and code spans
// with a command of the program. Lines that end with a backslash are joined.
func snippets(file, text string) (found []snippet) {
	fence, before := "", ""
	var block *snippet
	end := func() {
		if block != nil {
			block.text = strings.ReplaceAll(strings.TrimRight(block.text, "\n"), "\\\n", "")
			found = append(found, *block)
			block = nil
		}
	}
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		mark := strings.TrimLeft(line, " ")
		mark = mark[:len(mark)-len(strings.TrimLeft(mark, "`"))]
		switch {
		case fence != "" && strings.TrimSpace(line) == fence:
			fence = ""
			end()
		case fence != "":
			block.text += line + "\n"
		case len(mark) >= 3:
			end()
			fence, block = mark, &snippet{file, n, true, ""}
		case strings.HasPrefix(line, "    ") && (block != nil || strings.TrimSpace(before) == ""):
			if block == nil {
				block = &snippet{file, n, true, ""}
			}
			block.text += line[4:] + "\n"
		default:
			end()
			for _, span := range spans.FindAllStringSubmatch(line, -1) {
				if strings.Contains(span[1], "openfire-o365 ") {
					found = append(found, snippet{file, n, false, span[1]})
				}
			}
		}
		before = line
	}
	end()
	return found
}

// TestSnippets checks that all ways to write code in Markdown are found.
func TestSnippets(t *testing.T) {
	t.Parallel()
	var got []string
	for _, s := range snippets("x.md", "Type `openfire-o365 a`, `b` or `* * openfire-o365 c`:\n\n    one\n\n    two \\\n        more\nnot `openfire-o365 d\n\n```sh\nthree\n```\n- item\n    no code\n") {
		got = append(got, fmt.Sprint(s.line, s.block, " ", s.text))
	}
	want := []string{"1 false openfire-o365 a", "1 false * * openfire-o365 c", "3 true one", "5 true two     more", "9 true three"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

// otherwise lists the beginnings of lines that a test cannot run, with a check to make
// instead.
var otherwise = map[string]func(*typist){
	// The tests are running already.
	"go test ./":   holds(".ci/run", "go test -race ./..."),
	"go vet ./...": holds(".ci/run", "go vet ./..."),
	// Installing would change the account's folder.
	"go install ./cmd/openfire-o365": holds(".ci/run", `go build -trimpath -o "$work/program" ./cmd/openfire-o365`),
	// The benchmarks take a minute and need an idle machine.
	"internal/dev/bench/run": holds(".ci/run", `stage "benchmarks" benchmarks`),
	// A stage of .ci/run builds the release, which takes minutes.
	". internal/dev/release/versions":                                               holds("internal/dev/release/versions", "GORELEASER=v"),
	"go install github.com/goreleaser/goreleaser/v2@$GORELEASER":                    holds("internal/dev/release/versions", "github.com/goreleaser/goreleaser/v2"),
	`"$(go env GOPATH)"/bin/goreleaser release --snapshot --clean --skip=sign,sbom`: holds("goreleaser.yaml", "\nsnapshot:"),
	// The package creates the account, and adduser is a program of Debian.
	"adduser openfire-o365 odoo": holds("docs/deploy/openfire-o365.service", "User=openfire-o365"),
	// The files are downloaded from a release; goreleaser gives them their names.
	"sha256sum --ignore-missing -c checksums.txt":                              holds("goreleaser.yaml", "name_template: checksums.txt"),
	"gh attestation verify openfire-o365.exe --repo openfire-fr/openfire-o365": holds(".github/workflows/release.yml", "attest"),
	"cosign verify-blob checksums.txt --bundle checksums.txt.sigstore.json":    holds("goreleaser.yaml", "${artifact}.sigstore.json"),
}

// answers are the inputs of commands that ask a question.
var answers = map[string]string{
	"openfire-o365 setup":        "mabase\n",
	"openfire-o365 setup --undo": "mabase\n",
}

// wholes lists blocks that are not commands by their first lines, with a check to make
// instead.
var wholes = map[string]func(*typist, string){
	"cmd/openfire-o365   the program: commands, streams, exit codes": (*typist).packages,
	"- alert: OpenFireMailNeedsAction":                               (*typist).alerts,
}

// holds returns a check that a file of the project contains words.
func holds(file, words string) func(*typist) {
	return func(y *typist) {
		y.t.Helper()
		text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(file)))
		if err != nil || !strings.Contains("\n"+string(text), words) {
			y.t.Errorf("%s does not contain %q (%v)", file, words, err)
		}
	}
}

// packages checks that the list of packages in CONTRIBUTING is complete.
func (y *typist) packages(text string) {
	y.t.Helper()
	told := map[string]bool{}
	for line := range strings.SplitSeq(text, "\n") {
		name := strings.Fields(line)[0]
		told[name] = true
		if info, err := os.Stat(filepath.Join("..", "..", filepath.FromSlash(name))); err != nil || !info.IsDir() {
			y.t.Errorf("%s is not a folder", name)
		}
	}
	for name := range allowedImports {
		if name != "cmd" && !told[name] {
			y.t.Errorf("%s is missing", name)
		}
	}
}

// alerts checks that the metrics in alert rules for Prometheus exist.
func (y *typist) alerts(text string) {
	y.t.Helper()
	b := newBench(y.t)
	b.connected("compta@client.fr", nil)
	b.run("", "token", "refresh", "mabase")
	b.base = "dead"
	b.connected("aadsts50173@client.fr", nil)
	b.run("", "token", "refresh", "dead")
	figures := b.run("", "token", "status", "--all", "--prometheus").out
	rules := regexp.MustCompile(`(?m)^- alert: \w+\n  expr: (.+)$`).FindAllStringSubmatch(text, -1)
	if len(rules) == 0 || strings.Count(text, "alert:") != len(rules) {
		y.t.Errorf("no alert rules for Prometheus:\n%s", text)
	}
	for _, rule := range rules {
		for _, figure := range regexp.MustCompile(`openfire_\w+`).FindAllString(rule[1], -1) {
			if !strings.Contains(figures, "\n"+figure+"{") {
				y.t.Errorf("%s is not among\n%s", figure, figures)
			}
		}
	}
}

// exits are the lines that do not exit with 0 because the sentence continues.
var exits = map[string]problem.Exit{
	"openfire-o365 explain": problem.Usage, // the sentence continues with the code or the message
}

// inCron matches a command in a crontab.
var inCron = regexp.MustCompile(`^(?:[0-9*/,-]+ ){5}(openfire-o365 .*)`)

// follows runs one line.
func (y *typist) follows(line string) {
	y.t.Helper()
	for beginning, held := range otherwise {
		if strings.HasPrefix(line, beginning) {
			held(y)
			return
		}
	}
	command := strings.TrimPrefix(strings.Replace(line, "go run ./cmd/openfire-o365 ", "openfire-o365 ", 1), "sudo ")
	if m := inCron.FindStringSubmatch(command); m != nil {
		command = m[1]
	}
	if !strings.HasPrefix(command, "openfire-o365 ") {
		y.t.Errorf("%q is not a command of the program; add it to otherwise with a check and the reason", line)
		return
	}
	if err := os.WriteFile(filepath.Join(y.home, "answers"), []byte(answers[line]), 0o600); err != nil {
		y.t.Fatal(err)
	}
	for _, one := range choices(command) {
		if strings.Contains(one, " schedule ") && os.Geteuid() == 0 && exists("/run/systemd/system") {
			y.t.Skip("would change the systemd timer of this machine")
		}
		if answers[line] != "" {
			one += " <answers"
		}
		if code, said := y.types(one + " "); code != int(exits[line]) {
			y.t.Errorf("%s: exit %d, want %d\n%s", one, code, exits[line], said)
		}
	}
}

// choices returns the commands that a word with a|b stands for.
func choices(command string) (all []string) {
	for _, word := range strings.Fields(command) {
		if strings.Contains(word, "|") && len(word) > 1 {
			for choice := range strings.SplitSeq(word, "|") {
				all = append(all, strings.Replace(command, word, choice, 1))
			}
			return all
		}
	}
	return []string{command}
}

// TestDocuments runs what the documents show: every line of every block, and every
// command in a code span.
func TestDocuments(t *testing.T) {
	t.Parallel()
	typed := map[string]bool{}
	for _, file := range documents(t) {
		text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range snippets(file, string(text)) {
			if whole := wholes[first(s.text)]; s.block && whole != nil {
				t.Run(s.String(), func(t *testing.T) { whole(&typist{bench: &bench{t: t}}, s.text) })
				continue
			}
			for line := range strings.SplitSeq(s.text, "\n") {
				if line = strings.TrimSpace(line); line == "" || typed[line] {
					continue
				}
				typed[line] = true
				t.Run(s.String()+" "+line, func(t *testing.T) {
					t.Parallel()
					newTypist(t).follows(line)
				})
			}
		}
	}
	if len(typed) < 20 {
		t.Errorf("found only %d lines", len(typed))
	}
}

func first(text string) string { line, _, _ := strings.Cut(text, "\n"); return line }

// TestDeployCommands runs the commands of the systemd units and the CronJob.
func TestDeployCommands(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"openfire-o365.service", "openfire-o365-metrics.service"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", "deploy", name))
		start := regexp.MustCompile(`(?m)^ExecStart=(.+)$`).FindSubmatch(text)
		if err != nil || start == nil {
			t.Fatalf("%s has no command (%v)", name, err)
		}
		y := newTypist(t)
		line := strings.NewReplacer("/usr/local/bin/", "", "/usr/bin/", "", "/var/lib/prometheus/node-exporter", y.home, "/var/lib/openfire-o365", y.dir).Replace(string(start[1]))
		if code, said := y.types(line); code != 0 {
			t.Errorf("%s: %s: exit %d\n%s", name, line, code, said)
		}
		if figures, err := os.ReadFile(filepath.Join(y.home, "openfire-o365.prom")); strings.Contains(name, "metrics") && !strings.Contains(string(figures), "openfire_o365_connected{") {
			t.Errorf("%s writes no metrics (%v)", name, err)
		}
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "deploy", "kubernetes.yaml"))
	pod := regexp.MustCompile(`(?s)completions: (\d+)\n.*args: (\[.*?\])\n`).FindSubmatch(text)
	if err != nil || pod == nil {
		t.Fatalf("the CronJob has no command (%v)", err)
	}
	var args []string
	if err := json.Unmarshal(pod[2], &args); err != nil {
		t.Fatal(err)
	}
	pods, _ := strconv.Atoi(string(pod[1]))
	y := newTypist(t)
	for i := range pods {
		line := "openfire-o365 " + strings.ReplaceAll(strings.Join(args, " "), "$(JOB_COMPLETION_INDEX)", strconv.Itoa(i))
		if code, said := y.types(line); code != 0 || !strings.Contains(line, fmt.Sprintf(" %d/%d", i, pods)) {
			t.Errorf("%s: exit %d\n%s", line, code, said)
		}
	}
	if y.file().Mail.Left(time.Now()) <= 0 {
		t.Error("no pod renewed the base")
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestContributingNamesExistingSymbols checks the files and symbols of the table in
// CONTRIBUTING.
func TestContributingNamesExistingSymbols(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| .* \\| \\[(.*)\\]\\(\\.\\./(.*)\\) \\| `(.*)` \\|$").FindAllStringSubmatch(string(text), -1)
	if len(rows) < 20 {
		t.Errorf("%d rows", len(rows))
	}
	for _, row := range rows {
		source, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(row[1])))
		if err != nil || row[1] != row[2] || !strings.Contains(string(source), row[3]) {
			t.Errorf("%s has no %q: %v", row[1], row[3], err)
		}
	}
}
