package faults

import (
	"slices"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/azure"
)

func TestLinkIsAWebPageWithNothingLeftToFill(t *testing.T) {
	t.Parallel()
	c := azure.Public()
	for _, f := range slices.Concat(Catalogue(), Families(), fallbacks()) {
		for _, id := range []string{"", "11111111-2222-3333-4444-555555555555"} {
			link := f.URL(c, id)
			if f.Link == "" {
				if link != "" {
					t.Errorf("%s: a link from nowhere: %s", f.ID, link)
				}
				continue
			}
			if !strings.HasPrefix(link, "https://") || strings.ContainsAny(link, "{} ") {
				t.Errorf("%s: %q", f.ID, link)
			}
		}
	}
}
