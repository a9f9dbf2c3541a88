package entra

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
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
	body, _ := json.Marshal(v) // answers always encode
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

// message returns a fault's message with the values of a request. The directory
// is the one that the request names until an account has signed in.
func (s *Server) message(r *http.Request, f faults.Fault, mailbox string) string {
	directory := TenantID
	if mailbox == "" {
		directory = r.PathValue("tenant")
	}
	client, _ := credentials(r)
	issued := s.Now().UTC().Add(-91 * 24 * time.Hour).Format("2006-01-02T15:04:05.0000000Z")
	return strings.NewReplacer("{appid}", cmp.Or(client, r.FormValue("client_id")), "{tenant}", directory,
		"{user}", mailbox, "{uri}", r.FormValue("redirect_uri"), "{tenantname}", tenant.Name, "{iso7}", issued).
		Replace(f.Sample)
}

// trace adds to a message what Entra ends its errors with. gap separates the parts.
func trace(text, traceID, correlationID string, now time.Time, gap string) string {
	return strings.Join([]string{text, "Trace ID: " + traceID, "Correlation ID: " + correlationID,
		"Timestamp: " + now.UTC().Format(timestamp)}, gap)
}

const timestamp = "2006-01-02 15:04:05Z"

// writeError answers with a fault. Entra separates the trace from the text with
// a space, until 2023 with CRLF: a mailbox that ends in "+crlf" gets the old form.
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
