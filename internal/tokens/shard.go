package tokens

import (
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// Shard is one of several parts of all bases, counted from 0 as Kubernetes does.
// The zero value is all of them.
type Shard struct{ Index, Count uint64 }

// Set reads "i/n", as the value of a flag.
func (s *Shard) Set(v string) error {
	a, b, found := strings.Cut(v, "/")
	i, bad := strconv.ParseUint(a, 10, 16)
	n, worse := strconv.ParseUint(b, 10, 16)
	if !found || bad != nil || worse != nil || i >= n {
		return errors.New("i/n with 0 <= i < n is wanted")
	}
	*s = Shard{i, n}
	return nil
}

// String returns "i/n", "" for the zero value.
func (s *Shard) String() string {
	if s.Count == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.Index, s.Count)
}

// Type is how help shows the value.
func (s *Shard) Type() string { return "i/n" }

// Holds reports whether a base belongs to this part: always the same one,
// whichever others there are.
func (s *Shard) Holds(b openfire.Base) bool {
	if s.Count == 0 {
		return true
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(b.Host()))
	return h.Sum64()%s.Count == s.Index
}
