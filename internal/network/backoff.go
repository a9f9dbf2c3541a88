package network

import (
	"context"
	"time"
)

// Backoff ranges over the tries of something that takes its time: the first at
// once, the next after pauses that double from first to longest. It ends when ctx
// does.
func Backoff(ctx context.Context, first, longest time.Duration) func(yield func() bool) {
	return func(yield func() bool) {
		for pause := first; yield(); pause = min(2*pause, longest) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
		}
	}
}
