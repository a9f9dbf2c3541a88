package openfire

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// State is an answer that may not be had.
type State int

// The answers.
const (
	Unknown State = iota
	Yes
	No
)

// Module is what a base tells about its Outlook module with nobody logged in.
type Module struct {
	Installed State
	Version   string // of Odoo, "16.0"; "" when the base does not tell
	AtLeast   int    // the lowest major version that answers like this; 0 when not known
}

var loginPath = sanitize.Pattern(`^(/[a-z]{2}(_[A-Z]{2})?)?/web/login$`)

// Probe looks at the module's route without following it: whoever is not
// logged in is sent to the login page where it exists, and gets 404 where it
// does not (odoo/http.py of each version). An error means that the base cannot
// be reached; everything else it might say is Unknown.
func Probe(ctx context.Context, c *network.Client, cloud azure.Cloud, b Base) (Module, error) {
	var m Module
	answer, err := ask(ctx, c, cloud, b, http.MethodGet, ConfirmPath)
	if err != nil {
		return m, err
	}
	m.Installed = installed(answer)
	if m.Installed == Yes {
		m.AtLeast = 10
		if answer.Status == http.StatusSeeOther {
			m.AtLeast = 15
		}
	}
	m.Version = askVersion(ctx, c, cloud, b)
	if m.Version != "" {
		return m, nil
	}
	if iap, err := ask(ctx, c, cloud, b, http.MethodGet, "/microsoft_outlook/iap_confirm"); err == nil && installed(iap) == Yes {
		m.AtLeast = 19
	}
	return m, nil
}

func installed(answer network.Answer) State {
	to, err := url.Parse(answer.Header.Get("Location"))
	switch {
	case answer.Status == http.StatusNotFound:
		return No
	case (answer.Status == http.StatusFound || answer.Status == http.StatusSeeOther) && err == nil && loginPath().MatchString(to.Path):
		return Yes
	}
	return Unknown
}

// askVersion asks for the version as Odoo's own web client does.
func askVersion(ctx context.Context, c *network.Client, cloud azure.Cloud, b Base) string {
	answer, err := ask(ctx, c, cloud, b, http.MethodPost, "/web/webclient/version_info")
	var reply struct {
		Result struct {
			Serie string `json:"server_serie"`
		} `json:"result"`
	}
	if err != nil || json.Unmarshal(answer.Body, &reply) != nil || !IsVersion(reply.Result.Serie) {
		return ""
	}
	return reply.Result.Serie
}

// ask sends one request to the base.
func ask(ctx context.Context, c *network.Client, cloud azure.Cloud, b Base, method, path string) (network.Answer, error) {
	if method == http.MethodPost {
		return post(ctx, c, cloud, b, path, []byte(`{"jsonrpc":"2.0","method":"call","params":{}}`))
	}
	return request(ctx, c, cloud, b, method, path, nil)
}

// post sends one JSON request to the base.
func post(ctx context.Context, c *network.Client, cloud azure.Cloud, b Base, path string, body []byte) (network.Answer, error) {
	return request(ctx, c, cloud, b, http.MethodPost, path, body)
}

// request goes to the base, or to where the cloud says that every base is,
// under the base's own name.
func request(ctx context.Context, c *network.Client, cloud azure.Cloud, b Base, method, path string, body []byte) (network.Answer, error) {
	at := b.URL()
	if cloud.Base != "" {
		at = cloud.Base
	}
	req, err := http.NewRequest(method, at+path, bytes.NewReader(body))
	if err != nil {
		return network.Answer{}, err
	}
	req.Host = b.Host()
	req.Header.Set("Accept-Language", "fr")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return c.Do(ctx, req)
}
