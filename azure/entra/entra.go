// Package entra asks Microsoft Entra what it tells anybody about a tenant and an
// application, without signing in.
package entra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// These probes ask Entra what it tells anybody about one's own application;
// none names an account. An error that is no *Refusal means: could not tell.

var issuerGUID = sanitize.Pattern(`/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/`)

// Tenant asks the public metadata for a directory, by GUID or domain, and
// returns its GUID. A directory that does not exist is a *Refusal.
func Tenant(ctx context.Context, c *network.Client, cloud azure.Cloud, name string) (string, error) {
	req, err := http.NewRequest(http.MethodGet, cloud.MetadataURL(name), nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Accept", "application/json")
	answer, err := c.Do(ctx, req)
	if err != nil {
		return "", err
	}
	if f := pageFault(answer.Body); f.Code != 0 && answer.Status == http.StatusBadRequest {
		return "", &faults.Refusal{Fault: f, Detail: fmt.Sprintf("AADSTS%d", f.Code)}
	}
	var meta struct {
		Issuer string `json:"issuer"`
	}
	if answer.Status != http.StatusOK || json.Unmarshal(answer.Body, &meta) != nil {
		return "", fmt.Errorf("status %d without metadata", answer.Status)
	}
	id := issuerGUID().FindStringSubmatch(meta.Issuer + "/")
	if id == nil {
		return "", errors.New("metadata without a tenant's GUID")
	}
	return id[1], nil
}

// pageFault is the decisive fault of Entra's in an answer or a page of its.
func pageFault(body []byte) faults.Fault {
	for _, f := range faults.Find(string(body)) {
		if f.Code != 0 {
			return f.Fault
		}
	}
	return faults.Fault{}
}

// Registered is a three-valued answer.
type Registered int

// The answers.
const (
	NotTold Registered = iota
	Yes
	No
)

// ProbeRedirect asks, with nobody signed in and prompt=none, whether a redirect
// URI is registered. Being sent to that very URI is proof that it is, whatever
// the error along with it (RFC 6749 section 4.1.2.1); Entra's own 50011 is
// proof that it is not; a sign-in page proves nothing. The page is never kept:
// it holds session material.
func ProbeRedirect(ctx context.Context, c *network.Client, cloud azure.Cloud, endpoint, clientID, redirectURI, state, nonce, challenge string) (Registered, string, error) {
	q := url.Values{"client_id": {clientID}, "response_type": {"code"}, "redirect_uri": {redirectURI}, "response_mode": {"query"},
		"scope": {"openid"}, "state": {state}, "nonce": {nonce}, "code_challenge": {challenge}, "code_challenge_method": {"S256"}, "prompt": {"none"}}
	req, err := http.NewRequest(http.MethodGet, cloud.Endpoint(endpoint)+"authorize?"+q.Encode(), nil)
	if err != nil {
		return NotTold, "", err
	}
	req.Header.Set("Accept", "text/html")
	req.Header.Set("Accept-Language", "en")
	answer, err := c.Do(ctx, req)
	if err != nil {
		return NotTold, "", err
	}
	if answer.Status/100 == 3 {
		to, _, _ := strings.Cut(answer.Header.Get("Location"), "?")
		if to == redirectURI || to == redirectURI+"/" {
			return Yes, "", nil
		}
		return NotTold, "", nil
	}
	fault := pageFault(answer.Body)
	detail := "AADSTS" + strconv.Itoa(fault.Code)
	switch fault.Code {
	case 50011, 500113:
		return No, detail, nil
	case 700016, 700038, 90002, 900971, 7000112:
		return NotTold, "", &faults.Refusal{Fault: fault, Detail: detail}
	}
	return NotTold, "", nil
}
