package graph

import (
	"context"
	"net/http"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// list returns all objects of a collection, which Graph divides into pages
// (learn.microsoft.com/graph/paging). It follows links to the same server only.
func list[T any](ctx context.Context, g *Client, what i18n.Text, path string) (all []T, err error) {
	for range 1000 {
		var page struct {
			Value []T
			Next  string `json:"@odata.nextLink"`
		}
		if err := g.callNew(ctx, what, http.MethodGet, path, nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Value...)
		next, same := strings.CutPrefix(page.Next, g.Cloud.Graph+"/v1.0/")
		switch path = "/" + next; {
		case page.Next == "":
			return all, nil
		case !same:
			return nil, g.notGraphProblem(http.StatusOK)
		}
	}
	return nil, g.notGraphProblem(http.StatusOK)
}
