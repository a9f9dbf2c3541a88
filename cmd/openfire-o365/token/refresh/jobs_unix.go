//go:build unix

package refreshcmd

import (
	"math"
	"syscall"
)

// maxJobs returns for how many jobs the limit of open files leaves room: each
// has its lock, the old and the new file, their folder and a connection open.
func maxJobs() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return math.MaxInt
	}
	const own, each = 32, 6
	if limit.Cur < own+each {
		return 1
	}
	return int(min((limit.Cur-own)/each, math.MaxInt32))
}
