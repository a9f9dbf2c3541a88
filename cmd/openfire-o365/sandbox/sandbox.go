// Package sandboxcmd is the command sandbox.
package sandboxcmd

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
)

// Command returns the command.
func Command(a *cli.App) *cobra.Command {
	cmd := a.Command("sandbox")
	var o sandbox.Options
	f := cmd.Flags()
	f.StringVar(&o.Odoo, "odoo-version", "16.0", "")
	f.BoolVar(&o.Strict, "strict", false, "")
	noModule := f.Bool("no-module", false, "")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *noModule {
			o.State = sandbox.NoModule
		}
		return run(cmd.Context(), a, o)
	}
	return cmd
}

// run keeps the sandbox running until the context ends, by Ctrl-C for instance.
func run(ctx context.Context, a *cli.App, o sandbox.Options) error {
	cli.CatchSignals(ctx)
	dir, err := a.SandboxDir()
	if err != nil {
		return err
	}
	unlock, err := lock(ctx, dir)
	if err != nil {
		return err
	}
	defer unlock()
	o.CAFile = filepath.Join(dir, "ca.pem")
	box, err := a.StartSandbox(ctx, o)
	if err != nil {
		return err
	}
	defer box.Close()
	body, err := json.Marshal(box.Cloud())
	if err != nil {
		return err
	}
	body = append(body, '\n')
	file := filepath.Join(dir, "cloud.json")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		return err
	}
	if a.Flags.JSON {
		_, _ = a.Out.Write(body)
	} else {
		printValues(a, box, file)
	}
	<-ctx.Done()
	return nil
}

// lock reserves the folder: a second sandbox there would replace the certificate of
// the first.
func lock(ctx context.Context, dir string) (unlock func(), err error) {
	folder, err := disk.Create(dir)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	unlock, err = folder.Lock(ctx, "sandbox.lock", 100*time.Millisecond)
	if failed, is := errors.AsType[*disk.Error](err); is && failed.Kind == disk.Busy {
		err = &problem.Problem{Exit: problem.Usage, ID: "dir",
			What: i18n.T("Another sandbox is running in %s.", dir),
			Do:   i18n.T("Use that one, or give this one its own folder with --dir.")}
	}
	return unlock, err
}

// printValues prints everything that somebody needs to practise.
func printValues(a *cli.App, box *sandbox.Sandbox, file string) {
	v, cloud, list := box.Values(), box.Cloud(), a.Results()
	list.Value(i18n.T("In another window"), "openfire-o365 setup "+cli.SandboxBase+" --cloud "+file)
	list.Value(i18n.T("Application (client) ID"), v.ClientID)
	list.Value(i18n.T("Directory (tenant) ID"), v.TenantID)
	list.Value(i18n.T("Client secret (simulated)"), v.Secret.Reveal())
	list.Value(i18n.T("Mailbox"), v.Mailbox)
	list.Value(i18n.T("Administrator of the base, and password (simulated)"), v.Login+"  "+v.Password.Reveal())
	list.Value(i18n.T("Microsoft sign-in"), cloud.Login)
	list.Value(i18n.T("Base"), cloud.Base)
	list.Value(i18n.T("SMTP, IMAP"), cloud.SMTP+"  "+azure.ServerName(cloud.IMAP))
	list.Print(i18n.T("Press Ctrl+C to stop."))
}
