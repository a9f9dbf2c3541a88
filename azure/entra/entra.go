// Package entra reads what Microsoft Entra publishes about a tenant and an
// application. It needs neither an account nor a token.
package entra

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/network"
)

// Tenant reads the public metadata of a directory, named by its GUID or one of
// its domains, and returns its GUID. The error is a *faults.Refusal if the directory
// does not exist; any other error means that Entra could not be asked.
func Tenant(ctx context.Context, c *network.Client, cloud azure.Cloud, name string) (string, error) {
	answer, err := get(ctx, c, cloud.MetadataURL(name), "application/json")
	if err != nil {
		return "", err
	}
	if r := refusal(answer.Body); r != nil && answer.Status == http.StatusBadRequest {
		return "", r
	}
	var metadata struct {
		Issuer string `json:"issuer"`
	}
	if answer.Status != http.StatusOK || json.Unmarshal(answer.Body, &metadata) != nil {
		return "", answer.Unexpected(errors.New("no metadata"))
	}
	for part := range strings.SplitSeq(metadata.Issuer, "/") {
		if azure.IsGUID(part) {
			return part, nil
		}
	}
	return "", errors.New("metadata without a tenant ID")
}

// HasRedirect reports whether a redirect URI is registered in the application
// clientID. It sends an authorization request with prompt=none, which needs no
// sign-in, to an endpoint as in azure.Cloud.Endpoint: Entra redirects only to
// registered URIs, whatever else is wrong (RFC 6749 section 4.1.2.1). If the URI is
// not registered, or Entra rejects the application or the directory, the error is a
// *faults.Refusal. False without an error means that the answer is unknown. The page
// that Entra returns contains session data and is not kept.
func HasRedirect(
	ctx context.Context, c *network.Client, endpoint, clientID, uri string,
) (registered bool, err error) {
	query := url.Values{"client_id": {clientID}, "response_type": {"code"}, "redirect_uri": {uri},
		"response_mode": {"query"}, "scope": {"openid"}, "state": {rand.Text()}, "nonce": {rand.Text()},
		"code_challenge": {(rand.Text() + rand.Text())[:43]}, "code_challenge_method": {"S256"}, "prompt": {"none"}}
	answer, err := get(ctx, c, endpoint+"authorize?"+query.Encode(), "text/html")
	if err != nil {
		return false, err
	}
	if answer.Status/100 == 3 {
		target, _, _ := strings.Cut(answer.Header.Get("Location"), "?")
		return target == uri || target == uri+"/", nil
	}
	r := refusal(answer.Body)
	if r == nil {
		return false, nil
	}
	switch r.Code {
	case faults.RedirectMismatch, faults.NoRedirect:
		r.Fault, _ = faults.ByCode(faults.RedirectMismatch)
		return false, r
	case faults.UnknownApplication, faults.MalformedClientID, faults.UnknownTenant, faults.MissingRedirect,
		faults.ApplicationDisabled:
		return false, r
	}
	return false, nil
}

// get requests a document in English.
func get(ctx context.Context, c *network.Client, address, accept string) (network.Answer, error) {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return network.Answer{}, err
	}
	req.Header.Set("Accept", accept)
	req.Header.Set("Accept-Language", "en")
	return c.Do(ctx, req)
}

// refusal returns the decisive AADSTS code in an answer or a page, or nil.
func refusal(body []byte) *faults.Refusal {
	for _, f := range faults.Find(string(body)) {
		if f.Code != 0 {
			return &faults.Refusal{Fault: f.Fault, Detail: fmt.Sprintf("AADSTS%d", f.Code)}
		}
	}
	return nil
}
