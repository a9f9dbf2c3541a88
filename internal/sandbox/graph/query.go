package graph

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// pageSize and maxPageSize are the numbers of objects on one page of a list, by
// default and with $top (learn.microsoft.com/graph/paging).
const pageSize, maxPageSize = 100, 999

// collection is a list of objects of one type.
type collection struct {
	of     string
	values []any
}

// list returns the collection of the objects that match.
func list[T any](of string, all []T, matches func(T) bool) collection {
	c := collection{of, []any{}}
	for _, o := range all {
		if matches(o) {
			c.values = append(c.values, o)
		}
	}
	return c
}

// query applies the parameters $select, $top and $skiptoken to an answer.
func query(r *http.Request, body any) (any, *failure) {
	names := strings.FieldsFunc(r.URL.Query().Get("$select"), func(c rune) bool { return c == ',' })
	c, isList := body.(collection)
	if !isList {
		return selected(body, names)
	}
	answer, values, f := c.page(r)
	for i := range values {
		if f == nil {
			values[i], f = selected(values[i], names)
		}
	}
	answer["value"] = values
	return answer, f
}

// page returns one page of the collection, and the link to the next one.
func (c collection) page(r *http.Request) (answer map[string]any, values []any, f *failure) {
	answer = map[string]any{"@odata.context": odataContext(c.of)}
	q := r.URL.Query()
	size, err := strconv.Atoi(q.Get("$top"))
	switch {
	case !q.Has("$top"):
		size = pageSize
	case err != nil || size < 1 || size > maxPageSize:
		return answer, nil, badRequest("Invalid page size specified: '" + q.Get("$top") +
			"'. Must be between 1 and 999 inclusive.")
	}
	start, err := strconv.Atoi(q.Get("$skiptoken"))
	if q.Has("$skiptoken") && (err != nil || start < 0 || start > len(c.values)) {
		return answer, nil, &failure{http.StatusBadRequest, "Directory_ExpiredPageToken", "The specified page token is invalid."}
	}
	end := min(start+size, len(c.values))
	if end < len(c.values) {
		q.Set("$skiptoken", strconv.Itoa(end))
		answer["@odata.nextLink"] = address(r) + "?" + q.Encode()
	}
	return answer, slices.Clone(c.values[start:end]), nil
}

// selected returns an object with only the named properties, without names with
// all of them. A property that the object does not have is an error.
func selected(object any, names []string) (any, *failure) {
	if len(names) == 0 {
		return object, nil
	}
	var all map[string]json.RawMessage
	data, _ := json.Marshal(object) // encoding answers cannot fail
	_ = json.Unmarshal(data, &all)
	for _, name := range names {
		if _, has := all[name]; !has {
			return nil, badRequest("Could not find a property named '" + name + "'.")
		}
	}
	maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool {
		return !strings.HasPrefix(name, "@") && !slices.Contains(names, name)
	})
	return all, nil
}

// address returns the URL of a request without its query.
func address(r *http.Request) string { return "http://" + r.Host + r.URL.Path }
