// Command openfire-o365 connects an OpenFire base to a Microsoft 365 mailbox
// and keeps the connection alive. This package holds the commands, the streams
// and the exit codes: it alone reads the environment, prints errors and exits.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/internal/ui/mute"
)

// version is set by the linker when a release is built.
var version = "dev"

func main() { start(time.Now) }

// start runs one command by that clock and exits.
func start(now func() time.Time) {
	harden()
	mute.Restore()
	signal.Ignore(syscall.SIGPIPE) // a closed pipe is a failed write, not a death in the middle of a refresh
	ctx, stop := context.WithCancelCause(context.Background())
	cobra.MousetrapHelpText = ""       // a double-click starts setup instead
	cobra.EnableCommandSorting = false // help lists commands in the order of their use
	secrets := map[string]string{}
	for _, name := range []string{secretEnv, apiKeyEnv} {
		secrets[name] = os.Getenv(name)
		_ = os.Unsetenv(name) // a browser started by us does not inherit it
	}
	env := func(name string) string {
		if secret, is := secrets[name]; is {
			return secret
		}
		return os.Getenv(name)
	}
	p := &program{in: os.Stdin, out: ui.NewOutput(os.Stdout), err: os.Stderr, env: env, now: now, languages: i18n.System, clicked: ui.DoubleClicked, self: os.Executable, sleep: pauseFor, begin: begin(stop)}
	os.Exit(int(p.run(ctx, os.Args[1:])))
}

// begin has signals stop what goes on instead of killing it. For the work of one
// goroutine it leaves one processor: with another, those of its connection wake
// a thread for each other all along, a tenth of a renewal's CPU.
func begin(stop context.CancelCauseFunc) func(alone bool) {
	var once sync.Once
	return func(alone bool) {
		once.Do(func() {
			if alone {
				runtime.GOMAXPROCS(1)
			}
			signals := make(chan os.Signal, 1)
			signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
			go func() {
				if <-signals == os.Interrupt {
					stop(ui.ErrInterrupted)
					return
				}
				stop(errTerminated)
			}()
		})
	}
}

// pauseFor waits, unless ctx ends first.
func pauseFor(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
