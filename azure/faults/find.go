package faults

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Found is a fault that a text speaks of.
type Found struct {
	Fault
	Detail string // the words of the text that say so, sanitised; no secret
	rank   rank
	at     int
}

// rank orders what is found: causes before consequences, what is known before
// what is guessed.
type rank int

const (
	byCode     rank = iota // an entry of the catalogue, by its AADSTS number
	byList                 // a number without an entry
	byReply                // a mail server's refusal
	byWords                // words alone
	afterwards             // what only follows from another refusal
	byClass                // an OAuth error or a reply that says no more
)

// Find returns every fault that a text speaks of, each once, the decisive one
// first. The text may be a code, a message copied from anywhere, a bounced mail
// or a log, wrapped, quoted, encoded and cut as people's programs do that.
func Find(text string) []Found {
	r := reader{text: plain(text)}
	r.low = lower(r.text)
	if r.whole(); len(r.found) == 0 {
		r.scan()
	}
	return r.sorted()
}

// reader looks through one text.
type reader struct {
	text, low string // the same bytes, but for the case of letters
	oauth     string // the first OAuth error that is named
	found     []Found
}

// add notes a fault; a log that repeats itself is noted once.
func (r *reader) add(f Fault, as rank, at int) {
	if strings.HasPrefix(f.Enhanced, "5.2.25") && f.Status == 550 || f.Enhanced == "5.7.57" {
		as = afterwards
	}
	for i := range r.found {
		if g := &r.found[i]; g.ID == f.ID && g.Code == f.Code && g.rank <= as {
			return
		}
	}
	r.found = append(r.found, Found{f, excerpt(r.text[at:]), as, at})
}

// whole takes a text that is nothing but a code or a fault's name.
func (r *reader) whole() {
	name := strings.Trim(r.low, " .,;:!?\"'()[]#")
	if len(name) > 40 {
		return
	}
	if f, ok := ByID(name); ok {
		r.found = append(r.found, Found{Fault: f})
		return
	}
	n, err := strconv.Atoi(name)
	switch {
	case err != nil:
		if _, code := enhancedAt(name, 0); name != "" && code == name {
			r.found = append(r.found, Found{Fault: smtp(0, code, "")})
		}
	case n >= 400 && n < 600:
		r.found = append(r.found, Found{Fault: smtp(n, "", "")})
	case known(n):
		r.found = append(r.found, Found{Fault: Entra([]int{n}, "", 0)})
	}
}

// known reports a code of the catalogue or of the list.
func known(code int) bool {
	if _, ok := coded(code); ok {
		return true
	}
	_, ok := listed(code)
	return ok
}

// lexicon is all words of the catalogue by their first four bytes, in a table
// that a log's words, one every six bytes, seldom hit by chance.
type lexicon [1 << 12][]phrase

type phrase struct {
	words string
	fault Fault
	as    rank
}

// slot is where words that begin like s are (Fibonacci hashing).
func slot(s string) uint32 {
	return (uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24) * 0x9e3779b1 >> 20
}

var phrases = sync.OnceValue(func() *lexicon {
	var l lexicon
	add := func(words string, f Fault, as rank) {
		l[slot(words)] = append(l[slot(words)], phrase{words, f, as})
	}
	for _, f := range Catalogue() {
		for _, w := range f.Words {
			add(w, f, byWords)
		}
	}
	for _, f := range fallbacks {
		if f.Error != "" {
			add(f.Error, f, byClass)
		}
	}
	return &l
})

// scan goes once through the text and looks closely where a word begins.
func (r *reader) scan() {
	index := phrases()
	inWord := false
	for i := 0; i < len(r.low); i++ {
		c := r.low[i]
		begins := !inWord
		inWord = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 0x80 || c == '_'
		if !begins && c != 'a' || i+4 > len(r.low) {
			continue
		}
		if c == 'a' && strings.HasPrefix(r.low[i:], "aadsts") {
			i = r.entra(i, i+len("aadsts")) - 1
			continue
		}
		if !begins {
			continue
		}
		if c >= '0' && c <= '9' {
			if end := r.number(i); end > i {
				i, inWord = end-1, true
			}
			continue
		}
		for _, p := range index[slot(r.low[i:])] {
			if strings.HasPrefix(r.low[i:], p.words) {
				r.add(p.fault, p.as, i)
				if p.as == byClass && r.oauth == "" {
					r.oauth = p.fault.Error
				}
			}
		}
	}
}

// entra reads the number behind "AADSTS", which a line break may have cut in two.
func (r *reader) entra(at, i int) (end int) {
	for i < len(r.low) && i < at+9 && strings.IndexByte(" :#-=", r.low[i]) >= 0 {
		i++
	}
	code, end := digits(r.low, i, 8)
	if end-i < 4 {
		return max(end, at+1)
	}
	if rest, further := digits(r.low, end+1, 8); !known(code) && end < len(r.low) && r.low[end] == ' ' && further > end+1 {
		if joined, err := strconv.Atoi(r.low[i:end] + r.low[end+1:further]); err == nil && rest >= 0 && known(joined) {
			code, end = joined, further
		}
	}
	r.code(code, at)
	return end
}

// code notes a number of Entra.
func (r *reader) code(code, at int) {
	for i := range r.found {
		if g := &r.found[i]; g.Code == code && g.rank <= byList {
			return
		}
	}
	if f, ok := coded(code); ok {
		r.add(f, byCode, at)
	} else if f, ok := listed(code); ok {
		r.add(f, byList, at)
	} else {
		r.add(Fault{Code: code}, byClass, at) // its OAuth error may yet come
	}
}

// sorted leaves each fault once, drops what a better find makes superfluous,
// and puts the decisive one first.
func (r *reader) sorted() []Found {
	best := map[bool]rank{true: byClass, false: byClass} // by what sort of refusal: a mail server's or Entra's
	coded := false
	for i, f := range r.found {
		if f.ID == "" {
			r.found[i].Fault = Entra(nil, r.oauth, 0)
		}
		if f.rank != byWords {
			best[byMail(f.Fault)] = min(best[byMail(f.Fault)], f.rank)
		}
		coded = coded || f.rank < byWords || f.rank == afterwards
	}
	slices.SortStableFunc(r.found, func(a, b Found) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.at, b.at)) })
	seen := map[string]bool{}
	return slices.DeleteFunc(r.found, func(f Found) bool {
		superfluous := seen[f.ID] ||
			f.rank == byClass && best[byMail(f.Fault)] < byClass ||
			f.rank == byWords && coded && (f.Code != 0 || f.Enhanced != "") ||
			f.rank == byReply && len(f.Words) == 0 && refined(r.found, f)
		seen[f.ID] = true
		return superfluous
	})
}

// byMail reports what a mail server says.
func byMail(f Fault) bool { return f.Where == FromSMTP || f.Where == FromIMAP }

// refined: another find says more about the same code.
func refined(found []Found, f Found) bool {
	return slices.ContainsFunc(found, func(g Found) bool { return g.Enhanced == f.Enhanced && g.ID != f.ID && len(g.Words) > 0 })
}

// excerpt is what of a text is shown: one sentence or two, without what follows
// a refusal in logs, and without anything long enough to be a token.
func excerpt(s string) string {
	s = s[:min(len(s), 300)]
	for _, end := range []string{" Trace ID", "\",", "\"}", "&", " Correlation ID", " Timestamp:"} {
		s, _, _ = strings.Cut(s, end)
	}
	words := strings.Fields(s)
	for i, w := range words {
		if len(w) > 70 {
			words[i] = "…"
		}
	}
	return sanitize.Line(strings.Join(words, " "))
}
