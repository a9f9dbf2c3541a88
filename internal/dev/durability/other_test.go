//go:build faults && !(linux && amd64)

package durability

import "testing"

func TestFaults(t *testing.T) {
	t.Skip("the tracer knows the registers of Linux on amd64 only")
}
