package graph

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// Client ids and secrets contain a checksum, and secrets their expiry, so that they
// remain valid in the next run of the sandbox, which stores nothing. The key of the
// checksum is public: it protects only against mistakes.
const (
	clientPrefix = "5a4db0c5-"
	secretPrefix = "sbx8Q~"
)

func checksum(text string) string { return hex.EncodeToString(tenant.Checksum(text)[:6]) }

func newClientID() string {
	head := clientPrefix + tenant.NewID()[9:24]
	return head + checksum(head)
}

// madeBySandbox reports whether a client id was created by this or an earlier run.
func madeBySandbox(clientID string) bool {
	return azure.IsGUID(clientID) && strings.HasPrefix(clientID, clientPrefix) &&
		clientID[24:] == checksum(clientID[:24])
}

// newSecret returns a secret for the client that expires at end.
func newSecret(clientID string, end time.Time) string {
	text := secretPrefix + strconv.FormatInt(end.Unix(), 16) + "." + strings.ToLower(rand.Text()[:8])
	return text + "." + checksum(clientID+text)
}

// secretExpiry returns when a secret expires, and whether it belongs to the client.
func secretExpiry(clientID, text string) (end time.Time, ok bool) {
	i := strings.LastIndexByte(text, '.')
	if i < 0 || text[i+1:] != checksum(clientID+text[:i]) {
		return time.Time{}, false
	}
	number, _, _ := strings.Cut(strings.TrimPrefix(text, secretPrefix), ".")
	n, err := strconv.ParseInt(number, 16, 64)
	return time.Unix(n, 0), err == nil
}

type addPasswordBody struct {
	Credential struct {
		Name  string    `json:"displayName"`
		Start time.Time `json:"startDateTime"`
		End   time.Time `json:"endDateTime"`
	} `json:"passwordCredential"`
}

func (s server) addPassword(a *application, c tenant.Grant, r *http.Request) (any, *failure) {
	body, f := read[addPasswordBody](r)
	if f != nil {
		return nil, f
	}
	end, now := body.Credential.End, s.now().UTC()
	if end.IsZero() {
		end = now.AddDate(2, 0, 0)
	}
	if f := checkExpiry(tenant.Scenario(c.Mailbox), now, end); f != nil {
		return nil, f
	}
	text := newSecret(a.AppID, end)
	made := credential{
		End: end.UTC().Format(time.RFC3339), KeyID: tenant.NewID(), Start: now.Format(time.RFC3339),
		Hint: text[:3], Name: body.Credential.Name, text: text, visibleFrom: s.visibleFrom(),
	}
	a.Passwords = append(a.Passwords, made)
	made.Context, made.Text = odataContext("microsoft.graph.passwordCredential"), &text
	return made, nil
}

func checkExpiry(scenario string, now, end time.Time) *failure {
	const policy = " as per assigned policy '5a4db0c5-0000-4000-8000-0f1fe0365004'."
	switch {
	case scenario == scenarioNoSecrets:
		return &failure{http.StatusBadRequest, "CredentialTypeNotAllowedAsPerAppPolicy",
			"Credential type not allowed" + policy}
	case scenario == scenarioShortSecrets && end.After(now.AddDate(0, 0, maxSecretLifetimeDays)):
		return &failure{http.StatusBadRequest, "CredentialInvalidLifetimeAsPerAppPolicy",
			"Credential lifetime exceeds the max value allowed" + policy}
	case !end.After(now):
		return badRequest("The credential end date is invalid.")
	}
	return nil
}

func (s server) removePassword(a *application, _ tenant.Grant, r *http.Request) (any, *failure) {
	body, f := read[struct {
		KeyID string `json:"keyId"`
	}](r)
	if f != nil {
		return nil, f
	}
	left := slices.DeleteFunc(slices.Clone(a.Passwords), func(c credential) bool { return c.KeyID == body.KeyID })
	if len(left) == len(a.Passwords) {
		return nil, badRequest("No password credential found with keyId.")
	}
	a.Passwords = left
	return nil, nil
}
