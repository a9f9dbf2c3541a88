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
)

// Client ids and secrets describe themselves, as the sandbox's tokens do: what
// one run has registered is good in the next, which remembers nothing. The key
// is known to everybody; what it keeps out is accidents.
const (
	clientPrefix = "5a4db0c5-"
	secretPrefix = "sbx8Q~"
)

func mac(text string) string {
	h := hmac.New(sha256.New, []byte("openfire-o365 sandbox"))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil)[:6])
}

func newClientID() string {
	head := clientPrefix + newID()[9:24]
	return head + mac(head)
}

func selfMade(clientID string) bool {
	return wholeGUID().MatchString(clientID) && strings.HasPrefix(clientID, clientPrefix) && clientID[24:] == mac(clientID[:24])
}

// secret is a client secret's text and when Entra's servers know it.
type secret struct {
	text string
	born born
}

// newSecret is a text that says when it ends and whose it is.
func newSecret(clientID string, end time.Time) string {
	text := secretPrefix + strconv.FormatInt(end.Unix(), 16) + "." + strings.ToLower(rand.Text()[:8])
	return text + "." + mac(clientID+text)
}

// ends reads when a secret of a client ends.
func ends(clientID, text string) (time.Time, bool) {
	i := strings.LastIndexByte(text, '.')
	if i < 0 || text[i+1:] != mac(clientID+text[:i]) {
		return time.Time{}, false
	}
	number, _, _ := strings.Cut(strings.TrimPrefix(text, secretPrefix), ".")
	n, err := strconv.ParseInt(number, 16, 64)
	return time.Unix(n, 0), err == nil
}

func (s *Server) addPassword(c Caller, r *http.Request) (int, any, *failure) {
	a, f := s.find(r)
	var body struct {
		Credential struct {
			Name  string    `json:"displayName"`
			Start time.Time `json:"startDateTime"`
			End   time.Time `json:"endDateTime"`
		} `json:"passwordCredential"`
	}
	if f == nil {
		f = read(r, &body)
	}
	if f != nil {
		return 0, nil, f
	}
	end, now := body.Credential.End, s.Now().UTC()
	if end.IsZero() {
		end = now.AddDate(2, 0, 0)
	}
	const policy = " as per assigned policy '5a4db0c5-0000-4000-8000-0f1fe0365004'."
	switch {
	case c.mood() == moodNoSecrets:
		return 0, nil, &failure{http.StatusBadRequest, "CredentialTypeNotAllowedAsPerAppPolicy", "Credential type not allowed" + policy}
	case c.mood() == moodMaxLife && end.After(now.AddDate(0, 0, policyDays)):
		return 0, nil, &failure{http.StatusBadRequest, "CredentialInvalidLifetimeAsPerAppPolicy", "Credential lifetime exceeds the max value allowed" + policy}
	case !end.After(now):
		return 0, nil, bad("The credential end date is invalid.")
	}
	text := newSecret(a.AppID, end)
	made := credential{End: end.UTC().Format(time.RFC3339), KeyID: newID(), Start: now.Format(time.RFC3339), Hint: text[:3], Name: body.Credential.Name}
	a.Passwords = append(a.Passwords, made)
	a.texts[made.KeyID] = secret{text, s.now()}
	made.Text = &text
	return http.StatusOK, struct {
		Context string `json:"@odata.context"`
		credential
	}{context("microsoft.graph.passwordCredential"), made}, nil
}

func (s *Server) removePassword(_ Caller, r *http.Request) (int, any, *failure) {
	a, f := s.find(r)
	var body struct {
		KeyID string `json:"keyId"`
	}
	if f == nil {
		f = read(r, &body)
	}
	if f != nil {
		return 0, nil, f
	}
	if _, there := a.texts[body.KeyID]; !there {
		return 0, nil, bad("No password credential found with keyId.")
	}
	delete(a.texts, body.KeyID)
	a.Passwords = slices.DeleteFunc(a.Passwords, func(c credential) bool { return c.KeyID == body.KeyID })
	return http.StatusNoContent, nil, nil
}
