//go:build faults && linux && amd64

package durability

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// call is a system call on the token folder or the network. Calls are counted
// over all threads in the order in which they begin, as Go moves goroutines from
// thread to thread.
type call struct {
	n      int // from 1
	name   string
	path   string // of a file, from the token folder ("." is the folder itself); "net" for a socket
	target string // of a rename
	args   [6]uint64
	ret    int64
	forced bool // not executed; ret is what the program was given
}

func (c call) String() string {
	return strings.TrimRight(fmt.Sprintf("%d %s %s %s", c.n, c.name, c.path, c.target), " ")
}

func (c call) file() bool { return c.path != "net" }

// shape describes which arguments of a call are a file descriptor, or a path
// relative to one.
type shape struct {
	name    string
	fd, at  int // argument of the descriptor, of the path; -1 is none
	fd2, to int // of a rename
}

func byFD(name string) shape   { return shape{name, 0, -1, -1, -1} }
func byPath(name string) shape { return shape{name, 0, 1, -1, -1} }

var shapes = map[uint64]shape{
	unix.SYS_OPENAT: byPath("open"), unix.SYS_NEWFSTATAT: byPath("stat"), unix.SYS_MKDIRAT: byPath("mkdir"), unix.SYS_UNLINKAT: byPath("unlink"),
	unix.SYS_FCHOWNAT: byPath("chown"), unix.SYS_FCHMODAT: byPath("chmod"), unix.SYS_READLINKAT: byPath("readlink"), unix.SYS_SYMLINKAT: {"symlink", 1, 2, -1, -1},
	unix.SYS_RENAMEAT: {"rename", 0, 1, 2, 3}, unix.SYS_RENAMEAT2: {"rename", 0, 1, 2, 3}, unix.SYS_LINKAT: {"link", 0, 1, 2, 3},
	unix.SYS_READ: byFD("read"), unix.SYS_WRITE: byFD("write"), unix.SYS_PREAD64: byFD("pread"), unix.SYS_PWRITE64: byFD("pwrite"),
	unix.SYS_FSYNC: byFD("fsync"), unix.SYS_FDATASYNC: byFD("fdatasync"), unix.SYS_FTRUNCATE: byFD("truncate"), unix.SYS_FALLOCATE: byFD("allocate"),
	unix.SYS_FCHMOD: byFD("chmod"), unix.SYS_FCHOWN: byFD("chown"), unix.SYS_FLOCK: byFD("flock"), unix.SYS_FSTAT: byFD("fstat"),
	unix.SYS_CLOSE: byFD("close"), unix.SYS_GETDENTS64: byFD("list"), unix.SYS_LSEEK: byFD("seek"),
	unix.SYS_FLISTXATTR: byFD("listxattr"), unix.SYS_FGETXATTR: byFD("getxattr"), unix.SYS_FSETXATTR: byFD("setxattr"), unix.SYS_FREMOVEXATTR: byFD("removexattr"),
	unix.SYS_SOCKET: byFD("socket"), unix.SYS_CONNECT: byFD("connect"), unix.SYS_BIND: byFD("bind"), unix.SYS_LISTEN: byFD("listen"), unix.SYS_ACCEPT4: byFD("accept"),
	unix.SYS_GETSOCKOPT: byFD("getsockopt"), unix.SYS_SETSOCKOPT: byFD("setsockopt"), unix.SYS_GETSOCKNAME: byFD("getsockname"), unix.SYS_GETPEERNAME: byFD("getpeername"),
	unix.SYS_SENDTO: byFD("send"), unix.SYS_RECVFROM: byFD("receive"), unix.SYS_SHUTDOWN: byFD("shutdown"),
}

// verdict decides what happens to a call that is about to begin.
type verdict struct {
	kill  bool
	skip  bool // not executed; it returns ret
	ret   int64
	short uint64 // of a write: the number of bytes to write; 0 for all
}

var (
	pass = verdict{}
	kill = verdict{kill: true}
)

func errno(e syscall.Errno) verdict { return verdict{skip: true, ret: -int64(e)} }

// tracer runs one program, call by call.
type tracer struct {
	dir   string             // the token folder
	enter func(call) verdict // before each call; nil lets all pass
	calls []call             // finished, in the order of their ends

	pid     int
	memory  *os.File
	count   int
	fds     map[uint64]string
	threads map[int]*thread
}

// thread is a thread of the program.
type thread struct {
	call   *call // nil when the call is not traced
	forced verdict
}

// outcome is how a traced program ended.
type outcome struct {
	code   int // exit code; -1 when a signal ended it
	signal syscall.Signal
	killed bool // by a verdict
	out    string
	err    string
	calls  []call
}

// trace runs a command to its end. Its output goes to files, so that no goroutine
// of os/exec waits for the process.
func (t *tracer) trace(cmd *exec.Cmd) (o outcome, err error) {
	runtime.LockOSThread() // the kernel knows the tracer by its thread
	defer runtime.UnlockOSThread()
	out, err := outputs(cmd)
	if err != nil {
		return o, err
	}
	defer func() {
		o.out, o.err, o.calls = out[0].take(), out[1].take(), t.calls
	}()
	cmd.Env = append(cmd.Env[:len(cmd.Env):len(cmd.Env)], shimEnv+"="+cmd.Path)
	if cmd.Path, err = os.Executable(); err != nil {
		return o, err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		return o, err
	}
	t.pid, t.fds, t.threads = cmd.Process.Pid, map[uint64]string{}, map[int]*thread{}
	defer cmd.Process.Release()
	var ws unix.WaitStatus
	if _, err := unix.Wait4(t.pid, &ws, unix.WALL, nil); err != nil {
		return o, err
	}
	defer func() { _ = t.memory.Close() }()
	const options = unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_TRACESECCOMP | unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_EXITKILL
	if err := unix.PtraceSetOptions(t.pid, options); err != nil {
		return o, err
	}
	guard := time.AfterFunc(patience, func() { _ = unix.Kill(t.pid, unix.SIGABRT) }) // prints the stacks
	defer guard.Stop()
	return t.follow(&o)
}

// patience is the time limit of a run, which takes a tenth of a second.
const patience = 2 * time.Minute

// follow handles the stops of the process until it has ended.
func (t *tracer) follow(o *outcome) (outcome, error) {
	next, signal := t.pid, 0
	for {
		if next != 0 {
			if err := t.resume(next, signal); err != nil && err != unix.ESRCH {
				return *o, err
			}
		}
		var ws unix.WaitStatus
		tid, err := unix.Wait4(-1, &ws, unix.WALL|unix.WNOTHREAD, nil)
		if err == unix.EINTR {
			next = 0
			continue
		}
		if err != nil {
			return *o, err
		}
		next, signal = tid, 0
		switch {
		case ws.Exited(), ws.Signaled():
			delete(t.threads, tid)
			next = 0
			if tid == t.pid {
				o.code = ws.ExitStatus()
				if ws.Signaled() {
					o.signal = ws.Signal()
				}
				return *o, nil
			}
		case ws.StopSignal() == unix.SIGTRAP|0x80:
			t.leave(tid)
		case ws.StopSignal() == unix.SIGTRAP:
			if killed, err := t.event(tid, ws.TrapCause()); err != nil {
				return *o, err
			} else if killed {
				o.killed = true
				_ = unix.Kill(t.pid, unix.SIGKILL)
			}
		case ws.StopSignal() == unix.SIGSTOP && t.threads[tid] == nil: // a new thread
			t.threads[tid] = &thread{}
		default:
			signal = int(ws.StopSignal())
		}
	}
}

// resume lets a thread run to the end of a traced call, or to the next one.
func (t *tracer) resume(tid, signal int) error {
	if th := t.threads[tid]; th != nil && th.call != nil {
		return unix.PtraceSyscall(tid, signal)
	}
	return unix.PtraceCont(tid, signal)
}

// event handles a ptrace event: the shim has executed the program, or a call of
// shapes is about to begin. It reports whether the program is to be killed.
func (t *tracer) event(tid, cause int) (killed bool, err error) {
	switch cause {
	case unix.PTRACE_EVENT_EXEC:
		t.memory, err = os.Open(fmt.Sprintf("/proc/%d/mem", t.pid))
	case unix.PTRACE_EVENT_SECCOMP:
		var regs unix.PtraceRegsAmd64
		if t.memory == nil || unix.PtraceGetRegsAmd64(tid, &regs) != nil {
			return false, nil
		}
		th := t.threads[tid]
		if th == nil {
			th = &thread{}
			t.threads[tid] = th
		}
		if th.call = t.about(&regs); th.call != nil {
			return t.begin(tid, th, &regs), nil
		}
	}
	return false, err
}

// leave handles the end of a call.
func (t *tracer) leave(tid int) {
	th := t.threads[tid]
	var regs unix.PtraceRegsAmd64
	if th == nil || th.call == nil || unix.PtraceGetRegsAmd64(tid, &regs) != nil {
		return
	}
	if th.forced.skip {
		regs.Rax = uint64(th.forced.ret)
		_ = unix.PtraceSetRegsAmd64(tid, &regs)
	}
	th.call.ret, th.call.forced = int64(regs.Rax), th.forced.skip
	t.end(*th.call)
	th.call = nil
}

// begin applies the verdict on a call, and reports whether to kill the program.
func (t *tracer) begin(tid int, th *thread, regs *unix.PtraceRegsAmd64) bool {
	t.count++
	th.call.n, th.forced = t.count, pass
	if t.enter != nil {
		th.forced = t.enter(*th.call)
	}
	switch {
	case th.forced.kill:
		return true
	case th.forced.skip && th.call.name == "close": // Linux closes it even if it returns an error
	case th.forced.skip:
		regs.Orig_rax = ^uint64(0) // an invalid number: the call is not executed
		_ = unix.PtraceSetRegsAmd64(tid, regs)
	case th.forced.short > 0 && regs.Rdx > th.forced.short:
		regs.Rdx = th.forced.short
		_ = unix.PtraceSetRegsAmd64(tid, regs)
	}
	if th.call.name == "close" {
		delete(t.fds, th.call.args[0]) // before another thread is given the number
	}
	return false
}

// end records a call, and the descriptor that it has opened.
func (t *tracer) end(c call) {
	t.calls = append(t.calls, c)
	if c.ret >= 0 && !c.forced && (c.name == "open" || c.name == "socket" || c.name == "accept") {
		t.fds[uint64(c.ret)] = c.path
	}
}

// about returns a call on the token folder or the network, nil for others.
func (t *tracer) about(regs *unix.PtraceRegsAmd64) *call {
	s, ok := shapes[regs.Orig_rax]
	if !ok {
		return nil
	}
	c := &call{name: s.name, args: [6]uint64{regs.Rdi, regs.Rsi, regs.Rdx, regs.R10, regs.R8, regs.R9}}
	if s.name == "socket" {
		c.path = "net"
		return c
	}
	if s.at < 0 {
		if c.path, ok = t.fds[c.args[s.fd]]; !ok {
			return nil
		}
		return c
	}
	if c.path, ok = t.named(c.args[s.fd], c.args[s.at]); !ok {
		return nil
	}
	if s.to >= 0 {
		c.target, _ = t.named(c.args[s.fd2], c.args[s.to])
	}
	return c
}

// named returns the path, relative to the token folder, that a descriptor and a
// string in the program's memory name.
func (t *tracer) named(fd, at uint64) (string, bool) {
	buffer := make([]byte, 512)
	n, _ := t.memory.ReadAt(buffer, int64(at))
	end := bytes.IndexByte(buffer[:n], 0)
	if end < 0 {
		return "", false
	}
	path := string(buffer[:end])
	if !filepath.IsAbs(path) {
		folder, ours := t.fds[fd]
		return filepath.Join(folder, path), ours && folder != "net"
	}
	rel, err := filepath.Rel(t.dir, path)
	return rel, err == nil && !strings.HasPrefix(rel, "..")
}

// printed is an output stream of the program, read when it has ended.
type printed struct{ f *os.File }

func outputs(cmd *exec.Cmd) (out [2]printed, err error) {
	for i := range out {
		f, err := os.CreateTemp("", "printed")
		if err != nil {
			return out, err
		}
		_ = os.Remove(f.Name())
		out[i] = printed{f}
	}
	if cmd.Stdout == nil {
		cmd.Stdout = out[0].f
	}
	cmd.Stderr = out[1].f
	return out, nil
}

func (p printed) take() string {
	defer p.f.Close()
	data, _ := os.ReadFile(fmt.Sprintf("/proc/self/fd/%d", p.f.Fd()))
	return string(data)
}
