package graph

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// failure is a refusal of Graph's.
type failure struct {
	status        int
	code, message string
}

func absent(id string) *failure {
	return &failure{http.StatusNotFound, "Request_ResourceNotFound", "Resource '" + id + "' does not exist or one of its queried reference-property objects are not present."}
}

func bad(message string) *failure {
	return &failure{http.StatusBadRequest, "Request_BadRequest", message}
}

func conflict(message string) *failure {
	return &failure{http.StatusConflict, "Request_MultipleObjectsWithSameKeyValue", message}
}

// head sets what every answer of Graph's carries.
func head(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	id := newID()
	h.Set("request-id", id)
	h.Set("client-request-id", id)
	if asked := strings.ToLower(r.Header.Get("client-request-id")); wholeGUID().MatchString(asked) {
		h.Set("client-request-id", asked)
	}
	h.Set("x-ms-ags-diagnostic", `{"ServerInfo":{"DataCenter":"Sandbox","Slice":"E","Ring":"1","ScaleUnit":"000","RoleInstance":"SANDBOX"}}`)
	h.Set("OData-Version", "4.0")
	h.Set("Cache-Control", "no-cache")
}

// answer writes a body, or a refusal in Graph's shape.
func (s *Server) answer(w http.ResponseWriter, status int, body any, f *failure) {
	if f != nil {
		status = f.status
		body = map[string]any{"error": map[string]any{"code": f.code, "message": f.message, "innerError": map[string]string{
			"date": s.Now().UTC().Format("2006-01-02T15:04:05"), "request-id": w.Header().Get("request-id"), "client-request-id": w.Header().Get("client-request-id")}}}
	}
	if body == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may have gone away
}

func context(of string) string { return "https://graph.microsoft.com/v1.0/$metadata#" + of }

func list(of string, values []any) any {
	return map[string]any{"@odata.context": context(of), "value": values}
}

// read takes exactly one JSON object without a field that v does not know.
func read(r *http.Request, v any) *failure {
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind != "application/json" {
		return &failure{http.StatusUnsupportedMediaType, "UnsupportedMediaType", "Content-Type application/json is wanted."}
	}
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the object")
		}
	}
	if err != nil {
		return bad("Invalid body: " + err.Error())
	}
	return nil
}
