package faults

import (
	"cmp"
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// The catalogue and the faults of errors that have no entry in it. Their format is
// described at the beginning of catalogue.txt.
var (
	//go:embed catalogue.txt
	catalogueText string
	//go:embed fallbacks.txt
	fallbacksText string
)

// Catalogue returns all entries in the order of the setup: registration, secret,
// account, consent, policy, tokens, mail, base. The sandbox reproduces each.
func Catalogue() []Fault { return catalogue() }

var catalogue = sync.OnceValue(func() []Fault { return withLinks(parse(catalogueText)) })

// fallbacks are the faults of unknown AADSTS codes, by OAuth error, and of replies of
// mail servers, by their class.
var fallbacks = sync.OnceValue(func() []Fault { return parse(fallbacksText) })

// fallback returns the fallback with an ID.
func fallback(id string) Fault {
	i := slices.IndexFunc(fallbacks(), func(f Fault) bool { return f.ID == id })
	return fallbacks()[i]
}

// parse reads the entries of an embedded text.
func parse(text string) (all []Fault) {
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case key == "" || key == "#":
		case strings.HasPrefix(line, " "):
			all[len(all)-1].set(key, strings.TrimSpace(value))
		default:
			code, _ := strconv.Atoi(strings.TrimPrefix(key, "aadsts")) // other IDs are not numbers: 0
			all = append(all, Fault{ID: key, Code: code})
		}
	}
	return all
}

// pages are the pages that an entry can name as its link.
var pages = map[string]string{
	"apps": azure.PageApps, "authentication": azure.PageAuthentication, "credentials": azure.PageCredentials,
	"permissions": azure.PagePermissions, "enterprise": azure.PageEnterprise, "policies": azure.PagePolicies,
	"users": azure.PageUsers, "restricted": azure.PageRestricted, "mail": azure.MailLink,
}

// set sets a field of an entry.
func (f *Fault) set(key, value string) {
	switch key {
	case "where":
		f.Where = Origin(value)
	case "command":
		f.Verb = value
	case "error":
		f.Error = value
	case "suberror":
		f.Suberror = value
	case "status":
		f.Status, _ = strconv.Atoi(value)
	case "enhanced":
		f.Enhanced = value
	case "words":
		f.Words = append(f.Words, value)
	case "codes":
		f.codes = append(f.codes, strings.Fields(value)...)
	case "sample":
		f.Sample = value
	case "sample-fr":
		f.SampleFR = value
	case "what":
		f.What = i18n.Keyed(value)
	case "do":
		f.Do = i18n.Keyed(value)
	case "who":
		f.Who = Actor(value)
	case "link":
		f.Link = cmp.Or(pages[value], value)
	case "passes":
		f.Passes = true
	case "dead":
		f.Dead = true
	case "source": // for readers of the file
	default:
		panic("unknown field " + key) // a mistake in an embedded file
	}
}
