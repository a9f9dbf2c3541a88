package tokens

import (
	"context"
	"errors"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
	"github.com/openfire-fr/openfire-o365/oauthflow"
)

// attempt is the refresh of one base, across all tries.
type attempt struct {
	*Refresher
	base openfire.Base
	due  Due

	file       tokenfile.File // as last read or written
	unfinished time.Time      // start of an earlier refresh of the same token whose answer was lost
	posted     bool           // a request was sent; if not, another process may have refreshed the file
	refreshed  [2]bool        // blocks that already have a new access token
}

// refreshLocked locks the file, reads it again, refreshes the blocks that have no
// new token yet, and replaces the file. It calls turn immediately before the first
// POST and returns its error.
func (a *attempt) refreshLocked(ctx context.Context, turn func() error) error {
	var refused error
	old := a.file
	err := a.Store.UpdateTokens(ctx, a.base, func(ctx context.Context, f tokenfile.File, _ bool) (store.Change, error) {
		a.file, old = f, f
		if !f.Complete() {
			return nil, notConnected(a.base)
		}
		if err := a.Cloud.CheckEndpoint(f.Client.Endpoint); err != nil { // it may have been changed meanwhile
			return nil, err
		}
		if !a.due.of(f, a.Now()) {
			return nil, nil // another process has refreshed the file
		}
		if err := turn(); err != nil {
			return nil, err
		}
		var change func(*tokenfile.File)
		a.posted, a.unfinished = true, a.Store.MarkRefreshStarted(a.base, f.Mail.Refresh.Digest())
		change, refused = a.refreshBlocks(ctx)
		if change != nil {
			change(&a.file)
		}
		return change, nil
	})
	if err != nil {
		return a.notSaved(err, old)
	}
	if _, answered := errors.AsType[*oauthflow.Error](refused); refused == nil || answered && a.unfinished.IsZero() {
		a.Store.MarkRefreshDone(a.base)
	}
	return refused
}

// notSaved returns the error of an update, or nil if another process held the lock
// and has refreshed the file. old is the file before the update.
func (a *attempt) notSaved(err error, old tokenfile.File) error {
	failed, onDisk := errors.AsType[*disk.Error](err)
	if onDisk && failed.Kind == disk.Busy {
		if now, bad := a.load(a.base); bad == nil && !a.due.of(now, a.Now()) {
			a.file = now
			return nil
		}
	}
	if !onDisk || !failed.InPlace() {
		a.file = old // the new tokens are not in the token file
	}
	return err
}

// refreshBlocks sends, for each block, the same POST that the base will send. All
// blocks share one refresh token, so each POST uses the token returned by the
// previous one. change stores what was received before a failure or a signal; it is
// nil if nothing was received.
func (a *attempt) refreshBlocks(ctx context.Context) (change func(*tokenfile.File), failure error) {
	outlive, cancel := outliveSignal(ctx)
	defer cancel()
	client, refresh := a.Client(a.file), a.file.Mail.Refresh
	got := map[int]oauthflow.Token{}
	rotated := false
	for i, b := range a.file.Blocks() {
		if a.refreshed[i] {
			continue
		}
		if len(got) > 0 && ctx.Err() != nil {
			break
		}
		token, err := a.refreshBlock(outlive, client, b, refresh)
		if !token.Refresh.Empty() {
			refresh, rotated = token.Refresh, true
		}
		if failure = err; err != nil {
			break
		}
		got[i], a.refreshed[i] = token, true
	}
	if len(got) == 0 && !rotated {
		return nil, failure
	}
	now := a.Now()
	return func(f *tokenfile.File) {
		if rotated {
			f.Azure.RefreshIssued = now
		}
		for i, b := range f.Blocks() {
			b.Tokens.Refresh = refresh
			if token, ok := got[i]; ok {
				b.Tokens.Access, b.Tokens.Expiration = token.Access, now.Add(token.Lifetime).Unix()
			}
		}
	}, failure
}

// refreshBlock refreshes one block. It rejects tokens issued to an account other
// than the one that signed in.
func (a *attempt) refreshBlock(ctx context.Context, client oauthflow.Config, b tokenfile.Block,
	refresh secret.String) (oauthflow.Token, error) {
	token, err := client.Refresh(ctx, refresh, b.Scope, a.file.Base.RedirectURI())
	for _, note := range token.Notes {
		a.Log.Debug("token answer", "base", a.file.Base.Host(), "note", note)
	}
	if err == nil && token.ID != nil {
		if err = token.ID.Of(a.file.Azure.SignedInOID, a.file.Azure.TenantID); err != nil {
			return oauthflow.Token{}, err
		}
	}
	return token, err
}

// afterSignal is how long to wait for an answer after a signal.
const afterSignal = 35 * time.Second

// outliveSignal returns a context for a POST that a signal must not cancel, because
// its answer may contain the only valid token. The deadline of ctx still applies.
func outliveSignal(ctx context.Context) (context.Context, context.CancelFunc) {
	inner, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			cancel(ctx.Err())
		} else {
			time.AfterFunc(afterSignal, func() { cancel(nil) })
		}
	})
	return inner, func() { stop(); cancel(nil) }
}
