package check

import (
	"crypto/sha256"
	"maps"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// Shared finds what several bases share, which the checks of one base cannot
// see. Its zero value is ready for use.
type Shared struct {
	mailboxes map[string][]string            // hosts of bases, by mailbox
	tokens    map[[sha256.Size]byte][]string // by the digest of the refresh token
}

// Duplicate is something that several bases share.
type Duplicate struct {
	Key   string   // refresh_token or mailbox
	Hosts []string // sorted
	What  i18n.Text
}

// Add adds the token file of a base.
func (s *Shared) Add(f tokenfile.File) {
	if f.Mailbox() == "" || f.Mail.Refresh.Empty() {
		return
	}
	if s.mailboxes == nil {
		s.mailboxes, s.tokens = map[string][]string{}, map[[sha256.Size]byte][]string{}
	}
	box, token := strings.ToLower(f.Mailbox()), sha256.Sum256([]byte(f.Mail.Refresh.Reveal()))
	s.mailboxes[box] = append(s.mailboxes[box], f.Base.Host())
	s.tokens[token] = append(s.tokens[token], f.Base.Host())
}

// Duplicates returns the bases that share a refresh token, and then those that
// share no more than a mailbox.
func (s *Shared) Duplicates() (all []Duplicate) {
	var copied [][]string
	for hosts := range maps.Values(s.tokens) {
		if len(hosts) > 1 {
			slices.Sort(hosts)
			copied = append(copied, hosts)
		}
	}
	slices.SortFunc(copied, slices.Compare)
	for _, hosts := range copied {
		all = append(all, Duplicate{"refresh_token", hosts, i18n.T("The same refresh token for %s: one of these files is a copy of the other. Run setup again for one of these bases.", JoinFirst(hosts))})
	}
	for _, box := range slices.Sorted(maps.Keys(s.mailboxes)) {
		hosts := s.mailboxes[box]
		slices.Sort(hosts)
		if len(hosts) > 1 && !slices.ContainsFunc(copied, func(c []string) bool { return slices.Equal(c, hosts) }) {
			all = append(all, Duplicate{"mailbox", hosts, i18n.T("The same mailbox for %s. That is meant for a test base; else run setup again for one of these bases.", JoinFirst(hosts))})
		}
	}
	return all
}
