//go:build unix

// Command spawn runs a command and prints what the kernel measured: wall and CPU
// time in microseconds, the maximal memory in KiB, and the exit code.
//
// It is a separate process because the kernel adds the memory of the parent at
// the start to that of the child, and this parent is as small as a Go program
// can be.
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
	if runtime.GOOS == "darwin" { // macOS counts bytes
		memory /= 1024
	}
	fmt.Println(wall.Microseconds(), (state.UserTime() + state.SystemTime()).Microseconds(), memory, state.ExitCode())
}
