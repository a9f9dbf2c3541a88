package draft

import (
	"context"
	"slices"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// retries says how long and how often Entra is asked about a new secret.
type retries struct{ limit, first, longest time.Duration }

// ProveTyped asks Entra about a secret that a person typed. One made in the portal
// a moment ago may be unknown, so it is tried again until limit. Only a secret
// that is surely wrong or expired is an error (see Refused).
func (d *Draft) ProveTyped(ctx context.Context, candidate tokenfile.File, limit time.Duration) error {
	refusal, err := d.prove(ctx, candidate, retries{limit, limit / 12, limit / 12}, faults.WrongSecret)
	if refusal != nil && (refusal.Code == faults.WrongSecret || refusal.Code == faults.ExpiredSecret) {
		return d.Refused(refusal)
	}
	return err
}

// ProveMade waits until Entra knows a secret that was just made, and its
// application; about a minute was seen.
func (d *Draft) ProveMade(ctx context.Context, candidate tokenfile.File) error {
	refusal, err := d.prove(ctx, candidate, retries{3 * time.Minute, time.Second, 10 * time.Second},
		faults.WrongSecret, faults.UnknownApplication)
	if refusal != nil {
		return refusal
	}
	return err
}

// prove asks until Entra answers otherwise than with one of the codes again, and
// returns its refusal; nil for any other answer.
func (d *Draft) prove(
	ctx context.Context, candidate tokenfile.File, t retries, again ...int,
) (*faults.Refusal, error) {
	defer d.Dialog.Tell.Wait(i18n.T("Microsoft checks the secret"))()
	now := d.Now
	end := now().Add(t.limit)
	for pause := t.first; ; pause = min(2*pause, t.longest) {
		refusal, refused := faults.AsRefusal(d.Prove(ctx, candidate))
		if !refused {
			return nil, ctx.Err()
		}
		if !slices.Contains(again, refusal.Code) || !now().Before(end) {
			return refusal, ctx.Err()
		}
		d.Dialog.Tell.SetReason(i18n.T("Microsoft does not know this secret yet: a fresh one takes up to a minute"))
		if err := d.Sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}
