//go:build !linux

package azure

import "testing"

// blackHole is none: other kernels refuse where the queue is full.
func blackHole(*testing.T) string { return "" }
