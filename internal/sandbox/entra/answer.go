package entra

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
)

// tokenResponse is an answer with tokens, its fields in the recorded order.
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

// errorResponse is an answer with an error, its fields in the recorded order.
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
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "internal", http.StatusInternalServerError)
		return
	}
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

// newGUID returns a random id for a trace.
func newGUID() string { return objectID(rand.Text()) }

// writeError answers with a fault. Entra separates the trace from the text with
// a space, until 2023 with CRLF: a mailbox that ends in "+crlf" gets the old form.
func (s *Server) writeError(w http.ResponseWriter, r *http.Request, f faults.Fault, text, mailbox string) {
	now := s.Now().UTC().Format("2006-01-02 15:04:05Z")
	e := errorResponse{
		Error: f.Error, Codes: []int{f.Code}, Timestamp: now, TraceID: newGUID(), CorrelationID: newGUID(),
		Suberror: f.Suberror, URI: fmt.Sprintf("%s/error?code=%d", address(r), f.Code),
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
	e.Description = strings.Join([]string{
		text, "Trace ID: " + e.TraceID, "Correlation ID: " + e.CorrelationID, "Timestamp: " + now,
	}, gap)
	w.Header().Set("x-ms-request-id", e.TraceID)
	w.Header().Set("x-ms-clitelem", fmt.Sprintf("1,%d,0,,", f.Code))
	status := f.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	writeJSON(w, status, e)
}

// protocolError is an error of a program, not of a person, with the code and
// text of learn.microsoft.com/entra/identity-platform/reference-error-codes.
func protocolError(code int, oauthError, text string) faults.Fault {
	f := faults.Fault{Code: code, Error: oauthError, Status: http.StatusBadRequest}
	f.Sample = f.Name() + ": " + text
	return f
}
