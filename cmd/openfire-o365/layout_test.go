package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	modulePath       = "github.com/openfire-fr/openfire-o365/"
	maxFileLines     = 300 // lines of a file that is not a test
	maxFunctionLines = 60  // lines of a function; the goal is 40
)

// allowedImports lists the packages of this module that each package may import. A folder
// that is not listed belongs to the package above it. "*" is every package, except
// those after "-".
var allowedImports = map[string][]string{
	"internal/sanitize":    {},
	"internal/secret":      {},
	"internal/i18n":        {"internal/sanitize"},
	"internal/problem":     {"internal/i18n"},
	"internal/network":     {"internal/problem", "internal/i18n", "internal/secret", "internal/sanitize"},
	"oauthflow":            {"internal/network", "internal/secret", "internal/sanitize"},
	"azure":                {"internal/network", "internal/problem", "internal/i18n", "internal/secret", "internal/sanitize"},
	"azure/faults":         {"azure", "internal/problem", "internal/i18n", "internal/secret", "internal/sanitize"},
	"azure/graph":          {"azure", "azure/faults", "internal/network", "internal/problem", "internal/i18n", "internal/secret", "internal/sanitize"},
	"azure/exchange":       {"azure", "azure/faults", "internal/network", "internal/problem", "internal/i18n", "internal/secret", "internal/sanitize"},
	"azure/entra":          {"azure", "azure/faults", "internal/network", "internal/sanitize"},
	"internal/openfire":    {"azure", "internal/network", "internal/problem", "internal/i18n", "internal/secret", "internal/sanitize"},
	"internal/tokenfile":   {"internal/openfire", "azure", "internal/problem", "internal/i18n", "internal/secret", "internal/sanitize"},
	"internal/tokens":      {"oauthflow", "azure", "azure/faults", "internal/openfire", "internal/tokenfile", "internal/network", "internal/problem", "internal/i18n", "internal/secret", "internal/sanitize"},
	"internal/apply":       {"internal/openfire", "internal/tokenfile", "internal/problem", "internal/i18n", "internal/secret", "internal/sanitize"},
	"internal/guide":       {"azure", "internal/problem", "internal/i18n", "internal/sanitize"},
	"internal/check":       {"internal/apply", "internal/tokens", "internal/openfire", "internal/tokenfile", "azure", "azure/entra", "azure/exchange", "azure/faults", "internal/network", "internal/problem", "internal/i18n", "internal/secret", "internal/sanitize"},
	"internal/schedule":    {"internal/problem", "internal/i18n", "internal/sanitize"},
	"internal/sandbox":     {"azure", "azure/exchange", "azure/faults", "internal/openfire", "internal/network", "internal/i18n", "internal/secret", "internal/sanitize"},
	"internal/ui":          {"internal/problem", "internal/i18n", "internal/secret", "internal/sanitize"},
	"internal/report":      {"internal/check", "internal/ui", "azure/faults", "internal/problem", "internal/i18n", "internal/sanitize"},
	"wizard/dialog":        {"azure", "internal/guide", "internal/openfire", "internal/tokenfile", "internal/ui", "internal/problem", "internal/i18n", "internal/secret", "internal/sanitize"},
	"wizard/signin":        {"*", "-cmd", "-internal/sandbox", "-wizard", "-wizard/draft", "-wizard/register", "-wizard/transfer"},
	"wizard/draft":         {"*", "-cmd", "-internal/sandbox", "-wizard", "-wizard/signin", "-wizard/register", "-wizard/transfer"},
	"wizard/register":      {"*", "-cmd", "-internal/sandbox", "-wizard", "-wizard/transfer"},
	"wizard/transfer":      {"*", "-cmd", "-internal/sandbox", "-wizard", "-wizard/draft", "-wizard/register"},
	"wizard":               {"*", "-cmd", "-internal/sandbox", "-wizard/transfer"},
	"cmd":                  {"*"},
	"internal/dev":         {"*", "-cmd"},
	"internal/dev/screens": {},
}

// sharedCommands lists the packages below cmd/openfire-o365 that commands may import.
var sharedCommands = []string{"cli", "conversation", "credentials", "help", "token"}

// restrictedImports lists libraries, the packages that may import them, and in how many files.
var restrictedImports = map[string]struct {
	rooms []string
	files int // 0 is any number
}{
	"github.com/spf13/cobra":            {[]string{"cmd"}, 0},
	"github.com/spf13/pflag":            {[]string{"cmd"}, 0},
	"github.com/charmbracelet/huh":      {[]string{"internal/ui"}, 1},
	"github.com/pkg/browser":            {[]string{"internal/ui"}, 1},
	"log":                               {nil, 0}, // slog is used for --debug
	"testing":                           {nil, 0}, // the sandbox is part of the program
	modulePath + "internal/sandbox/":    {[]string{"internal/sandbox"}, 0},
	modulePath + "internal/dev/screens": {nil, 0}, // for tests only
	"github.com/hinshun/vt10x":          {[]string{"internal/dev/screens"}, 0},
}

// forbiddenCalls lists the calls that only package main may make. Others get the value as
// an argument.
var forbiddenCalls = map[string][]string{
	"os":      {"Exit", "Getenv", "LookupEnv", "Environ", "ExpandEnv", "Stdin", "Stdout", "Stderr"},
	"time":    {"Now", "Since", "Until"},
	"context": {"Background", "TODO"},
}

// exceptions lists the exceptions and their reasons. Deadlines of connections,
// SetDeadline(time.Now()…), are always allowed.
var exceptions = map[string]string{
	"internal/network/client.go time.Now":                    "how long a request took, for the log",
	"internal/network/client.go time.Since":                  "how long a request took, for the log",
	"internal/tokenfile/store/disk/file_windows.go time.Now": "how long a reader has kept the file open; no person's clock",
	"internal/i18n/system_darwin.go context.Background":      "asked before there is a command to cancel, for 0.3 s at most",
	"internal/ui/mute/mute.go os.LookupEnv":                  "must run before main",
	"internal/ui/mute/mute.go init":                          "must run before main",
}

// topFiles lists the files and folders at the top of the project, and the results of
// builds.
var topFiles = []string{
	"cmd", "wizard", "azure", "oauthflow", "internal", "docs", "README.md", "go.mod", "go.sum", "goreleaser.yaml", "LICENSE",
	"dist", "openfire-o365", "openfire-o365.exe",
}

// layoutReport collects the violations.
type layoutReport struct {
	faults []string
	used   map[string]bool     // exceptions that apply
	users  map[string][]string // the files that import each library of restrictedImports
}

func (r *layoutReport) add(format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

// room returns the package of allowedImports that a folder belongs to.
func room(dir string) string {
	for d := dir; d != "."; d = path.Dir(d) {
		if _, ok := allowedImports[d]; ok {
			return d
		}
	}
	return ""
}

// read checks a Go file, given by its path from the top of the module.
func (r *layoutReport) read(name string, src []byte) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, src, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return err
	}
	if n := files.File(file.Pos()).LineCount(); n > maxFileLines && !ast.IsGenerated(file) {
		r.add("%s: %d lines, at most %d", name, n, maxFileLines)
	}
	own := room(path.Dir(name))
	if own == "" {
		r.add("%s: a package that the table of imports does not know", name)
	}
	names := map[string]string{}
	for _, i := range file.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		names[path.Base(p)] = p
		if i.Name != nil {
			names[i.Name.Name] = p
		}
		r.imports(name, own, p)
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if n := files.Position(f.End()).Line - files.Position(f.Pos()).Line + 1; n > maxFunctionLines {
			r.add("%s: %s has %d lines, at most %d", name, f.Name.Name, n, maxFunctionLines)
		}
		if f.Name.Name == "init" && f.Recv == nil {
			r.refuse(name, "init", "no init()")
		}
	}
	if file.Name.Name != "main" { // a main package has no caller
		r.world(name, file, names)
	}
	return nil
}

// imports checks an import of a file.
func (r *layoutReport) imports(name, own, p string) {
	for lib, may := range restrictedImports {
		if p != lib && !(strings.HasSuffix(lib, "/") && strings.HasPrefix(p, lib)) && !strings.HasPrefix(p, lib+"/v") {
			continue
		}
		r.users[lib] = append(r.users[lib], name)
		if !slices.Contains(may.rooms, own) {
			r.add("%s: %s must not be imported by %s", name, p, own)
		}
	}
	inside, ok := strings.CutPrefix(p, modulePath)
	if !ok {
		return
	}
	of := room(inside)
	allowed := allowedImports[own]
	switch {
	case of == "cmd" && own == "cmd" && name != "cmd/openfire-o365/main.go" && !slices.Contains(sharedCommands, strings.TrimPrefix(inside, "cmd/openfire-o365/")):
		r.add("%s: only main.go imports the command %s", name, inside)
	case of == own && of != "cmd":
	case slices.Contains(allowed, "-"+of):
		r.add("%s: %s must not import %s", name, own, inside)
	case !slices.Contains(allowed, of) && !slices.Contains(allowed, "*"):
		r.add("%s: %s must not import %s", name, own, inside)
	}
}

// world checks for calls that only package main may make.
func (r *layoutReport) world(name string, file *ast.File, names map[string]string) {
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if f, ok := call.Fun.(*ast.SelectorExpr); ok && strings.HasPrefix(f.Sel.Name, "Set") && strings.HasSuffix(f.Sel.Name, "Deadline") {
				return false
			}
		}
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := s.X.(*ast.Ident)
		if ok && slices.Contains(forbiddenCalls[names[x.Name]], s.Sel.Name) {
			what := names[x.Name] + "." + s.Sel.Name
			r.refuse(name, what, what+" belongs to cmd; take it as an argument")
		}
		return true
	})
}

func (r *layoutReport) refuse(name, what, why string) {
	key := name + " " + what
	if _, ok := exceptions[key]; ok {
		r.used[key] = true
		return
	}
	r.add("%s: %s", name, why)
}

// count checks the number of files that import a library.
func (r *layoutReport) count() {
	for lib, may := range restrictedImports {
		if files := r.users[lib]; may.files > 0 && len(files) > may.files {
			r.add("%s is imported by %d files, at most %d: %v", lib, len(files), may.files, files)
		}
	}
}

func newLayoutReport() *layoutReport {
	return &layoutReport{used: map[string]bool{}, users: map[string][]string{}}
}

func TestLayoutRules(t *testing.T) {
	t.Parallel()
	top := filepath.Join("..", "..")
	r := newLayoutReport()
	seen := 0
	err := filepath.WalkDir(top, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(top, p)
		name = filepath.ToSlash(name)
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(name, ".") && name != ".") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		src, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		seen++
		return r.read(name, src)
	})
	if err != nil || seen < 20 {
		t.Fatalf("%d files, %v", seen, err)
	}
	r.count()
	for _, f := range r.faults {
		t.Error(f)
	}
	for key, why := range exceptions {
		if !r.used[key] {
			t.Errorf("the exception for %s (%s) is no longer needed: remove it", key, why)
		}
	}
}

func TestTopFolderHasNoOtherFiles(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(topFiles, e.Name()) {
			t.Errorf("%s is not an allowed file or folder at the top of the project", e.Name())
		}
	}
}

// TestLayoutRulesFindViolations checks that each rule finds a violation.
func TestLayoutRulesFindViolations(t *testing.T) {
	t.Parallel()
	ours := func(p string) string { return `import _ "` + modulePath + p + `"` }
	for _, c := range []struct{ name, file, body, want string }{
		{"allowed", "azure/x.go", ours("internal/network"), ""},
		{"allowed in a folder of a package", "internal/sandbox/entra/x.go", ours("azure"), ""},
		{"packages of the sandbox", "internal/sandbox/x.go", ours("internal/sandbox/entra"), ""},
		{"cmd", "cmd/openfire-o365/x.go", ours("internal/sandbox") + "\n" + `import "os"; var _ = os.Getenv`, ""},
		{"a command", "cmd/openfire-o365/main.go", ours("cmd/openfire-o365/setup"), ""},
		{"shared by commands", "cmd/openfire-o365/setup/x.go", ours("cmd/openfire-o365/cli"), ""},
		{"a command in a command", "cmd/openfire-o365/setup/x.go", ours("cmd/openfire-o365/apply"), "only main.go imports"},
		{"secret imports", "internal/secret/x.go", ours("internal/i18n"), "internal/secret must not import"},
		{"a package above", "azure/x.go", ours("oauthflow"), "azure must not import"},
		{"store and check", "internal/tokenfile/store/x.go", ours("internal/check"), "internal/tokenfile must not import"},
		{"check and guide", "internal/check/x.go", ours("internal/guide"), "internal/check must not import"},
		{"wizard and the sandbox", "wizard/x.go", ours("internal/sandbox"), "wizard must not import"},
		{"wizard and cmd", "wizard/mute/x.go", ours("cmd/openfire-o365"), "wizard must not import"},
		{"packages of the sandbox from outside", "cmd/openfire-o365/x.go", ours("internal/sandbox/entra"), "must not be imported by cmd"},
		{"a new package", "internal/util/x.go", "", "does not know"},
		{"cobra", "wizard/x.go", `import _ "github.com/spf13/cobra"`, "must not be imported by wizard"},
		{"huh", "cmd/openfire-o365/x.go", `import _ "github.com/charmbracelet/huh"`, "must not be imported by cmd"},
		{"log", "cmd/openfire-o365/x.go", `import _ "log"`, "must not be imported by cmd"},
		{"screens", "wizard/x.go", ours("internal/dev/screens"), "must not be imported by wizard"},
		{"slog", "azure/x.go", `import _ "log/slog"`, ""},
		{"testing", "internal/sandbox/x.go", `import _ "testing"`, "must not be imported by internal/sandbox"},
		{"exit", "wizard/x.go", `import "os"; func f() { os.Exit(1) }`, "os.Exit belongs to cmd"},
		{"environment", "azure/x.go", `import "os"; var v = os.Getenv("X")`, "os.Getenv belongs to cmd"},
		{"stdout under another name", "azure/x.go", `import system "os"; var v = system.Stdout`, "os.Stdout belongs to cmd"},
		{"clock", "azure/x.go", `import "time"; func f() time.Time { return time.Now() }`, "time.Now belongs to cmd"},
		{"clock as a value", "azure/x.go", `import "time"; var now = time.Now`, "time.Now belongs to cmd"},
		{"deadline", "azure/x.go", `import "time"; func f(c C) { c.SetReadDeadline(time.Now().Add(1)) }`, ""},
		{"another main package", "internal/dev/bench/x/main.go", `import "os"; var v = os.Args; func main() { os.Exit(1) }`, ""},
		{"context", "azure/x.go", `import "context"; var c = context.Background()`, "context.Background belongs to cmd"},
		{"exception", "internal/ui/mute/mute.go", `import "os"; func init() { os.LookupEnv("CI") }`, ""},
		{"exception elsewhere", "wizard/x.go", `func init() {}`, "no init()"},
		{"a method named init", "wizard/x.go", `type t int; func (t) init() {}`, ""},
		{"file of maximal length", "azure/x.go", strings.Repeat("\n", maxFileLines-2), ""},
		{"long file", "azure/x.go", strings.Repeat("\n", maxFileLines-1), "301 lines, at most 300"},
		{"function of maximal length", "azure/x.go", "func f() {" + strings.Repeat("\n", maxFunctionLines-1) + "}", ""},
		{"long function", "azure/x.go", "func f() {" + strings.Repeat("\n", maxFunctionLines) + "}", "f has 61 lines, at most 60"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newLayoutReport()
			name := "p"
			if strings.HasSuffix(c.file, "/main.go") || strings.HasPrefix(c.file, "cmd/") {
				name = "main"
			}
			err := r.read(c.file, []byte("package "+name+"\n"+c.body+"\n"))
			r.count()
			got := strings.Join(r.faults, "; ")
			if err != nil || (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("found %q, want %q, %v", got, c.want, err)
			}
		})
	}
	r := newLayoutReport()
	for _, name := range []string{"internal/ui/a.go", "internal/ui/b.go"} {
		if err := r.read(name, []byte("package wizard\nimport _ \"github.com/charmbracelet/huh\"\n")); err != nil {
			t.Fatal(err)
		}
	}
	if r.count(); len(r.faults) != 1 {
		t.Errorf("two files with huh: %q", r.faults)
	}
}
