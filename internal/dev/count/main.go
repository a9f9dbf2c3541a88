// Command count runs go test and counts what ran:
//
//	count go test [flags] [packages]
//
// It prints what go test prints, and also why a test was skipped. With -v it
// prints the logs of passed tests too. The last line is
//
//	counted: 12 tests, 345 cases, 1 benchmarks, 6 scripts
//
// Tests are the test functions, and the fuzz targets with their seeds. Cases
// are the tests and subtests that have no subtests. Both include the skipped
// ones, as what is skipped depends on the machine. Benchmarks are the printed
// results. All others are sums of attributes: a test that calls
// t.Attr("scripts", "6") adds six scripts.
//
// It fails when go test does, and when no test passed and no benchmark ran.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "count:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	if len(args) < 2 || args[0] != "go" || args[1] != "test" {
		return errors.New("usage: count go test [flags] [packages]")
	}
	c := newCounter(out)
	flags := slices.DeleteFunc(slices.Clone(args[2:]), func(arg string) bool { return arg == "-v" })
	c.verbose = len(flags) < len(args)-2
	cmd := exec.Command("go", append([]string{"test", "-json"}, flags...)...)
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := errors.Join(c.read(events), cmd.Wait()); err != nil {
		return err
	}
	return c.finish()
}

// An event is a line of go test -json; see go doc test2json.
type event struct {
	Action, Package, Test, Output, Key, Value string
}

// A name is a test and its package; the package itself has no test.
type name struct{ pkg, test string }

type counter struct {
	out     io.Writer
	verbose bool
	output  map[name][]string // of what has not ended
	parents map[name]bool     // tests that have subtests
	passed  int
	counts  map[string]int
}

func newCounter(out io.Writer) *counter {
	return &counter{out: out, output: map[name][]string{}, parents: map[name]bool{}, counts: map[string]int{}}
}

func (c *counter) read(events io.Reader) error {
	for r := bufio.NewReader(events); ; {
		line, err := r.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				e = event{Action: "build-output", Output: string(line)}
			}
			c.event(e)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (c *counter) event(e event) {
	of := name{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(c.out, e.Output)
	case "run":
		c.output[of] = nil
		for i, char := range e.Test {
			if char == '/' {
				c.parents[name{e.Package, e.Test[:i]}] = true
			}
		}
	case "attr":
		if n, err := strconv.Atoi(e.Value); err == nil {
			c.counts[e.Key] += n
		}
	case "output":
		switch {
		case strings.HasPrefix(e.Output, "Benchmark") && strings.Contains(e.Output, "\t"):
			c.counts["benchmarks"]++
			fmt.Fprint(c.out, e.Output)
		case !strings.HasPrefix(e.Output, "=== "):
			c.output[of] = append(c.output[of], e.Output)
		}
	case "pass", "fail", "skip":
		if e.Test == "" {
			c.endPackage(e)
		} else {
			c.endTest(of, e.Action)
		}
	}
}

func (c *counter) endTest(of name, action string) {
	if action != "pass" || c.verbose {
		c.print(of)
	}
	delete(c.output, of)
	if action == "pass" {
		c.passed++
	}
	if !strings.Contains(of.test, "/") {
		c.counts["tests"]++
	}
	if !c.parents[of] {
		c.counts["cases"]++
	}
}

// endPackage prints the closing line of a package. Of one that failed it prints
// all that is left, and names the tests that have not ended.
func (c *counter) endPackage(e event) {
	own := name{e.Package, ""}
	if lines := c.output[own]; e.Action != "fail" && len(lines) > 0 {
		c.output[own] = lines[len(lines)-1:]
	}
	for of := range c.output {
		if e.Action == "fail" && of.pkg == e.Package && of != own {
			c.print(of)
			fmt.Fprintf(c.out, "--- not ended: %s\n", of.test)
			delete(c.output, of)
		}
	}
	c.print(own)
	delete(c.output, own)
}

func (c *counter) print(of name) {
	for _, line := range c.output[of] {
		fmt.Fprint(c.out, line)
	}
}

// finish prints the counts, tests and cases first.
func (c *counter) finish() error {
	if c.passed == 0 && c.counts["benchmarks"] == 0 {
		return errors.New("no test passed and no benchmark ran")
	}
	line := fmt.Sprintf("counted: %d tests, %d cases", c.counts["tests"], c.counts["cases"])
	for _, what := range slices.Sorted(maps.Keys(c.counts)) {
		if what != "tests" && what != "cases" {
			line += fmt.Sprintf(", %d %s", c.counts[what], what)
		}
	}
	_, err := fmt.Fprintln(c.out, line)
	return err
}
