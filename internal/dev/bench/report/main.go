// Command report turns the benchmarks' lines on standard input into the tables
// of a Markdown file, between its two marks, and into the plot beside it. It
// prints the tables and their number of lines; without a file it does nothing
// else.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// columns are the benchmarks' units in the order in which they are shown.
var columns = []struct{ unit, title string }{
	{"wall-ms", "wall ms"}, {"cpu-ms", "CPU ms"}, {"wall-s", "wall s"}, {"cpu-s", "CPU s"}, {"MiB", "MiB"},
	{"fsyncs", "fsyncs"}, {"posts", "POSTs"}, {"sent-B", "bytes sent"},
	{"x-wall", "× wall"}, {"x-cpu", "× CPU"}, {"x-MiB", "× MiB"},
	{"x-ideal", "× ideal"}, {"x-least", "× least"}, {"x-least-cpu", "× least CPU"}, {"x-saves", "× saves"},
}

// groups are the benchmarks, and what they compare with.
var groups = []struct{ name, title, about string }{
	{"Start", "Without network", "Ratios compare with a Go program that prints one word."},
	{"Refresh", "One renewal", "Ratios compare with a minimal Go program that posts once and saves durably, and in the last row with `curl`, which only posts."},
	{"Peers", "Similar programs", "The figures of similar programs, and their ratio to ours."},
	{"All", "Many bases", "Ratios of wall time compare with the server's response time divided by the jobs (ideal), with a minimal Go program that posts and saves (least), and with saving alone (saves)."},
}

// row is one benchmark.
type row struct {
	group, name string
	figures     map[string]float64
}

func main() {
	rows, err := read(os.Stdin)
	if err == nil && len(rows) == 0 {
		err = fmt.Errorf("no benchmark on standard input")
	}
	text := tables(rows)
	fmt.Print(text)
	fmt.Printf("counted: %d benchmarks\n", len(rows)) // for .ci/run
	if err == nil && len(os.Args) > 1 {
		err = write(os.Args[1], text, rows)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// read takes lines such as "BenchmarkStart/version-2  20  5.9 cpu-ms  10.5 MiB".
func read(from io.Reader) (rows []row, err error) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		r := row{figures: map[string]float64{}}
		r.group, r.name, _ = strings.Cut(strings.TrimPrefix(fields[0], "Benchmark"), "/")
		if i := strings.LastIndex(r.name, "-"); i > 0 {
			r.name = r.name[:i] // the number of processors
		}
		for i := 2; i+1 < len(fields); i += 2 {
			if r.figures[fields[i+1]], err = strconv.ParseFloat(fields[i], 64); err != nil {
				return nil, err
			}
		}
		rows = append(rows, r)
	}
	return rows, lines.Err()
}

func tables(rows []row) string {
	var out strings.Builder
	for _, g := range groups {
		var own []row
		for _, r := range rows {
			if r.group == g.name {
				own = append(own, r)
			}
		}
		if len(own) == 0 {
			continue
		}
		head, rule := "| "+strings.ToLower(g.name)+" |", "|---|"
		var shown []string
		for _, c := range columns {
			if slices.ContainsFunc(own, func(r row) bool { _, there := r.figures[c.unit]; return there }) {
				shown, head, rule = append(shown, c.unit), head+" "+c.title+" |", rule+"--:|"
			}
		}
		fmt.Fprintf(&out, "### %s\n\n%s\n\n%s\n%s\n", g.title, g.about, head, rule)
		for _, r := range own {
			fmt.Fprintf(&out, "| %s |", strings.NewReplacer("/", ", ", "=", " ", "-", " ").Replace(r.name))
			for _, unit := range shown {
				fmt.Fprintf(&out, " %s |", figure(r.figures, unit))
			}
			out.WriteString("\n")
		}
		out.WriteString("\n")
	}
	return out.String()
}

// figure formats a number with three significant digits.
func figure(figures map[string]float64, unit string) string {
	v, there := figures[unit]
	switch {
	case !there:
		return ""
	case v >= 100 || v == float64(int(v)):
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// The marks around the tables.
const begin, end = "<!-- figures -->\n", "<!-- end of figures -->\n"

func write(file, text string, rows []row) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(old), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return fmt.Errorf("%s: the marks of the figures are missing", file)
	}
	if err := os.WriteFile(file, []byte(before+begin+"\n"+text+end+after), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(filepath.Dir(file), "benchmarks.svg"), []byte(plot(rows)), 0o644)
}
