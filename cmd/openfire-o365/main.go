// Command openfire-o365 connects an OpenFire base to a Microsoft 365 mailbox
// and keeps the connection alive. This package joins the command line and its
// commands with the process: streams, environment, signals, exit code.
package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	applycmd "github.com/openfire-fr/openfire-o365/cmd/openfire-o365/apply"
	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	explaincmd "github.com/openfire-fr/openfire-o365/cmd/openfire-o365/explain"
	sandboxcmd "github.com/openfire-fr/openfire-o365/cmd/openfire-o365/sandbox"
	setupcmd "github.com/openfire-fr/openfire-o365/cmd/openfire-o365/setup"
	refreshcmd "github.com/openfire-fr/openfire-o365/cmd/openfire-o365/token/refresh"
	schedulecmd "github.com/openfire-fr/openfire-o365/cmd/openfire-o365/token/schedule"
	statuscmd "github.com/openfire-fr/openfire-o365/cmd/openfire-o365/token/status"
	verifycmd "github.com/openfire-fr/openfire-o365/cmd/openfire-o365/verify"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/internal/ui/mute"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
)

// version is set by the linker when a release is built.
var version = "dev"

func main() { start(time.Now) }

// start runs the command line with the clock now and exits.
func start(now func() time.Time) {
	harden()
	disk.KeepOwnerAccess()
	mute.Restore()
	signal.Ignore(syscall.SIGPIPE) // writing to a closed pipe fails, instead of ending the process during a refresh
	os.Exit(int(run(newSignalContext(), cli.Env{
		In: os.Stdin, Out: ui.NewOutput(os.Stdout), Err: os.Stderr, Getenv: takeSecrets(), Now: now, Sleep: cli.Sleep, Version: version,
		Languages: i18n.System, DoubleClicked: ui.DoubleClicked, Executable: os.Executable,
	}, os.Args[1:])))
}

func run(ctx context.Context, env cli.Env, args []string) problem.Exit {
	return cli.Run(ctx, env, args, setupcmd.Command, verifycmd.Command, tokenCommand, applycmd.Command,
		explaincmd.Command, sandboxcmd.Command)
}

// tokenCommand returns the group of the token commands.
func tokenCommand(a *cli.App) *cobra.Command {
	return a.Group("token", refreshcmd.Command(a), statuscmd.Command(a), schedulecmd.Command(a))
}

// takeSecrets removes the secrets from the environment, so that child processes such
// as the browser do not inherit them, and returns a Getenv that still knows them.
func takeSecrets() (getenv func(string) string) {
	secrets := map[string]string{}
	for _, name := range []string{cli.ClientSecretEnv, cli.APIKeyEnv} {
		secrets[name] = os.Getenv(name)
		_ = os.Unsetenv(name)
	}
	return func(name string) string {
		if secret, is := secrets[name]; is {
			return secret
		}
		return os.Getenv(name)
	}
}

// signalContext is a context that a signal cancels. Signals are caught from the
// first call of Done; before it they end the process. A second signal has no effect.
type signalContext struct {
	context.Context
	catch func()
}

func newSignalContext() signalContext {
	ctx, stop := context.WithCancelCause(context.Background())
	return signalContext{ctx, sync.OnceFunc(func() {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
		go func() {
			cause := cli.ErrTerminated
			if <-signals == os.Interrupt {
				cause = prompt.ErrInterrupted
			}
			stop(cause)
		}()
	})}
}

// Done catches signals from now on and returns the channel that one of them closes.
func (c signalContext) Done() <-chan struct{} {
	c.catch()
	return c.Context.Done()
}
