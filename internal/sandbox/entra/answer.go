package entra

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// tokenResponse is a response with tokens. The fields are in the recorded order.
type tokenResponse struct {
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope,omitempty"`
	ExpiresIn    int    `json:"expires_in"`
	ExtExpiresIn int    `json:"ext_expires_in"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	ClientInfo   string `json:"client_info,omitempty"`
}

// errorResponse is an error response. The fields are in the recorded order.
type errorResponse struct {
	Error         string `json:"error"`
	Description   string `json:"error_description"`
	Codes         []int  `json:"error_codes"`
	Timestamp     string `json:"timestamp"`
	TraceID       string `json:"trace_id"`
	CorrelationID string `json:"correlation_id"`
	URI           string `json:"error_uri,omitempty"`
	Suberror      string `json:"suberror,omitempty"`
	Claims        string `json:"claims,omitempty"`
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, _ := json.Marshal(v) // encoding answers cannot fail
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store, no-cache")
	h.Set("Pragma", "no-cache")
	h.Set("Expires", "-1")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("P3P", `CP="DSP CUR OTPi IND OTRi ONL FIN"`)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// message returns the text of a fault with the values of a request filled in. The
// directory is the one that the request names until an account has signed in.
func (s *Server) message(r *http.Request, f faults.Fault, mailbox string) string {
	directory := TenantID
	if mailbox == "" {
		directory = r.PathValue("tenant")
	}
	client, _ := credentials(r)
	issued := s.Now().UTC().Add(-91 * 24 * time.Hour).Format("2006-01-02T15:04:05.0000000Z")
	return strings.NewReplacer("{appid}", cmp.Or(client, r.FormValue("client_id")), "{tenant}", directory,
		"{user}", mailbox, "{uri}", r.FormValue("redirect_uri"), "{scope}", r.FormValue("scope"), "{tenantname}", tenant.Name, "{iso7}", issued).
		Replace(f.Sample)
}

// trace appends the ids and the timestamp at the end of Entra's errors to a
// message. gap separates them.
func trace(text, traceID, correlationID string, now time.Time, gap string) string {
	return strings.Join([]string{text, "Trace ID: " + traceID, "Correlation ID: " + correlationID,
		"Timestamp: " + now.UTC().Format(timestamp)}, gap)
}

const timestamp = "2006-01-02 15:04:05Z"

// writeError answers with a fault. Entra separates the trace from the message with
// a space, and until 2023 with CRLF. A mailbox that ends in "+crlf" gets the old
// form.
func (s *Server) writeError(w http.ResponseWriter, r *http.Request, f faults.Fault, mailbox string) {
	e := errorResponse{
		Error: f.Error, Codes: []int{f.Code}, Timestamp: s.Now().UTC().Format(timestamp), TraceID: tenant.NewID(),
		CorrelationID: tenant.NewID(), Suberror: f.Suberror, URI: fmt.Sprintf("%s/error?code=%d", address(r), f.Code),
	}
	if id := strings.ToLower(r.Header.Get("client-request-id")); azure.IsGUID(id) {
		e.CorrelationID = id
	}
	if f.Suberror == "message_only" { // a policy's error names the policy
		e.Claims = `{"access_token":{"capolids":{"essential":true,"values":["` + policyID + `"]}}}`
	}
	gap := " "
	if strings.Contains(mailbox, "+crlf@") {
		gap = "\r\n"
	}
	e.Description = trace(s.message(r, f, mailbox), e.TraceID, e.CorrelationID, s.Now(), gap)
	w.Header().Set("x-ms-request-id", e.TraceID)
	w.Header().Set("x-ms-clitelem", fmt.Sprintf("1,%d,0,,", f.Code))
	writeJSON(w, cmp.Or(f.Status, http.StatusBadRequest), e)
}

// protocolErrors are caused by a program, not by a person, and therefore not in the
// catalog. The texts are those of
// learn.microsoft.com/entra/identity-platform/reference-error-codes.
var protocolErrors = []faults.Fault{
	{Code: faults.MalformedRequest, Error: "invalid_grant", Sample: "Invalid request. Request is malformed or invalid."},
	{Code: faults.MalformedClientID, Error: "unauthorized_client",
		Sample: "{appid} is not a valid application identifier."},
	{Code: faults.MissingParameter, Error: "invalid_request",
		Sample: "The request body must contain the following parameter: 'scope'."},
	{Code: faults.ConflictingParameters, Error: "invalid_request",
		Sample: "login_hint and prompt=select_account conflict."},
	{Code: faults.NoSession, Error: "login_required",
		Sample: "A silent sign-in request was sent but no user is signed in."},
	{Code: faults.MissingSecret, Error: "invalid_client", Status: http.StatusUnauthorized,
		Sample: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."},
	{Code: faults.UnsupportedGrantType, Error: "unsupported_grant_type",
		Sample: "The app requested an unsupported grant type."},
	{Code: faults.NotDefaultScope, Error: "invalid_scope",
		Sample: "The provided value for scope {scope} is not valid. Client credential flows must have a scope value " +
			"with /.default suffixed to the resource identifier (application ID URI)."},
	{Code: faults.InvalidGrant, Error: "invalid_grant", Sample: "Provided grant is invalid or malformed."},
	{Code: faults.GrantExpired, Error: "invalid_grant",
		Sample: "The provided authorization code or refresh token has expired due to inactivity. " +
			"Send a new interactive authorization request for this user and resource."},
	{Code: faults.CodeRedeemed, Error: "invalid_grant", Sample: "OAuth2 Authorization code was already redeemed, " +
		"please retry with a new valid code or use an existing refresh token."},
	{Code: faults.OtherRedirect, Error: "invalid_client",
		Sample: "The reply address does not match the reply address provided when requesting the authorization code."},
	{Code: faults.WrongVerifier, Error: "invalid_grant",
		Sample: "The Code_Verifier does not match the code_challenge supplied in the authorization request."},
	{Code: faults.TransientError, Error: "temporarily_unavailable", Status: http.StatusServiceUnavailable,
		Sample: "A transient error has occurred. Please try again."},
	{Code: faults.InvalidInstance, Error: "invalid_instance", Sample: "Unknown or invalid instance."},
}

// fault returns the protocol error with that code.
func fault(code int) faults.Fault {
	if i := slices.IndexFunc(protocolErrors, func(f faults.Fault) bool { return f.Code == code }); i >= 0 {
		f := protocolErrors[i]
		f.Sample = f.Name() + ": " + f.Sample
		return f
	}
	f, _ := faults.ByCode(code)
	return f
}
