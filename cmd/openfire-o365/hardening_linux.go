package main

import "golang.org/x/sys/unix"

// harden keeps the tokens in memory out of core files, and away from other processes
// of the same user, such as debuggers (prctl(2), PR_SET_DUMPABLE). Errors are ignored:
// a container may forbid the calls.
func harden() {
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
}
