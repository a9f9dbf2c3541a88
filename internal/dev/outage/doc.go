// Package outage tests who must act on a network failure: the real program meets
// broken networks between it and Microsoft, with Microsoft's own names and ports, in
// network namespaces. The tests need the build tag faults, Linux and root.
package outage
