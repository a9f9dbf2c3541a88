package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
)

// ErrStays says that the browser ended on a page of Microsoft's or the base's:
// nothing came back to the program.
var ErrStays = errors.New("the browser did not come back")

// Visit is a person who is not there: it opens a sign-in address of a sandbox,
// signs in as the mailbox that the address names, accepts, and follows the way
// back to the program. It never leaves this machine. When the last page shows a
// refusal the error is an *azure.Refusal: Visit can read.
func Visit(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	mailbox := u.Query().Get("login_hint")
	if mailbox == "" {
		mailbox = entra.Mailbox
	}
	client := &http.Client{Timeout: time.Minute, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > 5 || !here(r.URL) {
			return fmt.Errorf("sent to %s", r.URL.Host)
		}
		return nil
	}}
	if !here(u) {
		return fmt.Errorf("%s is no sandbox", u.Host)
	}
	form := url.Values{"mailbox": {mailbox}, "step": {"accept"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	page, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return err
	}
	if found := azure.Find(string(page)); len(found) > 0 {
		return &azure.Refusal{Fault: found[0].Fault, Detail: found[0].Detail}
	}
	if res.Request.URL.Host == u.Host {
		return ErrStays
	}
	return nil
}

// here reports an address on this machine.
func here(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}
