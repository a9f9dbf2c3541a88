// Package reach finds out whether this machine reaches Microsoft, and what on this
// machine or its network is in the way.
package reach

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// The parts of the way to Microsoft, which are the IDs of their checks.
const (
	Proxy   = "host.proxy"
	Network = "host.network"
	Roots   = "host.roots"
	Clock   = "host.clock"
)

// Host is this machine. Each of its functions asks once.
type Host struct {
	Login func() Greeting // requests public metadata from Entra's sign-in server
	smtp  func() error    // connects to the SMTP server
	cloud azure.Cloud
}

// Greeting is the answer of Entra's sign-in server, or why there was none.
type Greeting struct {
	Skew    time.Duration    // of this machine's clock; valid if Dated
	Dated   bool             // the server told its date
	Err     error            // nil if something answered
	Problem *problem.Problem // nil if Entra answered
}

// New returns a Host that asks nothing before its functions are called. timeout
// limits a connection; 0 means 10 s.
func New(ctx context.Context, client *network.Client, cloud azure.Cloud, now func() time.Time, timeout time.Duration) *Host {
	return &Host{cloud: cloud,
		Login: sync.OnceValue(func() Greeting { return greet(ctx, client, cloud, now) }),
		smtp: sync.OnceValue(func() error {
			server, port, _, err := azure.SplitServer(cloud.SMTP)
			if err != nil {
				return err
			}
			dialer := net.Dialer{Timeout: min(cmp.Or(timeout, 10*time.Second), 10*time.Second)}
			conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(server, port))
			if err == nil {
				_ = conn.Close()
			}
			return err
		})}
}

func greet(ctx context.Context, client *network.Client, cloud azure.Cloud, now func() time.Time) (g Greeting) {
	var answer network.Answer
	req, err := http.NewRequest(http.MethodGet, cloud.MetadataURL("common"), nil)
	if err == nil {
		answer, err = client.Do(ctx, req)
	}
	transport, failed := errors.AsType[*network.TransportError](err)
	there, undated := http.ParseTime(answer.Header.Get("Date"))
	switch {
	case undated == nil:
		g.Dated, g.Skew = true, now().Sub(there).Round(time.Second)
	case failed && transport.Skew != nil:
		g.Dated, g.Skew = true, *transport.Skew
	}
	switch g.Err = err; {
	case err != nil:
		g.Problem, _ = network.Problem(err, cloud.Login)
	case answer.Status/100 == 3:
		g.Problem, _ = network.Problem(answer.Unexpected(network.ErrRedirect), cloud.Login)
	case answer.Status == http.StatusOK && answer.IsPage():
		g.Problem = network.PageProblem(answer, cloud.Login)
	}
	return g
}

// Blamed returns which part keeps this machine from Entra's sign-in server, or "". A
// server that does not answer is not this machine's problem, nor is one whose
// certificate has expired.
func (h *Host) Blamed() string {
	g := h.Login()
	if g.Problem == nil {
		return ""
	}
	return map[string]string{network.ProxyID: Proxy, network.NetworkID: Network, network.TLSID: Network,
		network.RootsID: Roots, network.ClockID: Clock}[g.Problem.ID]
}

// Network returns why this machine does not reach both Entra's sign-in server and the
// SMTP server, which is reached without the proxy; nil if it does.
func (h *Host) Network() *problem.Problem {
	g, blamed := h.Login(), h.Blamed()
	unsent, closed := network.Problem(h.smtp(), h.cloud.SMTP)
	switch {
	case closed && blamed == Network && g.Err != nil && g.Problem.ID == network.NetworkID:
		return &problem.Problem{Exit: problem.Temporary, ID: network.NetworkID, Who: problem.Operator, Err: g.Err,
			What: i18n.T("this machine has no Internet access. %s %s", g.Problem.What, unsent.What),
			Do:   i18n.T("Check the network connection, the gateway and the name server (DNS) of this machine.")}
	case blamed == Network:
		return g.Problem
	case closed:
		return unsent
	}
	return nil
}
