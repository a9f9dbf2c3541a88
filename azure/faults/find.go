package faults

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Found is a fault found in a text.
type Found struct {
	Fault
	Detail string // the words of the text, sanitized and without secrets
	rank   rank
}

// rank orders faults: causes before consequences, the certain before the likely.
type rank int

const (
	byCode     rank = iota // an entry of the catalogue, by its AADSTS number
	byList                 // a listed code
	byReply                // a mail server's refusal
	byWords                // a phrase without a code
	afterwards             // the consequence of another refusal
	byClass                // an OAuth error, or a reply without an entry
	byServer               // the name of a server, which any other fault explains better
)

// Find returns the faults that occur in a text, each once, the decisive one first.
// The text may be a code, a copied message, a bounced message or a log, and may have
// been wrapped, quoted, encoded or truncated.
func Find(text string) []Found {
	normal := normalize(text)
	r := searcher{text: string(normal)}
	r.low = lower(normal)
	if r.searchWhole(); len(r.found) == 0 {
		r.scan()
	}
	return r.sorted()
}

// searcher searches one text.
type searcher struct {
	text, low string  // low is text in lower case, at the same offsets
	oauth     string  // the first OAuth error in the text
	found     []Found // in the order of the text
}

// add records a fault, unless it is already recorded with at least that rank.
func (r *searcher) add(f Fault, as rank, at int) {
	if strings.HasPrefix(f.Enhanced, "5.2.25") && f.Status == 550 || f.Enhanced == "5.7.57" {
		as = afterwards
	} else if f.ID == copiedBase {
		as = byServer
	}
	for i := range r.found {
		if g := &r.found[i]; g.ID == f.ID && g.Code == f.Code && g.rank <= as {
			return
		}
	}
	r.found = append(r.found, Found{f, excerpt(r.text[at:]), as})
}

// searchWhole recognises a text that is only a code or a fault's ID.
func (r *searcher) searchWhole() {
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
		if name != "" && EnhancedCode(name) == name {
			r.found = append(r.found, Found{Fault: smtpFault(0, name, "")})
		}
	case n >= 400 && n < 600:
		r.found = append(r.found, Found{Fault: smtpFault(n, "", "")})
	case isKnown(n):
		r.found = append(r.found, Found{Fault: Entra([]int{n}, "", 0)})
	}
}

// isKnown reports whether an AADSTS code is in the catalogue or listed.
func isKnown(code int) bool {
	if _, ok := ByCode(code); ok {
		return true
	}
	_, ok := fromList(code)
	return ok
}

// phrase is text in lower case that identifies a fault.
type phrase struct {
	words string
	fault *Fault
	as    rank
}

// phrases indexes the phrases of the catalogue by their first byte. Looking them up
// where a word begins is several times faster than searching for each.
var phrases = sync.OnceValue(func() (index [256][]phrase) {
	for _, f := range slices.Concat(Catalogue(), fallbacks()) {
		words, as := f.Words, byWords
		if f.Code == 0 && f.Error != "" {
			words, as = []string{f.Error}, byClass
		}
		for _, w := range words {
			index[w[0]] = append(index[w[0]], phrase{w, &f, as})
		}
	}
	return index
})

// scan records the AADSTS codes in the text, and the other numbers and phrases at
// the beginning of a word.
func (r *searcher) scan() {
	index, low := phrases(), r.low
	for i := 0; i < len(low); {
		switch {
		case isDigit(low[i]):
			i = r.number(i)
		case isAADSTS(low[i:]):
			i = r.entra(i)
		default:
			r.phrases(index[low[i]], i)
			i++
		}
		for i < len(low) && inWord(low[i-1]) && inWord(low[i]) && !isAADSTS(low[i:]) {
			i++
		}
	}
}

func isAADSTS(s string) bool { return s[0] == 'a' && strings.HasPrefix(s, "aadsts") }

// inWord reports whether a byte of a text in lower case belongs to a word.
func inWord(c byte) bool {
	return c >= 'a' && c <= 'z' || isDigit(c) || c >= utf8.RuneSelf || c == '_'
}

// phrases records the candidates that the text has at an offset.
func (r *searcher) phrases(candidates []phrase, at int) {
	for _, p := range candidates {
		if s := r.low[at:]; len(s) > 1 && s[1] == p.words[1] && strings.HasPrefix(s, p.words) &&
			(p.fault.ID != copiedBase || r.isCopiedBase()) {
			r.add(*p.fault, p.as, at)
			if p.as == byClass {
				r.oauth = cmp.Or(r.oauth, p.fault.Error)
			}
		}
	}
}

// sorted returns each fault once, the decisive one first, without those that a more
// specific one replaces.
func (r *searcher) sorted() []Found {
	best := map[bool]rank{true: byClass, false: byClass} // of a mail server (true) and of Entra
	coded := false
	for i, f := range r.found {
		if f.ID == "" {
			r.found[i].Fault = Entra(nil, r.oauth, 0)
		}
		if f.rank != byWords {
			best[isMail(f.Fault)] = min(best[isMail(f.Fault)], f.rank)
		}
		coded = coded || f.rank < byWords || f.rank == afterwards
	}
	slices.SortStableFunc(r.found, func(a, b Found) int { return cmp.Compare(a.rank, b.rank) })
	seen := map[string]bool{}
	return slices.DeleteFunc(r.found, func(f Found) bool {
		superfluous := seen[f.ID] ||
			f.rank == byClass && best[isMail(f.Fault)] < byClass ||
			f.rank == byWords && coded && (f.Code != 0 || f.Enhanced != "") ||
			f.rank == byReply && len(f.Words) == 0 && isRefined(r.found, f)
		seen[f.ID] = true
		return superfluous
	})
}

const copiedBase = "base-copied"

// isCopiedBase reports whether the text is about the server "none" of a copied base,
// whose name does not resolve. Odoo writes 'None' for any server.
func (r *searcher) isCopiedBase() bool {
	return !strings.Contains(r.text, "'None'") &&
		containsAny(r.low, []string{"55555", "gaierror", "name or service not known"})
}

// isMail reports whether a fault is a mail server's.
func isMail(f Fault) bool { return f.Where == FromSMTP || f.Where == FromIMAP }

// isRefined reports whether another fault says more about the same code.
func isRefined(found []Found, f Found) bool {
	return slices.ContainsFunc(found, func(g Found) bool {
		return g.Enhanced == f.Enhanced && g.ID != f.ID && len(g.Words) > 0
	})
}

// excerpt returns the first sentences of s, up to the trace ids or the next field,
// without secrets.
func excerpt(s string) string {
	s = sanitize.WithoutSecrets(s[:min(len(s), 300)])
	for _, end := range []string{" Trace ID", "\",", "\"}", "&", " Correlation ID", " Timestamp:"} {
		s, _, _ = strings.Cut(s, end)
	}
	return sanitize.Line(s)
}
