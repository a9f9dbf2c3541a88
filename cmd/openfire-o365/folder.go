package main

import (
	"crypto/sha256"
	"maps"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// twins are the hosts of bases by mailbox and by the digest of their refresh
// token: what two of them share, no check of one base can see.
type twins struct {
	mailboxes map[string][]string
	tokens    map[[sha256.Size]byte][]string
}

func newTwins() twins {
	return twins{map[string][]string{}, map[[sha256.Size]byte][]string{}}
}

func (t twins) add(f tokenfile.File) {
	if f.Mailbox() == "" || f.Mail.Refresh.Empty() {
		return
	}
	box, token := strings.ToLower(f.Mailbox()), sha256.Sum256([]byte(f.Mail.Refresh.Reveal()))
	t.mailboxes[box] = append(t.mailboxes[box], f.Base.Host())
	t.tokens[token] = append(t.tokens[token], f.Base.Host())
}

// tellTwins warns of bases that share a token, and of those that share no more
// than a mailbox.
func (p *program) tellTwins(t twins) {
	var copied [][]string
	for hosts := range maps.Values(t.tokens) {
		if len(hosts) > 1 {
			slices.Sort(hosts)
			copied = append(copied, hosts)
		}
	}
	slices.SortFunc(copied, slices.Compare)
	for _, hosts := range copied {
		p.tellTwin("refresh_token", hosts, i18n.T("The same refresh token for %s: one of these files is a copy of the other. Run setup again for one of these bases."))
	}
	for _, box := range slices.Sorted(maps.Keys(t.mailboxes)) {
		hosts := t.mailboxes[box]
		slices.Sort(hosts)
		if len(hosts) > 1 && !slices.ContainsFunc(copied, func(c []string) bool { return slices.Equal(c, hosts) }) {
			p.tellTwin("mailbox", hosts, i18n.T("The same mailbox for %s. That is meant for a test base; else run setup again for one of these bases."))
		}
	}
}

// tellRemote warns once of a folder that is no disk of this machine.
func (p *program) tellRemote(fileSystem string) {
	switch {
	case fileSystem == "", p.flags.nagios:
	case p.flags.json:
		p.out.JSON("folder", map[string]any{"dir": p.store.Dir, "file_system": fileSystem})
	case !p.flags.quiet:
		what, do := check.NetworkFolder(fileSystem)
		p.tell.On(p.out).Warn(i18n.T("%s. %s", what, do))
	}
}

func (p *program) tellTwin(what string, hosts []string, text i18n.Text) {
	switch {
	case p.flags.nagios:
	case p.flags.json:
		p.out.JSON("shared", map[string]any{"what": what, "bases": hosts})
	case !p.flags.quiet:
		p.tell.On(p.out).Warn(text.With(check.JoinFirst(hosts)))
	}
}
