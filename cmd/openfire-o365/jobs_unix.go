//go:build unix

package main

import "syscall"

// openJobs is for how many workers the limit of open files leaves room: each
// has its lock, the old and the new file, their folder and a connection open.
func openJobs() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return maxJobs
	}
	const own, each = 32, 6
	if limit.Cur < own+each {
		return 1
	}
	return int(min((limit.Cur-own)/each, maxJobs))
}
