package openfire

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/network"
)

// State is a yes or no that may be unknown.
type State int

// The states.
const (
	Unknown State = iota
	Yes
	No
)

// Module is what a base reports about its Outlook module without a login.
type Module struct {
	Installed State
	Version   string // of Odoo, "16.0"; "" if unknown
	AtLeast   int    // the lowest major version that answers like this; 0 if unknown
	Unopened  bool   // Odoo answers without a database: the name is wrong, or the database is closed or down
}

// Probe requests the module's route without a login and without following
// redirects. If the route exists, the base redirects to the login page; if not, it
// answers 404 (odoo/http.py of each version). Odoo also answers 404 if it has no
// database for the host, in which case the login page redirects to the selection of
// a database. Probe returns an error if the base cannot be reached, which is a
// *problem.Problem with the ID Unavailable if only the proxy before it answers. For
// any other answer, Installed is Unknown.
func Probe(ctx context.Context, c *network.Client, cloud azure.Cloud, b Base) (Module, error) {
	var m Module
	answer, err := request(ctx, c, cloud, b, ConfirmPath, nil)
	if err != nil {
		return m, err
	}
	if err := unavailable(b, answer); err != nil {
		return m, err
	}
	if m.Installed = installed(answer); m.Installed == No {
		answer, err = request(ctx, c, cloud, b, "/web/login", nil)
		if err == nil && strings.HasPrefix(answer.Header.Get("Location"), "/web/database/") {
			m.Installed, m.Unopened = Unknown, true
		}
	}
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

var isLoginPage = Pattern(`(/[a-z]{2}(_[A-Z]{2})?)?/web/login`)

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

// askVersion requests the version in the same way as Odoo's web client.
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

// request posts the JSON body, or sends a GET request if body is nil, with further
// headers: names and values in turn. If the cloud sets an address for all bases, the request is sent there, with the base's Host
// header. It sets no Accept-Language, with which a base in several languages redirects
// a missing page to its address in that language (addons/http_routing).
func request(
	ctx context.Context, c *network.Client, cloud azure.Cloud, b Base, path string, body []byte, header ...string,
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
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for pair := range slices.Chunk(header, 2) {
		req.Header.Set(pair[0], pair[1])
	}
	return c.Do(ctx, req)
}
