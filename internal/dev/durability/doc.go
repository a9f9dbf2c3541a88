// Package durability checks that no token is lost: it runs the program under
// ptrace, kills it at every file and network call, makes every file call fail,
// cuts the power of its disk, and checks what is left. Ten planted bugs check the
// tests themselves. It works on Linux on amd64:
//
//	go test -tags faults ./internal/dev/durability          # as in CI
//	go test -tags faults ./internal/dev/durability -whole   # everything, about an hour
//
// Some tests need root, for mounts and files of other accounts.
package durability
