package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/apply"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/wizard/signin"
)

// Native lets the base sign in by itself: it writes the client id and secret,
// creates a server, and opens the sign-in address of the base in the browser. The
// tokens do not pass through this program.
func (t *Transfer) Native(ctx context.Context, to openfire.Base) error {
	file, err := t.application(ctx, to)
	if err != nil {
		return err
	}
	b, err := t.signIn(ctx, to, file)
	if err != nil {
		return err
	}
	plan := apply.NewPlan(b.config, file)
	b.list(plan)
	if t.DryRun {
		return nil
	}
	if err := b.write(ctx, plan); err != nil {
		return err
	}
	if err := b.read(ctx); err != nil {
		return err
	}
	server, _ := b.config.OutgoingServer(file.Accounts()...)
	if err := b.connectItself(ctx, server); err != nil {
		return err
	}
	if fetch, found := b.config.IncomingServer(file.Accounts()...); file.Fetch != nil && found {
		if err := b.connectItself(ctx, fetch); err != nil {
			return err
		}
	}
	return b.finish(ctx)
}

// application returns the token file of a finished or unfinished setup. It asks for
// missing values and does not save them.
func (t *Transfer) application(ctx context.Context, to openfire.Base) (tokenfile.File, error) {
	file, err := t.Store.Load(to)
	if errors.Is(err, fs.ErrNotExist) {
		file, err = tokenfile.New(to, ""), nil
	}
	if err == nil && file.Client.ID == "" {
		file.Client.ID, err = t.Dialog.Ask(ctx, prompt.Question{ID: "client-id",
			Title: i18n.T("Application (client) ID")})
	}
	if err == nil && file.Client.Secret.Empty() {
		file.Client.Secret, err = t.Dialog.AskSecret(ctx, prompt.Question{ID: "client-secret",
			Title: i18n.T("Value of the client secret")})
	}
	if err != nil || file.Mailbox() != "" {
		return file, err
	}
	mailbox, err := t.Dialog.Ask(ctx, prompt.Question{ID: "mailbox",
		Title: i18n.T("Which mailbox sends OpenFire's mail?")})
	if err == nil {
		file.SetMailbox(mailbox, false)
	}
	return file, err
}

// connectItself opens the sign-in address of the base and waits until the base
// reports new tokens.
func (t *target) connectItself(ctx context.Context, server openfire.Server) error {
	before, err := t.shortenExpiration(ctx, server)
	if err != nil {
		return err
	}
	address, err := t.client.SignInURL(ctx, server)
	if err != nil {
		return err
	}
	if err := t.checkAddress(address, server); err != nil {
		return err
	}
	t.Dialog.Machine.Address(address)
	t.Dialog.Tell.Print(i18n.T("Open this address in the browser where you are logged in to %s as an "+
		"administrator, and sign in to Microsoft as %s within 5 minutes:",
		t.base.URL(), t.file.Mailbox()))
	t.Dialog.Tell.Address(address)
	if t.Open != nil {
		go func() { _ = t.Open(address) }()
	}
	defer t.Dialog.Tell.Wait(signin.Waiting)()
	connected, err := network.Poll(ctx, signin.Timeout, 500*time.Millisecond, 3*time.Second,
		func(ctx context.Context) (bool, error) {
			now, err := t.client.TokenExpiration(ctx, server)
			return err == nil && now != 0 && now != before, err
		})
	switch {
	case err != nil:
		return err
	case connected:
		t.Dialog.Tell.Done(i18n.T("The base reports that it is connected (%s).", server.Model))
		return nil
	}
	return &problem.Problem{Exit: problem.SignIn, ID: "sign-in", What: i18n.T("The base did not receive a token " +
		"within 5 minutes."),
		Do: i18n.T("If the browser shows an error of the base, run \"openfire-o365 explain\" with its text. " +
			"Otherwise try again.")}
}

// shortenExpiration sets the expiration of an existing access token to just after
// the time limit of the sign-in, and returns it. The base then does not renew the
// token during the wait, which would look like a sign-in, and a new token, valid for
// an hour or more, has another expiration.
func (t *target) shortenExpiration(ctx context.Context, server openfire.Server) (int64, error) {
	before, err := t.client.TokenExpiration(ctx, server)
	short := t.Now().Add(signin.Timeout + time.Minute).Unix()
	if err != nil || before <= short {
		return before, err
	}
	return short, t.client.Set(ctx, server, openfire.ExpirationField, short)
}

// checkAddress rejects an address that is not Microsoft's authorization endpoint
// with this application, record, scope and redirect URI.
func (t *target) checkAddress(address string, server openfire.Server) error {
	u, err := url.Parse(address)
	bad := func(field string) error {
		return &problem.Problem{Exit: problem.Safety, ID: "base.sign-in",
			What: i18n.T("The sign-in address from the base is not the expected one (%s). It was not opened.", field),
			Do: i18n.T("Check web.base.url and microsoft_outlook.endpoint in Technical > System Parameters. If " +
				"they are correct, contact OpenFire support.")}
	}
	if err != nil || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return bad("URL")
	}
	q := u.Query()
	scope := azure.ScopeSMTP
	if server.Model == openfire.FetchModel {
		scope = azure.ScopeIMAP
	}
	var state struct {
		Model string `json:"model"`
		ID    int    `json:"id"`
	}
	u.RawQuery = ""
	path, atLogin := strings.CutPrefix(u.String(), t.Cloud.Login+"/")
	tenant, endpoint, _ := strings.Cut(path, "/")
	switch {
	case !atLogin || tenant == "" || endpoint != "oauth2/v2.0/authorize" || u.User != nil || u.Fragment != "":
		return bad(sanitize.Line(u.Host))
	case q.Get("client_id") != t.file.Client.ID:
		return bad("client_id")
	case q.Get("redirect_uri") != t.base.RedirectURI():
		return bad("redirect_uri " + sanitize.Line(q.Get("redirect_uri")))
	case q.Get("response_type") != "code":
		return bad("response_type")
	case len(azure.MissingScopes(q.Get("scope"), scope)) > 0:
		return bad("scope")
	case json.Unmarshal([]byte(q.Get("state")), &state) != nil ||
		state.Model != server.Model || state.ID != server.ID():
		return bad("state")
	}
	return nil
}
