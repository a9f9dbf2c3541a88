package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
)

// program is one run: its streams, its environment, what the flags said, and
// what the commands work with.
type program struct {
	in        io.Reader
	out       *ui.Output
	err       io.Writer
	env       func(string) string
	now       func() time.Time
	languages func() []string
	clicked   func() bool            // started by a double-click, not typed
	self      func() (string, error) // the program's own path
	sleep     func(context.Context, time.Duration) error
	begin     func(alone bool) // before the first thing that a signal must not cut in two: the threads for that cost a tenth of a start

	lang  i18n.Lang
	flags globals
	tell  *ui.Printer
	store *store.Store
	cloud azure.Cloud
	http  *network.Client
	box   *sandbox.Sandbox  // nil without --sandbox
	book  *dialog.Guidebook // nil until a command asks questions

	figures map[string]any // what a command adds to the JSON summary
}

// globals are the flags that every command takes.
type globals struct {
	dir, lang, cloud             string
	sandbox, json, quiet, debug  bool
	nagios                       bool // of verify only
	noInput, plain, noColor, yes bool
	timeout                      time.Duration
}

// run parses, runs and ends one command; the result is the exit code.
func (p *program) run(ctx context.Context, args []string) (code problem.Exit) {
	defer func() {
		if crash := recover(); crash != nil {
			p.log().Debug("panic", "stack", string(debug.Stack()))
			code = p.finish(ctx, fmt.Errorf("panic: %v", crash))
		}
	}()
	p.lang = i18n.Detect(p.named(args), p.env, p.languages)
	p.tell = &ui.Printer{W: p.err, Lang: p.lang}
	p.flags.json = slices.Contains(args, "--json") // also for errors before the flags are parsed
	p.flags.nagios = asksNagios(args, p.env)
	root := p.root(args)
	root.SetArgs(args)
	if completing(args) {
		p.complete(ctx, root)
		return problem.OK
	}
	err := root.ExecuteContext(ctx)
	p.book.Close()
	if p.box != nil {
		_ = p.box.Close()
	}
	return p.finish(ctx, err)
}

// named is the language asked for, known before cobra parses so that its own
// errors are in it.
func (p *program) named(args []string) string {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--lang="); ok {
			return v
		}
		if a == "--lang" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return p.env(twin("lang"))
}

// prepare makes what commands work with, once the flags are known: a flag
// beats its environment twin.
func (p *program) prepare(cmd *cobra.Command, _ []string) error {
	bad := p.twins(cmd)
	if completing([]string{cmd.Name()}) { // a shell is told words, not troubles
		return nil
	}
	if bad != nil {
		return bad
	}
	if _, ok := i18n.Parse(p.flags.lang); p.flags.lang != "" && !ok {
		return usage("lang", i18n.T("--lang %s: the languages are fr and en.", p.flags.lang))
	}
	if p.flags.timeout <= 0 {
		return usage("timeout", i18n.T("--timeout must be positive, for example 30s."))
	}
	p.tell.DetectTerminal(p.env, ui.Options{Plain: p.flags.plain, NoColor: p.flags.noColor})
	return nil
}

// connect makes ready for work that has to end in order.
func (p *program) connect(ctx context.Context) error {
	p.begin(false)
	return p.locate(ctx)
}

// locate opens the folder of token files and finds Microsoft: the public
// cloud, the one of --cloud, or a sandbox inside this process.
func (p *program) locate(ctx context.Context) (err error) {
	if p.flags.dir == "" {
		if p.flags.dir, err = p.defaultDir(); err != nil {
			return err
		}
	}
	p.cloud = azure.Public()
	switch {
	case p.flags.sandbox && p.flags.cloud != "":
		return usage("cloud", i18n.T("--sandbox and --cloud exclude each other."))
	case p.flags.cloud != "":
		p.cloud, err = azure.LoadCloud(p.flags.cloud)
	case p.flags.sandbox:
		p.flags.dir = filepath.Join(p.flags.dir, "sandbox")
		err = p.startSandbox(ctx, sandbox.Options{})
	}
	if err != nil {
		return err
	}
	p.store = store.New(p.flags.dir, p.now)
	p.http, err = network.NewClient(network.Options{Timeout: p.flags.timeout, Roots: p.cloud.CA, Bundle: p.env("SSL_CERT_FILE"), UserAgent: "openfire-o365/" + version, Log: p.log(), Now: p.now})
	return err
}

// defaultDir is where token files live when --dir does not say.
func (p *program) defaultDir() (string, error) {
	if runtime.GOOS == "linux" && os.Geteuid() == 0 {
		return "/var/lib/openfire-o365", nil
	}
	if local := p.env("LocalAppData"); runtime.GOOS == "windows" && local != "" {
		return filepath.Join(local, "openfire-o365"), nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", usage("dir", i18n.T("Cannot find the configuration folder (HOME is not set): give --dir."))
	}
	return filepath.Join(dir, "openfire-o365"), nil
}

func (p *program) log() *slog.Logger {
	if !p.flags.debug {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(p.tell, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// bases are the ones named, or with all those that have a token file.
func (p *program) bases(names []string, all bool) ([]openfire.Base, error) {
	switch {
	case all && len(names) > 0:
		return nil, usage("all", i18n.T("Give bases or --all, not both."))
	case all:
		bases, err := p.store.List()
		if err == nil && len(bases) == 0 {
			err = usage("all", i18n.T("No token file in %s.", p.flags.dir))
		}
		return bases, err
	case len(names) == 0 && p.box != nil:
		names = []string{sandboxBase}
	case len(names) == 0:
		if bases, err := p.store.List(); err == nil && len(bases) == 1 {
			return bases, nil
		}
		return nil, usage("base", i18n.T("Give the base's name, for example mabase, or --all."))
	}
	var bases []openfire.Base
	for _, name := range names {
		b, err := openfire.ParseBase(name)
		if err != nil {
			return nil, err
		}
		bases = append(bases, b)
	}
	return bases, nil
}
