package store

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
)

// StrayCopy is a file in the folder that holds a token file's secrets without being
// one: what editors, backups, synchronisers and rescues leave behind.
type StrayCopy struct {
	Name string
	base string // the address it holds; "" when that cannot be read
}

// BelongsTo reports whether the copy is one of that base's file.
func (c StrayCopy) BelongsTo(b openfire.Base) bool {
	if c.base != "" {
		return c.base == b.URL()
	}
	before, _, named := strings.Cut(c.Name, strings.TrimSuffix(b.FileName(), ".json"))
	before = strings.TrimLeft(before, ".#~") // vi's, Emacs'; a longer name is another base's
	return named && (before == "" || strings.HasSuffix(before, " "))
}

// StrayCopies reads the folder once, for all bases. Token files are known by
// their names, and Update's own temporary files come and go; of the rest the
// content decides. Files that this account cannot read are left out.
func (s *Store) StrayCopies() ([]StrayCopy, error) {
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		return nil, disk.NewError("list", s.Dir, err)
	}
	var copies []StrayCopy
	secretKey := regexp.MustCompile(`microsoft_outlook_(refresh_token|access_token|client_secret)`)
	baseKey := regexp.MustCompile(`"base"\s*:\s*"(https?://[^"]+)"`)
	for _, e := range entries {
		if b, ok := baseOf(e); ok && b.FileName() == e.Name() {
			continue
		}
		if !e.Type().IsRegular() || strings.HasSuffix(e.Name(), ".json"+disk.TempSuffix) {
			continue
		}
		content := disk.Peek(filepath.Join(s.Dir, e.Name()))
		if !secretKey.Match(content) {
			continue
		}
		c := StrayCopy{Name: e.Name()}
		if m := baseKey.FindSubmatch(content); m != nil {
			c.base = string(m[1])
		}
		copies = append(copies, c)
	}
	slices.SortFunc(copies, func(a, b StrayCopy) int { return strings.Compare(a.Name, b.Name) })
	return copies, nil
}
