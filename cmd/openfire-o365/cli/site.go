package cli

import (
	"context"
	"path/filepath"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/check/duplicates"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
)

// SandboxBase is the base of the sandbox when none is named.
const SandboxBase = "mabase"

// Site is what a command works on: a folder of token files, and the Microsoft
// that --cloud or --sandbox chose.
type Site struct {
	*App
	Store *store.Store
	Cloud azure.Cloud
	HTTP  *network.Client
	Box   *sandbox.Sandbox // nil without --sandbox
}

// Open opens the folder of token files and finds Microsoft: the public cloud,
// the one of --cloud, or a sandbox inside this process. The caller closes it.
func (a *App) Open(ctx context.Context) (*Site, error) {
	dir, err := a.dir()
	if err != nil {
		return nil, err
	}
	s := &Site{App: a, Cloud: azure.Public()}
	switch {
	case a.Flags.Sandbox && a.Flags.Cloud != "":
		return nil, problem.Misuse("cloud", i18n.T("--sandbox and --cloud cannot be used together."))
	case a.Flags.Cloud != "":
		s.Cloud, err = azure.LoadCloud(a.Flags.Cloud)
	case a.Flags.Sandbox:
		dir = filepath.Join(dir, "sandbox")
		if s.Box, err = a.StartSandbox(ctx, sandbox.Options{}); err == nil {
			s.Cloud = s.Box.Cloud()
		}
	}
	if err != nil {
		return nil, err
	}
	a.login, s.Store = s.Cloud.Login, store.New(dir, a.Now)
	s.HTTP, err = network.NewClient(network.Options{Timeout: a.Flags.Timeout, Roots: s.Cloud.CA,
		Bundle:    a.Getenv("SSL_CERT_FILE"),
		UserAgent: "openfire-o365/" + a.Version, Log: a.Log(), Now: a.Now, Proxy: network.Proxy(a.Getenv)})
	return s, err
}

// Close ends the sandbox inside this process.
func (s *Site) Close() {
	if s.Box != nil {
		_ = s.Box.Close()
	}
}

// StartSandbox starts a sandbox inside this process, and says so.
func (a *App) StartSandbox(ctx context.Context, o sandbox.Options) (*sandbox.Sandbox, error) {
	o.Now = a.Now
	box, err := sandbox.Start(ctx, o)
	if err == nil && !a.Flags.Quiet && !a.Flags.JSON {
		a.Tell.Print(i18n.T("SANDBOX: Microsoft and the base are simulated on this computer. Nothing is real."))
	}
	return box, err
}

// Refresher returns what refreshes the tokens of this folder.
func (s *Site) Refresher() *tokens.Refresher {
	return &tokens.Refresher{Store: s.Store, HTTP: s.HTTP, Cloud: s.Cloud, Now: s.Now, Sleep: s.Sleep, Log: s.Log()}
}

// PrintShared warns of bases that share a refresh token or a mailbox.
func (a *App) PrintShared(shared *duplicates.Finder) {
	for _, d := range shared.Duplicates() {
		switch {
		case a.Flags.Nagios:
		case a.Flags.JSON:
			a.Out.JSON("shared", map[string]any{"what": d.Key, "bases": d.Hosts})
		case !a.Flags.Quiet:
			a.Results().Warn(d.What)
		}
	}
}

// AllBases returns the bases that have a token file, for --all. It refuses names
// beside it.
func (s *Site) AllBases(names []string) ([]openfire.Base, error) {
	if len(names) > 0 {
		return nil, problem.Misuse("all", i18n.T("Use either base names or --all."))
	}
	bases, err := s.Store.List()
	if err == nil && len(bases) == 0 {
		err = &problem.Problem{Exit: problem.Usage, ID: "all", What: i18n.T("There is no token file in %s.", s.Store.Dir),
			Do: i18n.T("Run \"openfire-o365 setup\" to connect a base.")}
	}
	return bases, err
}

// Bases returns the bases of these names; without a name the only one that has
// a token file.
func (s *Site) Bases(names []string) ([]openfire.Base, error) {
	switch {
	case len(names) == 0 && s.Box != nil:
		names = []string{SandboxBase}
	case len(names) == 0:
		if bases, err := s.Store.List(); err == nil && len(bases) == 1 {
			return bases, nil
		}
		return nil, problem.Misuse("base", i18n.T("Name a base, for example mabase, or use --all."))
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
