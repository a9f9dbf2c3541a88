package graph

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
)

// Client ids and secrets hold a checksum, and secrets their expiry, so that they
// are still valid in the next run of the sandbox, which stores nothing. The key
// of the checksum is public: it protects from mistakes only.
const (
	clientPrefix = "5a4db0c5-"
	secretPrefix = "sbx8Q~"
)

func checksum(text string) string {
	h := hmac.New(sha256.New, []byte("openfire-o365 sandbox"))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil)[:6])
}

func newClientID() string {
	head := clientPrefix + newID()[9:24]
	return head + checksum(head)
}

// madeBySandbox reports a client id of this or an earlier run.
func madeBySandbox(clientID string) bool {
	return azure.IsGUID(clientID) && strings.HasPrefix(clientID, clientPrefix) &&
		clientID[24:] == checksum(clientID[:24])
}

// secret is a client secret, and when Entra will know it.
type secret struct {
	text        string
	visibleFrom time.Time
}

// newSecret returns a secret of the client that expires at end.
func newSecret(clientID string, end time.Time) string {
	text := secretPrefix + strconv.FormatInt(end.Unix(), 16) + "." + strings.ToLower(rand.Text()[:8])
	return text + "." + checksum(clientID+text)
}

// secretExpiry returns when a secret expires, and whether it is one of the client.
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

func (s server) addPassword(c Caller, r *http.Request) (any, *failure) {
	a, f := s.application(r.PathValue("id"))
	if f != nil {
		return nil, f
	}
	body, f := read[addPasswordBody](r)
	if f != nil {
		return nil, f
	}
	end, now := body.Credential.End, s.Now().UTC()
	if end.IsZero() {
		end = now.AddDate(2, 0, 0)
	}
	if f := checkExpiry(c, now, end); f != nil {
		return nil, f
	}
	text := newSecret(a.AppID, end)
	made := credential{
		End: end.UTC().Format(time.RFC3339), KeyID: newID(), Start: now.Format(time.RFC3339),
		Hint: text[:3], Name: body.Credential.Name,
	}
	a.Passwords = append(a.Passwords, made)
	a.secrets[made.KeyID] = secret{text, s.visibleFrom()}
	made.Text = &text
	return struct {
		Context string `json:"@odata.context"`
		credential
	}{odataContext("microsoft.graph.passwordCredential"), made}, nil
}

func checkExpiry(c Caller, now, end time.Time) *failure {
	const policy = " as per assigned policy '5a4db0c5-0000-4000-8000-0f1fe0365004'."
	switch {
	case c.scenario() == scenarioNoSecrets:
		return &failure{http.StatusBadRequest, "CredentialTypeNotAllowedAsPerAppPolicy",
			"Credential type not allowed" + policy}
	case c.scenario() == scenarioShortSecrets && end.After(now.AddDate(0, 0, maxSecretLifetimeDays)):
		return &failure{http.StatusBadRequest, "CredentialInvalidLifetimeAsPerAppPolicy",
			"Credential lifetime exceeds the max value allowed" + policy}
	case !end.After(now):
		return badRequest("The credential end date is invalid.")
	}
	return nil
}

func (s server) removePassword(_ Caller, r *http.Request) (any, *failure) {
	a, f := s.application(r.PathValue("id"))
	if f != nil {
		return nil, f
	}
	body, f := read[struct {
		KeyID string `json:"keyId"`
	}](r)
	if f != nil {
		return nil, f
	}
	if _, exists := a.secrets[body.KeyID]; !exists {
		return nil, badRequest("No password credential found with keyId.")
	}
	delete(a.secrets, body.KeyID)
	a.Passwords = slices.DeleteFunc(a.Passwords, func(c credential) bool { return c.KeyID == body.KeyID })
	return nil, nil
}
