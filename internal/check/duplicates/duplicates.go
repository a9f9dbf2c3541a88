// Package duplicates finds bases whose token files hold the same refresh token or
// mailbox. The checks of one base cannot see that.
package duplicates

import (
	"cmp"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/check/folder"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// Finder collects token files. Its zero value is ready for use.
type Finder struct {
	hosts map[property][]string // of bases
}

// property is a mailbox, or the digest of a refresh token.
type property struct{ key, value string }

// Duplicate is something that several bases share.
type Duplicate struct {
	Key   string   // refresh_token or mailbox
	Hosts []string // sorted
	What  i18n.Text
}

// Add adds the token file of a base.
func (s *Finder) Add(f tokenfile.File) {
	if f.Mailbox() == "" || f.Mail.Refresh.Empty() {
		return
	}
	if s.hosts == nil {
		s.hosts = map[property][]string{}
	}
	for _, p := range []property{{"refresh_token", f.Mail.Refresh.Digest()}, {"mailbox", strings.ToLower(f.Mailbox())}} {
		s.hosts[p] = append(s.hosts[p], f.Base.Host())
	}
}

// Duplicates returns the bases that share a refresh token, and those that share
// no more than a mailbox, by their names.
func (s *Finder) Duplicates() (all []Duplicate) {
	what := map[string]i18n.Text{
		"refresh_token": i18n.T(
			"These bases have the same refresh token: %s. One token file is a copy of the other. Run setup " +
				"again for one of these bases."),
		"mailbox": i18n.T("These bases use the same mailbox: %s. This is normal for a test base; otherwise run setup " +
			"again for one of these bases."),
	}
	for p, hosts := range s.hosts {
		if len(hosts) > 1 {
			slices.Sort(hosts)
			all = append(all, Duplicate{p.key, hosts, what[p.key].With(folder.JoinFirst(hosts))})
		}
	}
	slices.SortFunc(all, func(a, b Duplicate) int {
		return cmp.Or(slices.Compare(a.Hosts, b.Hosts), strings.Compare(b.Key, a.Key)) // the refresh token first
	})
	return slices.CompactFunc(all, func(a, b Duplicate) bool { return slices.Equal(a.Hosts, b.Hosts) })
}
