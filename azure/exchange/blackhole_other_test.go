//go:build !linux

package exchange

import "testing"

// blackHole is none: other kernels refuse where the queue is full.
func blackHole(*testing.T) string { return "" }
