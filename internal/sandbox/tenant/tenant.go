// Package tenant contains what the sandbox's servers share: the customer's
// directory and base, the ids of its accounts, and its tokens. A token contains the
// grant that it stands for, so that the next run of the sandbox accepts it.
package tenant

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// The directory and the base. They are the same in every run, so that a token file
// remains valid.
const (
	ID          = "5a4db0c5-0000-4000-8000-0f1fe0365001"
	Name        = "Client SARL"
	Domain      = "client.fr"
	Base        = "https://mabase.openfire.fr"
	Database    = "mabase"
	RedirectURI = Base + openfire.ConfirmPath // registered for the platform Web
)

// Scenario returns the part of a mailbox's address that selects what the servers
// do: a fault of the catalog or a scenario of a server.
func Scenario(mailbox string) string {
	name, _, _ := strings.Cut(strings.ToLower(mailbox), "@")
	return strings.TrimSuffix(name, "+crlf")
}

// Fault returns the fault of the catalog that a mailbox selects, if it has that
// origin.
func Fault(mailbox string, from faults.Origin) (faults.Fault, bool) {
	if f, ok := faults.ByID(Scenario(mailbox)); ok && f.Where == from {
		return f, true
	}
	return faults.Fault{}, false
}

// AccountID returns the object id of a mailbox's account, the same in every run.
func AccountID(mailbox string) string {
	h := sha256.Sum256([]byte(strings.ToLower(mailbox)))
	e := hex.EncodeToString(h[:16])
	return e[:8] + "-" + e[8:12] + "-4" + e[13:16] + "-8" + e[17:20] + "-" + e[20:]
}

// NewID returns a random GUID.
func NewID() string { return AccountID(rand.Text()) }

// The prefixes of tokens, by type.
const (
	AccessPrefix  = "sandbox-at"
	RefreshPrefix = "sandbox-rt"
)

// Grant is the sign-in that a token stands for.
type Grant struct {
	Mailbox  string   `json:"upn"`
	ObjectID string   `json:"oid"`
	Tenant   string   `json:"tid"`
	Client   string   `json:"appid"`
	Audience string   `json:"aud,omitempty"`
	Scope    string   `json:"scp,omitempty"` // short names, space-separated
	Granted  []string `json:"granted,omitempty"`
	Issued   int64    `json:"iat"`
	Expires  int64    `json:"exp,omitempty"`
	Session  string   `json:"sid,omitempty"`
	Random   string   `json:"jti"`
}

// Sign returns a token that contains the grant.
func (g Grant) Sign(prefix string) string {
	g.Random = rand.Text()[:12]
	body, _ := json.Marshal(g) // encoding strings and numbers cannot fail
	text := prefix + "." + base64.RawURLEncoding.EncodeToString(body)
	return text + "." + base64.RawURLEncoding.EncodeToString(Checksum(text))
}

// Checksum returns 16 bytes that show whether a text was created by the sandbox.
// The key is public: it protects only against mistakes.
func Checksum(text string) []byte {
	h := hmac.New(sha256.New, []byte("openfire-o365 sandbox"))
	h.Write([]byte(text))
	return h.Sum(nil)[:16]
}

// Read returns the grant in a token, and whether the token has that prefix and is
// valid.
func Read(prefix, token string) (g Grant, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || parts[0] != prefix {
		return g, false
	}
	sum, _ := base64.RawURLEncoding.DecodeString(parts[2])
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	return g, err == nil && hmac.Equal(Checksum(parts[0]+"."+parts[1]), sum) && json.Unmarshal(body, &g) == nil
}

// Access returns the grant in an access token, and whether the token is valid at
// now for a resource, azure.Resource or azure.GraphResource.
func Access(now time.Time, token, resource string) (g Grant, ok bool) {
	g, ok = Read(AccessPrefix, token)
	return g, ok && g.Audience+"/" == resource && now.Unix() < g.Expires
}

// Account is an account of the directory, or a shared mailbox.
type Account struct {
	UPN     string // the name it signs in with; of a shared mailbox, that of a user who opens it
	Address string // of the mailbox, "" without one

	opens bool // UPN has full access to the shared mailbox
}

// AccountOf returns the account of an address. The name selects its kind:
//
//   - upn-differs: the sign-in name is at the tenant's initial domain.
//   - alias: a second address of the mailbox compta.
//   - shared, shared-denied: a shared mailbox that compta may open, or not.
//   - guest, unlicensed: an account without a mailbox.
//
// All others sign in with their address.
func AccountOf(address string) Account {
	const initial, user = "@client.onmicrosoft.com", "compta@" + Domain
	switch name := Scenario(address); name {
	case "upn-differs":
		return Account{UPN: name + initial, Address: name + "@" + Domain}
	case "alias":
		return Account{UPN: user, Address: user}
	case "shared", "shared-denied":
		return Account{UPN: user, Address: address, opens: name == "shared"}
	case "guest", "guest_autre.fr#ext#":
		return Account{UPN: "guest_autre.fr#EXT#" + initial}
	case "unlicensed":
		return Account{UPN: address}
	}
	return Account{UPN: address, Address: address}
}

// Authorize returns the address of the mailbox that an access token opens as an
// XOAUTH2 user for a mail scope, azure.ScopeSMTP or azure.ScopeIMAP, and whether it
// does. The user must be the token's UPN, or a shared mailbox that the UPN may open.
func Authorize(now time.Time, token, user, scope string) (address string, ok bool) {
	g, ok := Access(now, token, azure.Resource)
	if !ok || !slices.Contains(strings.Fields(g.Scope), strings.TrimPrefix(scope, azure.Resource)) {
		return "", false
	}
	account := AccountOf(user)
	opens := strings.EqualFold(user, account.UPN) || account.opens
	return account.Address, opens && account.Address != "" && strings.EqualFold(g.Mailbox, account.UPN)
}
