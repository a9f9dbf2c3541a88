//go:build faults && linux

package outage

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var whole = flag.Bool("whole", false, "also the case that takes longer than a minute")

// The variables of the test that runs in a network namespace.
const (
	programVariable = "OUTAGE_PROGRAM"
	nameVariable    = "OUTAGE_NAME"
)

// program is the path of the real program.
var program = os.Getenv(programVariable)

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "8") // the cases wait most of the time
	if program != "" {
		os.Exit(m.Run())
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "outage")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "openfire-o365")
		cmd := exec.Command("go", "build", "-o", program, "./cmd/openfire-o365")
		cmd.Dir = filepath.Join("..", "..", "..")
		if out, err := cmd.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// said is what a command says of an outage: its exit code, who must act, and the first
// broken part, a check or the cause of token refresh.
type said struct {
	exit      int
	who, part string
}

// outage is a broken network.
type outage struct {
	name                   string
	cause                  func(*internet)
	setup, verify, refresh said
	long                   bool // only with -whole
}

// outages returns the table: what each command says of each outage.
func outages() []outage {
	both := func(name string, cause func(*internet), checks, refresh said) outage {
		return outage{name: name, cause: cause, setup: checks, verify: checks, refresh: refresh}
	}
	const operator, network, nobody = "operator", "network_admin", "nobody"
	offline := said{75, operator, "host.network"}
	firewall := said{75, network, "host.network"}
	proxy, byProxy := said{75, network, "host.proxy"}, said{75, network, "proxy"}
	another, byAnother := said{13, network, "host.network"}, said{13, network, "tls"}
	silent := said{75, nobody, "token.refresh"}
	busy, paused := said{75, nobody, "temporarily_unavailable"}, said{75, nobody, "paused"}
	none := said{}
	return []outage{
		both("no outage", func(*internet) {}, none, none),
		both("name not found", nameNotFound, offline, said{75, operator, "network"}),
		both("name server silent", nameServerSilent, offline, said{75, operator, "network"}),
		both("no route", noRoute, offline, said{75, operator, "network"}),
		both("443 dropped", drop(login, 443), firewall, said{75, network, "network"}),
		both("443 refused", refuse(login), firewall, said{75, network, "network"}),
		both("587 dropped", drop(smtp, 587), firewall, none),
		both("587 refused", refuse(smtp), firewall, none),
		both("587 silent", silence(smtp, 587), said{75, nobody, "smtp.connect"}, none),
		both("993 dropped", drop(imap, 993), said{75, network, "imap.auth"}, none),
		both("proxy answers 407", proxySays("407 Proxy Authentication Required"), proxy, byProxy),
		both("proxy answers 403", proxySays("403 Forbidden"), proxy, byProxy),
		both("proxy silent", proxySays(""), proxy, byProxy),
		both("proxy refused", proxyAt("http://203.0.113.9:3128"), proxy, byProxy),
		both("proxy not an address", proxyAt(":::bad"), said{2, operator, "host.proxy"}, said{2, operator, "proxy"}),
		both("portal sends a page", answer(200, "Content-Type: text/html", "<html>Wi-Fi</html>"), firewall,
			said{75, network, "token.answer"}),
		both("portal redirects", answer(302, "Location: https://portal.example.com/", ""), another, byAnother),
		both("certificate untrusted", certificate(kind{stranger: true}), said{13, network, "host.roots"},
			said{13, network, "roots"}),
		both("certificate expired", certificate(kind{expired: true}), said{13, nobody, "entra.tenant"},
			said{13, nobody, "certificate.expired"}),
		both("certificate of another host", certificate(kind{host: "portal.example.com"}), another, byAnother),
		both("no root certificates", noRoots, said{13, operator, "host.roots"}, said{13, operator, "roots"}),
		both("TLS 1.1 only", certificate(kind{old: true}), another, byAnother),
		both("sign-in server hangs", hang, silent, said{75, nobody, "silence"}),
		both("sign-in server drips", drip, silent, said{75, nobody, "silence"}),
		{name: "503", cause: answer(503, "Content-Type: text/html", "<html>down</html>"), setup: busy, verify: silent,
			refresh: busy},
		{name: "429, a day", cause: answer(429, "Retry-After: 86400", ""), setup: busy, verify: silent, refresh: paused},
		{name: "429, 50 seconds", cause: answer(429, "Retry-After: 50", ""), setup: busy, verify: silent, refresh: paused,
			long: true},
	}
}

// TestNetworkFailureNamesWhoMustAct runs setup, verify and token refresh in each broken
// network and compares the exit code, who must act, and the first broken part.
func TestNetworkFailureNamesWhoMustAct(t *testing.T) {
	if out, err := exec.Command("unshare", "--net", "--mount", "ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Skipf("no network namespaces here (they need root and iproute2): %v %s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outages() {
		if o.long && !*whole {
			continue
		}
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, "unshare", "--net", "--mount", "--fork", "--kill-child", self,
				"-test.run", "^TestInside$", "-test.v")
			cmd.Env = append(os.Environ(), programVariable+"="+program, nameVariable+"="+o.name)
			if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS: TestInside")) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestInside is one outage, in a network namespace of its own.
func TestInside(t *testing.T) {
	name := os.Getenv(nameVariable)
	if name == "" {
		t.Skip("run by TestNetworkFailureNamesWhoMustAct")
	}
	for _, o := range outages() {
		if o.name == name {
			o.meet(t)
			return
		}
	}
	t.Errorf("there is no outage %q", name)
}

func (o outage) meet(t *testing.T) {
	n := newInternet(t)
	o.cause(n)
	n.start()
	var commands sync.WaitGroup
	for command, want := range map[string]said{"setup": o.setup, "verify": o.verify, "token refresh": o.refresh} {
		commands.Go(func() {
			got, out := n.run(command)
			if got != want {
				t.Errorf("%s: %+v, want %+v\n%s", command, got, want, out)
			}
		})
	}
	commands.Wait()
}

// run runs a command on a connected base whose access token is due.
func (n *internet) run(command string) (got said, out string) {
	dir := n.connected()
	args := append(strings.Fields(command), "mabase", "--json", "--no-input", "--timeout", "2s", "--dir", dir)
	ctx, cancel := context.WithTimeout(n.t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append([]string{"HOME=" + dir, "LANG=en_GB.UTF-8", "SSL_CERT_DIR=/nonexistent"}, n.environment...)
	var told, wrong bytes.Buffer
	cmd.Stdout, cmd.Stderr = &told, &wrong
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		n.t.Error(err)
	}
	got.exit = cmd.ProcessState.ExitCode()
	lines := bufio.NewScanner(bytes.NewReader(told.Bytes()))
	for lines.Scan() {
		var line struct{ Type, ID, Status, Cause, Who string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			n.t.Errorf("%v: %s", err, lines.Text())
		}
		if got.part == "" && (line.Type == "summary" || line.Status == "failed" || line.Cause != "") {
			got.part, got.who = line.ID+line.Cause, line.Who
		}
	}
	return got, told.String() + wrong.String()
}
