// Package durability proves that no token is lost: it runs the real program under
// ptrace, kills it at every file and network call, makes every file call fail,
// cuts the power of its disk, and judges what is left. Before that it proves
// itself on ten planted bugs. It is for Linux on amd64:
//
//	go test -tags faults ./internal/dev/durability          # what each commit runs
//	go test -tags faults ./internal/dev/durability -whole   # everything, about an hour
//
// Planted bugs, mounts and other owners take root.
package durability
