// Package tokens keeps access tokens valid: it refreshes the tokens of one base or
// of many, waits where Entra asks for it, and stores what earlier runs learned.
// Each refresh sends the same request that the base will send. The package prints
// nothing; the command reports the outcomes.
package tokens

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
	"github.com/openfire-fr/openfire-o365/oauthflow"
)

// Refresher refreshes the tokens of the files in a store. All fields are required.
type Refresher struct {
	Store *store.Store
	HTTP  *network.Client
	Cloud azure.Cloud
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error // returns an error if ctx ends first
	Log   *slog.Logger
}

// Due selects the access tokens to refresh. If several fields are set, the first
// one applies.
type Due struct {
	Always  bool          // refresh in any case
	Refused secret.String // refresh if the file still has this access token, which a server refused
	Age     time.Duration // refresh if the refresh token is older than this
	Margin  time.Duration // refresh if an access token expires within this time
}

// of reports whether the tokens of f are due at now. A token that expires in more
// than a day, or was issued more than a day in the future, was written under a
// wrong clock and is due too.
func (d Due) of(f tokenfile.File, now time.Time) bool {
	switch {
	case d.Always:
		return true
	case !d.Refused.Empty():
		return f.Mail.Access == d.Refused
	case d.Age > 0:
		age := now.Sub(f.Azure.RefreshIssued)
		return age > d.Age || age < -24*time.Hour
	}
	for _, b := range f.Blocks() {
		if left := b.Tokens.Left(now); left < d.Margin || left > 25*time.Hour {
			return true
		}
	}
	return false
}

// Valid returns the token file of a base with access tokens that are not due. If
// they are due, it locks the file, reads it again, refreshes the tokens and
// replaces the file; otherwise it takes no lock and sends nothing. Errors are
// *faults.Refusal, *problem.Problem, *disk.Error, or those of oauthflow, the
// network or the context; Explain and network.Problem turn them into a
// *problem.Problem. The file returned with a *faults.Refusal is the one on the
// disk.
func (r *Refresher) Valid(ctx context.Context, b openfire.Base, when Due) (tokenfile.File, error) {
	file, err := r.load(b)
	if err != nil {
		return file, err
	}
	if !when.of(file, r.Now()) {
		r.Store.RemoveStale(ctx, b)
		return file, nil
	}
	a := attempt{Refresher: r, base: b, due: when}
	err = Refusal(a.refreshLocked(ctx, func() error { return nil }))
	r.remember(a, err)
	return a.file, err
}

// remember stores what an attempt learned about the tokens, for the next run and
// for monitors. A command that prints the error itself does not keep token refresh
// from reporting it too.
func (r *Refresher) remember(a attempt, err error) {
	was, now := about(r.Store.State(a.base), a.file), r.Now().UTC()
	state := was
	switch _, refused := faults.AsRefusal(err); {
	case refused:
		state, _ = afterFailure(was, r.Problem(err), err, a.file.Azure.RefreshIssued, now)
		state.Token, state.Told = tokenKey(a.file), was.Told
	case err == nil && a.posted:
		state = afterSuccess(was, a.file, true, now)
	}
	if state != was {
		_ = r.Store.SaveState(a.base, state)
	}
}

// State returns the stored state of a file's tokens.
func (r *Refresher) State(f tokenfile.File) store.State { return about(r.Store.State(f.Base), f) }

// Prove checks whether Entra accepts the application's secret. It requests a Graph
// token for the application itself (RFC 6749 section 4.4), which has no
// permissions, from the tenant's own endpoint. A *faults.Refusal is Entra's answer;
// other errors say nothing about the secret.
func (r *Refresher) Prove(ctx context.Context, f tokenfile.File) error {
	url := r.Cloud.TenantTokenURL(f.Azure.TenantID)
	return Refusal(r.Client(f).ClientCredentials(ctx, url, "https://graph.microsoft.com/.default"))
}

// Client returns the OAuth client of a token file, with the endpoints that its base
// uses.
func (r *Refresher) Client(f tokenfile.File) oauthflow.Config {
	endpoint := r.Cloud.Endpoint(f.Client.Endpoint)
	return oauthflow.Config{ClientID: f.Client.ID, Secret: f.Client.Secret, HTTP: r.HTTP, Now: r.Now,
		Authorize: endpoint + "authorize", Token: endpoint + "token"}
}

// load reads a base's file, which must contain all that a refresh needs.
func (r *Refresher) load(b openfire.Base) (tokenfile.File, error) {
	file, err := r.Store.Load(b)
	if err == nil && !file.Complete() {
		err = notConnected(b)
	}
	if err == nil {
		err = r.Cloud.CheckEndpoint(file.Client.Endpoint)
	}
	return file, err
}

func notConnected(b openfire.Base) *problem.Problem {
	return &problem.Problem{Exit: problem.SignIn, ID: "token.refresh", What: i18n.T("The mailbox is not connected yet."),
		Do: i18n.T("Run \"openfire-o365 setup %s\".", b.Name())}
}

// Refusal returns the *faults.Refusal for an *oauthflow.Error in err, and any other
// err unchanged, including a *PauseError.
func Refusal(err error) error {
	refused, is := errors.AsType[*oauthflow.Error](err)
	if _, paused := errors.AsType[*PauseError](err); !is || paused {
		return err
	}
	r := faults.EntraRefusal(refused.Codes, refused.Code, refused.Status, refused.Description, refused.TraceID)
	if r.RetryAfter = refused.RetryAfter; refused.Foreign != "" {
		r.What, r.Detail = i18n.T("The server is temporarily unavailable: %s.", refused.Foreign), ""
	}
	return r
}

// IssuedToOther returns the client ID of the application that a token of the file
// was issued to if it is not the file's own, else "". The file's secret cannot
// refresh such tokens.
func IssuedToOther(file tokenfile.File) string {
	for _, b := range file.Blocks() {
		token, _ := azure.ParseClaims(b.Tokens.Access)
		if app := token.App(); app != "" && !strings.EqualFold(app, file.Client.ID) {
			return app
		}
	}
	return ""
}
