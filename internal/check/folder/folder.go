// Package folder describes what is unusual about a folder of token files and the files
// in it.
package folder

import (
	"fmt"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
)

// OnNetwork describes token files on a network file system and gives advice.
func OnNetwork(fileSystem string) (what, do i18n.Text) {
	return i18n.T("the token folder is not on a local disk (%s): file locks and safe writes depend on that file "+
			"system", fileSystem),
		i18n.T("Keep the tokens on a local disk (--dir), or run \"token refresh\" on one machine only.")
}

// UnknownKeys describes keys of a token file that nobody reads, which are usually
// misspelt, and gives advice.
func UnknownKeys(keys []tokenfile.Unknown) (what, do i18n.Text) {
	var paths, meant []string
	for _, u := range keys {
		paths = append(paths, sanitize.Line(u.Path))
		if u.Nearest != "" {
			meant = append(meant, u.Nearest)
		}
	}
	do = i18n.T("Open the file and check this name.")
	if len(meant) > 0 {
		do = i18n.T("Did you mean %s?", JoinFirst(meant))
	}
	return i18n.T("unknown key (kept): %s.", JoinFirst(paths)), do
}

// StrayCopies returns the names of the copies of a base's token file and of its rescue
// files. list may be nil, and an error of it counts as no copies: the checks fail when
// the folder cannot be read.
func StrayCopies(list func() ([]store.StrayCopy, error), s *store.Store, b openfire.Base) (names, rescued []string) {
	if list == nil {
		return nil, nil
	}
	copies, _ := list()
	for _, c := range copies {
		switch {
		case !c.BelongsTo(b):
		case c.Rescued():
			rescued = append(rescued, c.Name)
		default:
			names = append(names, c.Name)
		}
	}
	if path := s.Rescued(b); path != "" && rescued == nil {
		rescued = []string{path} // in the state folder
	}
	return names, rescued
}

// JoinFirst joins the first three names and counts the rest.
func JoinFirst(names []string) string {
	if n := len(names) - 3; n > 0 {
		return fmt.Sprintf("%s… (+%d)", strings.Join(names[:3], ", "), n)
	}
	return strings.Join(names, ", ")
}
