package openfire

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/network"
)

// State is an answer of yes or no that a base may not give.
type State int

// The answers.
const (
	Unknown State = iota
	Yes
	No
)

// Module is what a base reports about its Outlook module without a login.
type Module struct {
	Installed State
	Version   string // of Odoo, "16.0"; "" when the base does not tell
	AtLeast   int    // the lowest major version that answers like this; 0 when not known
}

// Probe requests the module's route without following a redirect: whoever is
// not logged in is sent to the login page where the route exists, and gets 404
// where it does not (odoo/http.py of each version). The error is that the base
// cannot be reached; every other answer leaves Installed Unknown.
func Probe(ctx context.Context, c *network.Client, cloud azure.Cloud, b Base) (Module, error) {
	var m Module
	answer, err := request(ctx, c, cloud, b, ConfirmPath, nil)
	if err != nil {
		return m, err
	}
	m.Installed = installed(answer)
	if m.Installed == Yes {
		m.AtLeast = Features(0).Since()
		if answer.Status == http.StatusSeeOther {
			m.AtLeast = SeeOther.Since()
		}
	}
	if m.Version = askVersion(ctx, c, cloud, b); m.Version != "" {
		return m, nil
	}
	answer, err = request(ctx, c, cloud, b, "/microsoft_outlook/iap_confirm", nil)
	if err == nil && installed(answer) == Yes {
		m.AtLeast = IAPConfirm.Since()
	}
	return m, nil
}

var isLoginPage = pattern(`(/[a-z]{2}(_[A-Z]{2})?)?/web/login`)

func installed(answer network.Answer) State {
	to, err := url.Parse(answer.Header.Get("Location"))
	switch {
	case answer.Status == http.StatusNotFound:
		return No
	case (answer.Status == http.StatusFound || answer.Status == http.StatusSeeOther) && err == nil &&
		isLoginPage(to.Path):
		return Yes
	}
	return Unknown
}

// askVersion asks for the version as Odoo's own web client does.
func askVersion(ctx context.Context, c *network.Client, cloud azure.Cloud, b Base) string {
	body := []byte(`{"jsonrpc":"2.0","method":"call","params":{}}`)
	answer, err := request(ctx, c, cloud, b, "/web/webclient/version_info", body)
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

// request posts the JSON body, or without one gets the page. It goes to the
// base, or to where the cloud says that every base is, under the base's name.
func request(
	ctx context.Context, c *network.Client, cloud azure.Cloud, b Base, path string, body []byte,
) (network.Answer, error) {
	method := http.MethodGet
	if body != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequest(method, cmp.Or(cloud.Base, b.URL())+path, bytes.NewReader(body))
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
