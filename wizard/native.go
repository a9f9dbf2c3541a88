package wizard

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
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// Native lets the base sign in by itself: client id and secret are written, a
// server is made, and the administrator opens the base's own sign-in address.
// No token passes through this program.
func (a *Apply) Native(ctx context.Context, to openfire.Base) error {
	file, err := a.application(ctx, to)
	if err != nil {
		return err
	}
	b, err := a.signIn(ctx, to, file)
	if err != nil {
		return err
	}
	if err := b.mayWrite(ctx); err != nil {
		return err
	}
	plan := apply.NewPlan(b.survey, file)
	b.difference(plan)
	if a.DryRun {
		return nil
	}
	if err := b.agreed(ctx, plan); err != nil {
		return err
	}
	if err := b.write(ctx, plan); err != nil {
		return err
	}
	if err := b.look(ctx); err != nil {
		return err
	}
	server, _ := b.survey.OutgoingServer(file.Mailbox())
	if err := b.connectItself(ctx, server); err != nil {
		return err
	}
	if fetch, found := b.survey.IncomingServer(file.Mailbox()); file.Fetch != nil && found {
		if err := b.connectItself(ctx, fetch); err != nil {
			return err
		}
	}
	return b.finish(ctx)
}

// application is what the token file holds of a set-up, begun or finished; what
// is missing is asked for, and kept nowhere.
func (a *Apply) application(ctx context.Context, to openfire.Base) (tokenfile.File, error) {
	file, err := a.Store.Load(to)
	if errors.Is(err, fs.ErrNotExist) {
		file, err = tokenfile.New(to, ""), nil
	}
	if err != nil {
		return file, err
	}
	known := questions(a.Now())
	ask := func(id string, title i18n.Text) (answer string) {
		q := known[id]
		if q.Title = title; id == "client-secret" {
			q.Check = func(v string) (_ string, err error) {
				file.Client.Secret, _, err = openfire.ParseSecret(v)
				return "", err
			}
		}
		if err == nil {
			answer, err = a.Ask.Ask(ctx, q)
		}
		return answer
	}
	if file.Client.ID == "" {
		file.Client.ID = ask("client-id", i18n.T("Application (client) ID"))
	}
	if file.Client.Secret.Empty() {
		ask("client-secret", i18n.T("Value of the client secret"))
	}
	if file.Mailbox() == "" {
		if mailbox := ask("mailbox", i18n.T("Which mailbox sends OpenFire's mail?")); err == nil {
			file.SetMailbox(mailbox, false)
		}
	}
	return file, err
}

// connectItself opens the base's sign-in address and waits until the base says
// that it holds new tokens.
func (b *base) connectItself(ctx context.Context, server openfire.Server) error {
	before, err := b.marked(ctx, server)
	if err != nil {
		return err
	}
	address, err := b.address(ctx, server)
	if err != nil {
		return err
	}
	if b.Apply.URL != nil {
		b.Apply.URL(address)
	}
	b.Tell.Print(i18n.T("Open this address in the browser in which you are logged in to %s as administrator, and sign in at Microsoft as %s (5 minutes):", b.Base.URL(), b.file.Mailbox()))
	b.Tell.Address(address)
	if b.Open != nil {
		go func() { _ = b.Open(address) }()
	}
	defer b.Tell.Wait(browser)()
	patience, cancel := context.WithTimeout(ctx, signInTime)
	defer cancel()
	for wait := 500 * time.Millisecond; ; wait = min(2*wait, 3*time.Second) {
		now, err := b.remote.TokenExpiration(patience, server)
		switch {
		case err == nil && now != 0 && now != before:
			b.Tell.Done(i18n.T("The base says that it is connected (%s).", server.Model))
			return nil
		case err != nil && patience.Err() == nil:
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-patience.Done():
			return &problem.Problem{Exit: problem.SignIn, ID: "sign-in", What: i18n.T("The base got no token within 5 minutes."),
				Do: i18n.T("If the browser shows a page of the base with an error, \"openfire-o365 explain\" translates it; else try again.")}
		case <-time.After(wait):
		}
	}
}

// marked shortens an access token that the base has already to just beyond the
// wait: a new one, of an hour or more, cannot end at that moment by chance, and
// the base will not renew the old one meanwhile, which would look like a sign-in.
func (b *base) marked(ctx context.Context, server openfire.Server) (int64, error) {
	before, err := b.remote.TokenExpiration(ctx, server)
	short := b.Now().Add(signInTime + time.Minute).Unix()
	if err != nil || before <= short {
		return before, err
	}
	return short, b.remote.SetTokenExpiration(ctx, server, short)
}

// address asks the base for its sign-in address, and looks at every part of it.
func (b *base) address(ctx context.Context, server openfire.Server) (string, error) {
	address, err := b.remote.SignInURL(ctx, server)
	if err != nil {
		return "", err
	}
	return address, b.trusted(address, server)
}

// trusted: the address leads to Microsoft, for this application, this record,
// this mail scope, and back to this base.
func (b *base) trusted(address string, server openfire.Server) error {
	u, err := url.Parse(address)
	bad := func(field string) error {
		return &problem.Problem{Exit: problem.Safety, ID: "base.sign-in",
			What: i18n.T("The sign-in address that the base gives is not the expected one (%s): it is not opened.", field),
			Do:   i18n.T("Compare web.base.url and microsoft_outlook.endpoint in Technical > System Parameters; else tell OpenFire support.")}
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
	login, tenant, _ := strings.Cut(strings.TrimPrefix(u.String(), b.Cloud.Login), "/")
	tenant, path, _ := strings.Cut(tenant, "/")
	switch {
	case !strings.HasPrefix(u.String(), b.Cloud.Login) || login != "" || tenant == "" || path != "oauth2/v2.0/authorize" || u.User != nil || u.Fragment != "":
		return bad(sanitize.Line(u.Host))
	case q.Get("client_id") != b.file.Client.ID:
		return bad("client_id")
	case q.Get("redirect_uri") != b.RedirectURI():
		return bad("redirect_uri " + sanitize.Line(q.Get("redirect_uri")))
	case q.Get("response_type") != "code":
		return bad("response_type")
	case len(azure.MissingScopes(q.Get("scope"), scope)) > 0:
		return bad("scope")
	case json.Unmarshal([]byte(q.Get("state")), &state) != nil || state.Model != server.Model || state.ID != server.ID():
		return bad("state")
	}
	return nil
}
