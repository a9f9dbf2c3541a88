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

// attempt is the refresh of one base, over all its tries.
type attempt struct {
	*Refresher
	base openfire.Base
	due  Due

	file       tokenfile.File // as it was last read or written
	unfinished time.Time      // when an earlier refresh with the same token began whose answer is lost
	posted     bool           // Entra was asked; if not, the file may be fresh because another process did
	refreshed  [2]bool        // the blocks that have their new access token: it is not asked for again
}

// refreshLocked locks the file, reads it again, refreshes the blocks that have no
// new token yet, and replaces the file. turn is called right before the first
// POST; its error ends the try.
func (a *attempt) refreshLocked(ctx context.Context, turn func() error) error {
	var refused error
	err := a.Store.UpdateTokens(ctx, a.base, func(ctx context.Context, f tokenfile.File, _ bool) (store.Change, error) {
		a.file = f
		if !f.Complete() {
			return nil, notConnected(a.base)
		}
		if !a.due.of(f, a.Now()) {
			return nil, nil // another process was faster
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
	if failed, is := errors.AsType[*disk.Error](err); is && failed.Kind == disk.Busy {
		if now, bad := a.load(a.base); bad == nil && !a.due.of(now, a.Now()) {
			a.file = now // the process that held the lock has refreshed it
			return nil
		}
	}
	if err != nil {
		return err
	}
	if _, answered := errors.AsType[*oauthflow.Error](refused); refused == nil || answered && a.unfinished.IsZero() {
		a.Store.MarkRefreshDone(a.base)
	}
	return refused
}

// refreshBlocks makes for each block the POST that the base will make. One
// refresh token serves all blocks, so each POST uses the one that the POST before
// returned. The change keeps what was received before a refusal or a signal; it
// is nil if that is nothing.
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

// refreshBlock refreshes one block. It rejects tokens issued to another account
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

// afterSignal is how long an answer is waited for after a signal.
const afterSignal = 35 * time.Second

// outliveSignal returns a context for a POST that a signal must not cut off, as
// its answer may hold the only good token. The deadline of a base ends it all
// the same.
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
