package faults

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/openfire-fr/openfire-o365/azure/faults/decode"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Found is a fault found in a text.
type Found struct {
	Fault
	Detail string // the words of the text, sanitized and without secrets
	rank   rank
	at     int // offset in the text
}

// rank orders faults: causes before consequences, the certain before the likely.
type rank int

const (
	byCode     rank = iota // an entry of the catalogue, by its AADSTS number
	byList                 // the family of an AADSTS code
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
	normal := decode.Text(text)
	r := searcher{text: string(normal)}
	r.low = decode.Lower(normal)
	if f, ok := typed(r.low); ok {
		return []Found{{Fault: f}}
	}
	r.scan()
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
	if strings.HasPrefix(f.ID, "550-5.2.25") || f.ID == notSignedIn {
		as = afterwards
	} else if f.ID == copiedBase {
		as = byServer
	}
	for i := range r.found {
		if g := &r.found[i]; g.ID == f.ID && g.Code == f.Code && g.rank <= as {
			return
		}
	}
	if len(r.low) < logSize || !r.isRetried(at) {
		r.found = append(r.found, Found{f, excerpt(r.text[at:]), as, at})
	}
}

// logSize is the size of a text, in bytes, that is taken for a log.
const logSize = 8 << 10

// isRetried reports whether the line of a Postfix log around an offset is about a
// delivery to a server of somebody else that Postfix will retry, which is ordinary.
func (r *searcher) isRetried(at int) bool {
	start := max(0, at-600)
	start += max(0, strings.LastIndex(r.low[start:at], "postfix/"))
	line, _, _ := strings.Cut(r.low[start+1:min(len(r.low), at+900)], "postfix/")
	return strings.HasPrefix(r.low[start:], "postfix/") &&
		containsAny(line, []string{"status=deferred", " said: 4"}) &&
		!containsAny(line, []string{"smtp.office365.com", "smtp-mail.outlook.com"})
}

// labels are the words that people write before a code.
var labels = []string{"aadsts", "code", "dsn", "err", "erreur", "error", "fehler", "fout", "imap", "microsoft", "no", "number",
	"numéro", "n°", "reply", "smtp", "statut", "status"}

// typed returns the fault of a text in lower case that is only a code or a fault's ID.
func typed(text string) (f Fault, known bool) {
	name := strings.Trim(text, " .,;:!?\"'()[]#")
	if len(name) > 40 {
		return f, false
	}
	if f, known = Explain(name); known {
		return f, true
	}
	words := strings.FieldsFunc(name, func(c rune) bool { return strings.ContainsRune(" :#=", c) })
	for len(words) > 1 && slices.Contains(labels, words[0]) {
		words = words[1:]
	}
	name = strings.Join(words, " ")
	n, err := strconv.Atoi(letterDigits.Replace(name))
	switch {
	case err == nil && n >= 400 && n < 600:
		return smtpFault(n, "", ""), true
	case err == nil:
		return Explain("aadsts" + strconv.Itoa(n))
	case name != "" && EnhancedCode(name) == name:
		return smtpFault(0, name, ""), true
	}
	return f, false
}

// letterDigits replaces what programs that read screenshots write for digits.
var letterDigits = strings.NewReplacer("o", "0", "l", "1", "i", "1", " ", "")

// isKnown reports whether an AADSTS code is in the catalogue or of a family other than
// the general one.
func isKnown(code int) bool {
	_, ok := ByCode(code)
	return ok || !isGeneral(code)
}

// phrase is text in lower case that identifies a fault.
type phrase struct {
	words string
	fault *Fault
	as    rank
}

// phrases indexes the phrases of the catalogue and of the families by their first two
// bytes, the longest first. Looking them up where a word begins is several times faster
// than searching for each.
var phrases = sync.OnceValue(func() *[1 << 12][]phrase {
	var index [1 << 12][]phrase
	for _, f := range slices.Concat(Catalogue(), Families(), fallbacks()) {
		words, as := f.Words, byWords
		if f.Code == 0 && f.Error != "" {
			words, as = []string{f.Error}, byClass
		}
		for _, w := range words {
			index[bucket(w)] = append(index[bucket(w)], phrase{w, &f, as})
		}
	}
	for _, b := range index {
		slices.SortStableFunc(b, func(x, y phrase) int { return len(y.words) - len(x.words) })
	}
	return &index
})

// bucket returns the place of a text of at least two bytes in the index.
func bucket(s string) int { return int(s[0]&63)<<6 | int(s[1]&63) }

// phraseIn returns the first fault of an origin with words that are in a text in lower
// case.
func phraseIn(text string, where Origin) (Fault, bool) {
	for i := 0; i < len(text)-1; i = skipWord(text, i+1) {
		for _, p := range phrases()[bucket(text[i:])] {
			if p.fault.Where == where && strings.HasPrefix(text[i:], p.words) {
				return *p.fault, true
			}
		}
	}
	return Fault{}, false
}

// scan records the AADSTS codes in the text, and the other numbers and phrases at
// the beginning of a word.
func (r *searcher) scan() {
	index, low := phrases(), r.low
	for i := 0; i < len(low); i = skipWord(low, i) {
		switch {
		case isDigit(low[i]):
			i = r.number(i)
		case isAADSTS(low[i:]):
			i = r.entra(i, i+len("aadsts"))
		default:
			if i+1 < len(low) {
				r.phrases(index[bucket(low[i:])], i)
			}
			if low[i] == 'a' {
				r.misspelled(i)
			}
			i++
		}
	}
}

// skipWord returns the end of the word that contains the byte before i, unless an AADSTS
// code begins in it.
func skipWord(low string, i int) int {
	for i < len(low) && inWord(low[i-1]) && inWord(low[i]) && !isAADSTS(low[i:]) {
		i++
	}
	return i
}

func isAADSTS(s string) bool { return s[0] == 'a' && strings.HasPrefix(s, "aadsts") }

// inWord reports whether a byte of a text in lower case belongs to a word.
func inWord(c byte) bool {
	return c >= 'a' && c <= 'z' || isDigit(c) || c >= utf8.RuneSelf || c == '_'
}

// phrases records the candidates that the text has at an offset.
func (r *searcher) phrases(candidates []phrase, at int) {
	for _, p := range candidates {
		if strings.HasPrefix(r.low[at:], p.words) && (p.fault.ID != copiedBase || r.isCopiedBase()) {
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
			f.Fault = Entra([]int{f.Code}, r.oauth, 0)
			f.Code, f.Link = r.found[i].Code, errorPage+strconv.Itoa(r.found[i].Code)
			r.found[i] = f
		}
		if f.rank != byWords {
			best[isMail(f.Fault)] = min(best[isMail(f.Fault)], f.rank)
		}
		coded = coded || f.rank < byWords || f.rank == afterwards
	}
	slices.SortStableFunc(r.found, func(a, b Found) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(min(b.Code, 1), min(a.Code, 1)))
	})
	var kept []Found
	for _, f := range r.found {
		superfluous := f.rank == byClass && best[isMail(f.Fault)] < byClass ||
			f.rank == byWords && coded && (f.Code != 0 || f.Enhanced != "") ||
			f.rank == byReply && len(f.Words) == 0 && isRefined(r.found, f) ||
			slices.ContainsFunc(kept, func(g Found) bool { return g.ID == f.ID || f.repeats(g) }) ||
			slices.ContainsFunc(r.found, func(g Found) bool { return g.rank >= afterwards && f.repeats(g) })
		if !superfluous {
			kept = append(kept, f)
		}
	}
	return kept
}

const copiedBase = "base-copied"

// isCopiedBase reports whether the text is about the server "none" of a copied base,
// whose name does not resolve. Odoo writes 'None' for any server.
func (r *searcher) isCopiedBase() bool {
	return !strings.Contains(r.text, "'None'") &&
		containsAny(r.low, []string{"55555", "gaierror", "name or service not known"})
}

// sentence is the length, in bytes, of what a program says about one error.
const sentence = 240

// repeats reports whether a family, found by its words, is about the same error as
// another fault, which is more certain or comes first. Neither is of Entra or Graph.
func (f Found) repeats(g Found) bool {
	mail := []Origin{FromSMTP, FromIMAP, OnBase, OnNetwork}
	return f.rank == byWords && f.Sample == "" && max(f.at-g.at, g.at-f.at) < sentence &&
		slices.Contains(mail, f.Where) && slices.Contains(mail, g.Where)
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
