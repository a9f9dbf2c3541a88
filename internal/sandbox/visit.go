package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/base"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
)

// Visit simulates a person in a browser: it opens a sign-in address of a sandbox,
// signs in as the mailbox in it, accepts, and follows the redirects. It sends
// requests to this machine only. The error is a *faults.Refusal if the last page
// shows a known fault, and another error if it is a page of Microsoft.
func Visit(ctx context.Context, address string) error {
	_, err := visit(ctx, visitor(), address)
	return err
}

// VisitAsAdmin is Visit by an administrator of the base: if the redirects end on
// the base's login page, it logs in.
func VisitAsAdmin(ctx context.Context, address string) error {
	client := visitor()
	end, err := visit(ctx, client, address)
	if err != nil || end.Path != "/web/login" {
		return err
	}
	_, err = submit(ctx, client, end.String(), url.Values{"login": {base.Admin}, "password": {base.AdminPassword}})
	return err
}

// visitor returns a client that keeps cookies and sends requests to this machine
// only.
func visitor() *http.Client {
	jar, _ := cookiejar.New(nil) // cannot fail without options
	return &http.Client{Timeout: time.Minute, Jar: jar, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > 5 || !here(r.URL) {
			return fmt.Errorf("refused redirect to %s", r.URL.Host)
		}
		return nil
	}}
}

// visit signs in at Microsoft and returns the address at which the browser ends.
func visit(ctx context.Context, client *http.Client, address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	mailbox := u.Query().Get("login_hint")
	if mailbox == "" {
		mailbox = entra.Mailbox
	}
	if !here(u) {
		return nil, fmt.Errorf("%s is not a sandbox", u.Host)
	}
	end, err := submit(ctx, client, address, url.Values{"mailbox": {mailbox}, "step": {"accept"}})
	if err == nil && end.Host == u.Host {
		err = errors.New("the browser was not redirected back")
	}
	return end, err
}

// submit sends the form of a page and returns the address at which the browser
// ends.
func submit(ctx context.Context, client *http.Client, address string, form url.Values) (*url.URL, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	page, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if found := faults.Find(string(page)); len(found) > 0 {
		err = &faults.Refusal{Fault: found[0].Fault, Detail: found[0].Detail}
	}
	return res.Request.URL, err
}

// here reports whether an address is on this machine.
func here(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}
