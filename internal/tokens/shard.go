package tokens

import (
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// Shard is one of Count disjoint parts of all bases; Index starts at 0, as in
// Kubernetes. The zero value stands for all bases.
type Shard struct{ Index, Count uint64 }

// Set parses "i/n". It implements pflag.Value.
func (s *Shard) Set(v string) error {
	a, b, found := strings.Cut(v, "/")
	i, bad := strconv.ParseUint(a, 10, 16)
	n, worse := strconv.ParseUint(b, 10, 16)
	if !found || bad != nil || worse != nil || i >= n {
		return errors.New("want i/n with 0 <= i < n")
	}
	*s = Shard{i, n}
	return nil
}

// String returns "i/n", or "" for the zero value.
func (s *Shard) String() string {
	if s.Count == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.Index, s.Count)
}

// Type returns the placeholder that the help shows for the value.
func (s *Shard) Type() string { return "i/n" }

// Holds reports whether a base belongs to this shard. The answer does not depend on
// which other bases exist.
func (s *Shard) Holds(b openfire.Base) bool {
	if s.Count == 0 {
		return true
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(b.Host()))
	return h.Sum64()%s.Count == s.Index
}
