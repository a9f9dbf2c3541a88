package oauthflow

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// alone runs the calling test again in a process of its own, started by the shell
// commands in shell, and reports whether this is that process.
func alone(t *testing.T, shell string, prefix ...string) bool {
	t.Helper()
	if os.Getenv("LISTENER_ALONE") == t.Name() {
		return true
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := append(prefix, "sh", "-c", shell+` exec "$0" -test.run="^$LISTENER_ALONE\$" -test.v`, exe)
	c := exec.Command(command[0], command[1:]...)
	c.Env = append(os.Environ(), "LISTENER_ALONE="+t.Name())
	out, err := c.CombinedOutput()
	switch {
	case strings.Contains(string(out), "--- PASS: "+t.Name()):
	case strings.Contains(string(out), "--- "):
		t.Errorf("%v\n%s", err, out)
	default:
		t.Skipf("no network namespace here: %v %s", err, out)
	}
	return false
}

// TestListenWithoutIPv6 checks that sign-in works over IPv4 if IPv6 is disabled.
func TestListenWithoutIPv6(t *testing.T) {
	if !alone(t, "ip link set lo up && echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6 || exit 9;", "unshare", "-n") {
		return
	}
	if !noIPv6() {
		t.Fatal("IPv6 is on")
	}
	wait(t, config(t, "https://login.example")).returns(t, true)
}

// TestListenAvoidsAPortHeldOnIPv6 checks that a port used by another program on
// [::1] is never chosen, and that Listen fails if all are used. Only ten ports
// exist here.
func TestListenAvoidsAPortHeldOnIPv6(t *testing.T) {
	if !alone(t, "ip link set lo up && echo 40000 40009 >/proc/sys/net/ipv4/ip_local_port_range || exit 9;", "unshare", "-n") {
		return
	}
	if noIPv6() {
		t.Skip("no IPv6 here")
	}
	held := map[int]bool{}
	for port := 40000; port < 40008; port++ {
		l, err := net.Listen("tcp6", fmt.Sprintf("[::1]:%d", port))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		held[port] = true
	}
	l, err := Listen("/x", func(bool) []byte { return nil })
	if err == nil {
		defer l.Close()
		if held[l.port] {
			t.Errorf("port %d is somebody else's on [::1]", l.port)
		}
	} else if !strings.Contains(err.Error(), "127.0.0.1 and ::1") {
		t.Error(err)
	}
}

// TestListenFailsWithoutDescriptors checks that Listen fails at once without a file
// descriptor. If they run out during Wait, the browser is served as soon as one is
// free.
func TestListenFailsWithoutDescriptors(t *testing.T) {
	if !alone(t, "") {
		return
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	w := wait(t, config(t, "https://login.example"))
	client, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", w.listener.port))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Write([]byte("GET /favicon.ico HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	_, _ = io.ReadAll(client)
	_ = client.Close()
	limit := before
	limit.Cur = 64
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	var files []*os.File
	for {
		f, err := os.Open("/dev/null")
		if err != nil {
			break
		}
		files = append(files, f)
	}
	if _, err := Listen("/x", nil); err == nil || !strings.Contains(err.Error(), "too many open files") {
		t.Errorf("%v", err)
	}
	_ = files[0].Close() // for the browser; the server has none left to accept the connection
	page := make(chan string, 1)
	go func() {
		res, err := http.Get(w.good())
		if err != nil {
			page <- err.Error()
			return
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		page <- string(body)
	}()
	for _, f := range files[1:] {
		_ = f.Close()
	}
	back := <-w.back
	if err := <-w.result; err != nil {
		t.Fatal(err)
	}
	back.Finish(true)
	if got := <-page; got != "<p>true</p>" {
		t.Errorf("the browser saw %q", got)
	}
}
