package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
)

func (p *program) sandboxCommand() *cobra.Command {
	cmd := p.command("sandbox", i18n.T("A simulated Microsoft and OpenFire, to practise on"),
		i18n.T("Keeps running until Ctrl+C, in memory and on this machine only. The mailbox chooses the fault:\naadsts7000215@client.fr plays a wrong secret. --json prints the --cloud file."))
	var o sandbox.Options
	f := cmd.Flags()
	f.StringVar(&o.Odoo, "odoo-version", "16.0", p.text(i18n.T("Odoo version of the simulated base")))
	f.BoolVar(&o.Strict, "strict", false, p.text(i18n.T("harder than Microsoft: a refresh token serves once only")))
	f.BoolVar(&o.NoModule, "no-module", false, p.text(i18n.T("without the Outlook module in the base")))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return p.keepSandbox(cmd.Context(), o) }
	return cmd
}

// sandboxBase is the base of the sandbox when none is named.
const sandboxBase = "mabase"

// startSandbox makes Microsoft a small one of our own, and says so.
func (p *program) startSandbox(ctx context.Context, o sandbox.Options) (err error) {
	o.Now = p.now
	if p.box, err = sandbox.Start(ctx, o); err != nil {
		return err
	}
	p.cloud = p.box.Cloud()
	if !p.flags.quiet && !p.flags.json {
		p.tell.Print(i18n.T("SANDBOX: everything happens on this machine, with a simulated Microsoft. Nothing is real."))
	}
	return nil
}

// keepSandbox runs the sandbox until Ctrl-C, which is its ordinary end.
func (p *program) keepSandbox(ctx context.Context, o sandbox.Options) error {
	p.begin(false)
	dir, err := p.sandboxDir()
	if err != nil {
		return err
	}
	o.CAFile = filepath.Join(dir, "ca.pem")
	if o.Base, err = openfire.ParseBase(sandboxBase); err != nil {
		return err
	}
	if err := p.startSandbox(ctx, o); err != nil {
		return err
	}
	body, err := json.Marshal(p.cloud)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "cloud.json")
	if err := os.WriteFile(file, append(body, '\n'), 0o600); err != nil {
		return err
	}
	if p.flags.json {
		_, _ = p.out.Write(append(body, '\n'))
	} else {
		p.sandboxBanner(file)
	}
	<-ctx.Done()
	return nil
}

// sandboxDir is where the files of --sandbox live, made if need be.
func (p *program) sandboxDir() (dir string, err error) {
	if dir = p.flags.dir; dir == "" {
		if dir, err = p.defaultDir(); err != nil {
			return "", err
		}
	}
	dir = filepath.Join(dir, "sandbox")
	return dir, os.MkdirAll(dir, 0o700)
}

// sandboxBanner says everything somebody needs to practise.
func (p *program) sandboxBanner(file string) {
	v, list := p.box.Values(), p.tell.On(p.out)
	list.Value(i18n.T("In another window"), "openfire-o365 setup "+sandboxBase+" --cloud "+file)
	list.Value(i18n.T("Application (client) ID"), v.ClientID)
	list.Value(i18n.T("Directory (tenant) ID"), v.TenantID)
	list.Value(i18n.T("Client secret (make-believe)"), v.Secret.Reveal())
	list.Value(i18n.T("Mailbox"), v.Mailbox)
	list.Value(i18n.T("The base's administrator, and his password (make-believe)"), v.Login+"  "+v.Password.Reveal())
	list.Value(i18n.T("Microsoft sign-in"), p.cloud.Login)
	list.Value(i18n.T("Base"), p.cloud.Base)
	list.Value(i18n.T("SMTP, IMAP"), p.cloud.SMTP+"  "+p.cloud.IMAP)
	list.Print(i18n.T("Ctrl+C to stop."))
}
