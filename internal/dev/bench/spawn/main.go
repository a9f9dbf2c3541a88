//go:build unix

// Command spawn runs a command and prints what the kernel says it took: wall
// and CPU time in microseconds, the most memory it held in KiB, its exit code.
//
// It is a process of its own because the kernel counts as a child's what its
// parent held when the child was started: this parent is as small as the
// smallest Go program, the one that asks for the figures is not.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

func main() {
	path, err := exec.LookPath(os.Args[1])
	if err != nil {
		panic(err)
	}
	nothing, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	start := time.Now()
	p, err := os.StartProcess(path, os.Args[1:], &os.ProcAttr{Files: []*os.File{os.Stdin, nothing, os.Stderr}})
	if err != nil {
		panic(err)
	}
	state, err := p.Wait()
	wall := time.Since(start)
	if err != nil {
		panic(err)
	}
	memory := state.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS == "darwin" { // counts bytes there
		memory /= 1024
	}
	fmt.Println(wall.Microseconds(), (state.UserTime() + state.SystemTime()).Microseconds(), memory, state.ExitCode())
}
