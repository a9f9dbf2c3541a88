package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// module is what the tests below count.
const module = `package x

import (
	"os"
	"testing"
	"time"
)

func TestPass(t *testing.T) {
	t.Attr("scripts", "2")
	t.Attr("scripts", "3")
	t.Log("log of a passed test")
	for _, name := range []string{"a", "b/c"} {
		t.Run(name, func(*testing.T) {})
	}
}

func TestSkip(t *testing.T) { t.Skip("reason to skip") }

func TestPick(t *testing.T) {
	switch os.Getenv("COUNT") {
	case "fail":
		t.Run("inner", func(t *testing.T) { t.Error("reason to fail") })
	case "panic":
		t.Log("log before the panic")
		go panic("reason to panic")
		time.Sleep(time.Minute)
	case "exit":
		os.Exit(3)
	}
}

func FuzzSeeds(f *testing.F) {
	f.Add("one")
	f.Add("two")
	f.Fuzz(func(*testing.T, string) {})
}

func BenchmarkNothing(b *testing.B) { b.Run("inner", func(*testing.B) {}) }
`

func TestCount(t *testing.T) {
	dir := t.TempDir()
	for file, text := range map[string]string{"go.mod": "module x\ngo 1.26\n", "x_test.go": module, "broken/x_test.go": "package broken\nvar x int = \"\"\n", "none/x.go": "package none\n"} {
		path := filepath.Join(dir, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, c := range []struct {
		name, mode, args string
		err              string
		want, not        []string
	}{
		{"all", "", ".", "", []string{"reason to skip\n", "--- SKIP: TestSkip", "ok  \tx\t", "\ncounted: 4 tests, 6 cases, 5 scripts\n"}, []string{"PASS", "passed test", "==="}},
		{"without tests", "", ". ./none", "", []string{"?   \tx/none\t[no test files]\n", "counted: 4 tests"}, nil},
		{"logs", "", "-v -run Pass .", "", []string{"log of a passed test\n", "counted: 1 tests, 2 cases, 5 scripts\n"}, []string{"==="}},
		{"benchmark", "", "-run Nobody -bench . -benchtime 1x .", "", []string{"BenchmarkNothing/inner", "counted: 0 tests, 0 cases, 1 benchmarks\n"}, nil},
		{"none of that name", "", "-run Nobody .", "no test passed", []string{"ok  \tx\t"}, []string{"counted"}},
		{"only skipped", "", "-run Skip .", "no test passed", []string{"reason to skip"}, []string{"counted"}},
		{"no package", "", "./none", "no test passed", nil, []string{"counted"}},
		{"fail", "fail", ".", "exit status 1", []string{"reason to fail\n", "--- FAIL: TestPick/inner", "--- FAIL: TestPick ", "FAIL\tx\t"}, []string{"passed test", "counted"}},
		{"panic", "panic", ".", "exit status 1", []string{"log before the panic\n", "panic: reason to panic\n", "goroutine ", "FAIL\tx\t"}, []string{"counted"}},
		{"exit", "exit", ".", "exit status 1", []string{"--- not ended: TestPick\n", "FAIL\tx\t"}, []string{"counted", "ended: TestPass"}},
		{"build", "", ". ./broken", "exit status 1", []string{`cannot use ""`, "FAIL\tx/broken [build failed]\n", "ok  \tx\t"}, []string{"counted"}},
		{"no go test", "", "", "usage:", nil, []string{"counted"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("COUNT", c.mode)
			args := append([]string{"go", "test"}, strings.Fields(c.args)...)
			if c.args == "" {
				args = []string{"./..."}
			}
			var out strings.Builder
			err := run(args, &out)
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("error %v, want %q", err, c.err)
			}
			for _, want := range c.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q in\n%s", want, out.String())
				}
			}
			for _, not := range c.not {
				if strings.Contains(out.String(), not) {
					t.Errorf("%q in\n%s", not, out.String())
				}
			}
		})
	}
}
