package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// TestProcessLeavesNoCoreAndHidesItsMemory checks that the program writes no core file
// and that its memory belongs to root, so that other programs of its account cannot
// read the tokens there.
func TestProcessLeavesNoCoreAndHidesItsMemory(t *testing.T) {
	t.Parallel()
	const nobody = 65534
	cmd := asAccount(t, nobody, "sandbox", "--json")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	proc := fmt.Sprintf("/proc/%d", cmd.Process.Pid)
	limits, _ := os.ReadFile(proc + "/limits")
	if !regexp.MustCompile(`Max core file size +0 +0 `).Match(limits) {
		t.Errorf("%s", limits)
	}
	info, err := os.Stat(proc + "/mem")
	if err != nil || info.Sys().(*syscall.Stat_t).Uid != 0 {
		t.Errorf("the program's memory belongs to its account: %v", err)
	}
	_ = cmd.Process.Signal(syscall.SIGABRT)
	_ = cmd.Wait()
	if s := cmd.ProcessState.Sys().(syscall.WaitStatus); s.CoreDump() {
		t.Error("there is a core file")
	}
}

// asAccount returns a command that runs the program under an account. It skips the
// test if this process may not change its account.
func asAccount(t *testing.T, uid uint32, args ...string) *exec.Cmd {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to switch to another account")
	}
	dir, err := os.MkdirTemp("", "hardening-") // other accounts cannot enter t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	name := filepath.Join(dir, "openfire-o365")
	if exe, err := os.ReadFile("/proc/self/exe"); err != nil || os.Chmod(dir, 0o755) != nil || os.WriteFile(name, exe, 0o755) != nil {
		t.Fatal("no copy of the program", err)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = "/", []string{"HOME=/nonexistent", "LANG=en_US.UTF-8"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	return cmd
}

// TestScheduleNeedsNoEntryInThePasswdDatabase checks an account that exists only as a
// number, as in many containers. Without a scheduler there, the program says so.
func TestScheduleNeedsNoEntryInThePasswdDatabase(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"show"}, {"install"}, {"show", "--with", "systemd"}} {
		cmd := asAccount(t, 987654, append([]string{"token", "schedule"}, args...)...)
		said, err := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code == int(problem.Bug) || code == 0 && len(said) == 0 {
			t.Errorf("%q: exit %d, %v\n%s", args, code, err, said)
		}
	}
}
