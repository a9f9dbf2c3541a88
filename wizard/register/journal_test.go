package register

import "testing"

// Entries written by older versions are parsed, and formatted unchanged.
func TestEntriesKeepTheFormOfTheTokenFile(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]entry{
		"registration?":       {Kind: registration, Pending: true},
		"application?":        {Kind: application, Pending: true},
		"application:0f1f":    {Kind: application, ID: "0f1f"},
		"grant/res?":          {Kind: grant, Of: "res", Pending: true},
		"grant/res:id_-":      {Kind: grant, Of: "res", ID: "id_-"},
		"scope/id_-:openid":   {Kind: scope, Of: "id_-", ID: "openid"},
		"assignment/r/p/0?":   {Kind: assignment, Of: "r/p/0", Pending: true},
		"assignment/r/p/0:as": {Kind: assignment, Of: "r/p/0", ID: "as"},
		"permission:res/role": {Kind: permission, ID: "res/role"},
		"redirect_uri:http://localhost/openfire-o365":                  {Kind: redirectURI, ID: "http://localhost/openfire-o365"},
		"secret/openfire-o365 mabase.openfire.fr 2026-11-29 18:00:00?": {Kind: clientSecret, Of: "openfire-o365 mabase.openfire.fr 2026-11-29 18:00:00", Pending: true},
		"secret:5a4d": {Kind: clientSecret, ID: "5a4d"},
	} {
		if got := parseEntry(text); got != want || got.String() != text {
			t.Errorf("parseEntry(%q) = %+v, formatted as %s", text, got, got)
		}
	}
}
