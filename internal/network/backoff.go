package network

import (
	"context"
	"time"
)

// Poll calls done at once, and again after pauses that double from first to
// longest, until it reports true or fails. That limit is over is no error: Poll
// returns false. Otherwise the error is that of done or the context's.
func Poll(
	ctx context.Context, limit, first, longest time.Duration, done func(context.Context) (bool, error),
) (bool, error) {
	patience, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for pause := first; ; pause = min(2*pause, longest) {
		if is, err := done(patience); is || err != nil && patience.Err() == nil {
			return is, err
		}
		select {
		case <-patience.Done():
			return false, ctx.Err()
		case <-time.After(pause):
		}
	}
}
