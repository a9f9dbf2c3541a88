package graph

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// failure is an error that Graph answers with.
type failure struct {
	status        int
	code, message string
}

func notFound(id string) *failure {
	return &failure{http.StatusNotFound, "Request_ResourceNotFound", "Resource '" + id +
		"' does not exist or one of its queried reference-property objects are not present."}
}

func badRequest(message string) *failure {
	return &failure{http.StatusBadRequest, "Request_BadRequest", message}
}

func conflict(message string) *failure {
	return &failure{http.StatusConflict, "Request_MultipleObjectsWithSameKeyValue", message}
}

// setHeaders sets the headers of all answers.
func setHeaders(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	id := tenant.NewID()
	h.Set("request-id", id)
	h.Set("client-request-id", id)
	if asked := strings.ToLower(r.Header.Get("client-request-id")); azure.IsGUID(asked) {
		h.Set("client-request-id", asked)
	}
	h.Set("x-ms-ags-diagnostic", `{"ServerInfo":{"DataCenter":"Sandbox","Slice":"E","Ring":"1",`+
		`"ScaleUnit":"000","RoleInstance":"SANDBOX"}}`)
	h.Set("OData-Version", "4.0")
	h.Set("Cache-Control", "no-cache")
}

// answer writes a body, or an error in Graph's format.
func (s server) answer(w http.ResponseWriter, body any, f *failure) {
	status := http.StatusOK
	switch {
	case f != nil:
		status = f.status
		body = map[string]any{"error": map[string]any{"code": f.code, "message": f.message, "innerError": map[string]string{
			"date":              s.now().UTC().Format("2006-01-02T15:04:05"),
			"request-id":        w.Header().Get("request-id"),
			"client-request-id": w.Header().Get("client-request-id"),
		}}}
	case body == nil:
		w.WriteHeader(http.StatusNoContent)
		return
	default:
		if c, is := body.(created); is {
			status, body = http.StatusCreated, c.object
		}
	}
	w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;"+
		"IEEE754Compatible=false;charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // fails only when the client has gone
}

func odataContext(of string) string { return "https://graph.microsoft.com/v1.0/$metadata#" + of }

// list returns the collection of those objects that match.
func list[T any](of string, all []T, matches func(T) bool) any {
	values := slices.DeleteFunc(slices.Clone(all), func(o T) bool { return !matches(o) })
	return map[string]any{"@odata.context": odataContext(of), "value": append([]T{}, values...)}
}

// read decodes a body of exactly one JSON object without unknown fields.
func read[T any](r *http.Request) (body T, f *failure) {
	if mediaType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); mediaType != "application/json" {
		return body, &failure{http.StatusUnsupportedMediaType, "UnsupportedMediaType",
			"Content-Type application/json is wanted."}
	}
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	err := dec.Decode(&body)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the object")
		}
	}
	if err != nil {
		return body, badRequest("Invalid body: " + err.Error())
	}
	return body, nil
}
