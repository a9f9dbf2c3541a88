package main

import "golang.org/x/sys/unix"

// harden keeps the tokens in this process's memory from a core file and from
// other programs of the same account, /proc/PID/mem and debuggers among them
// (prctl(2), PR_SET_DUMPABLE). Where a sandbox forbids the calls, the work is
// done all the same.
func harden() {
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
}
