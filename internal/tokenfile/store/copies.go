package store

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
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

// StrayCopies looks through the folder once, for all bases. Token files are known
// by their names, and Update's own temporary files come and go; of the rest
// the content decides. Only what this account can read is a copy.
func (s *Store) StrayCopies() ([]StrayCopy, error) {
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		return nil, fail("list", s.Dir, err)
	}
	var copies []StrayCopy
	secretKey := regexp.MustCompile(`microsoft_outlook_(refresh_token|access_token|client_secret)`)
	baseKey := regexp.MustCompile(`"base"\s*:\s*"(https?://[^"]+)"`)
	for _, e := range entries {
		if b, ok := baseOf(e); ok && b.FileName() == e.Name() {
			continue
		}
		if !e.Type().IsRegular() || strings.HasSuffix(e.Name(), ".json"+tempMark) {
			continue
		}
		content := s.peek(e.Name())
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

// peek reads as much of a file as a token file may have; nothing when it
// cannot be read.
func (s *Store) peek(name string) []byte {
	f, err := os.OpenFile(filepath.Join(s.Dir, name), os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil
	}
	defer f.Close()
	content, _ := io.ReadAll(io.LimitReader(f, maxRead))
	return content
}
