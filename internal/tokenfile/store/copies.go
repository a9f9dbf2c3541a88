package store

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
)

// StrayCopy is a file in the folder that contains a token file's secrets but is not
// a token file: left by an editor, a backup, a synchronization program, or a
// rescue.
type StrayCopy struct {
	Name string
	base string // the base's address in the file; "" if it cannot be read
}

// Rescued reports whether c is a rescue file, which may hold the only valid tokens.
func (c StrayCopy) Rescued() bool { return strings.Contains(c.Name, ".json"+rescueSuffix) }

// BelongsTo reports whether c is a copy of that base's token file.
func (c StrayCopy) BelongsTo(b openfire.Base) bool {
	if c.base != "" {
		return c.base == b.URL()
	}
	before, _, named := strings.Cut(c.Name, strings.TrimSuffix(b.FileName(), ".json"))
	before = strings.TrimLeft(before, ".#~") // prefixes of vi and Emacs; a longer name belongs to another base
	return named && (before == "" || strings.HasSuffix(before, " "))
}

// StrayCopies returns the stray copies for all bases, after reading the folder
// once. It recognizes token files by their names and ignores Update's own temporary
// files. Any other file is judged by its content. Files that this account cannot
// read are omitted.
func (s *Store) StrayCopies() ([]StrayCopy, error) {
	entries, err := s.entries()
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
