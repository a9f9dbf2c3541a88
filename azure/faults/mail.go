package faults

import (
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure/faults/decode"
)

// notSignedIn is the ID of the refusal of a message because nobody is signed in.
const notSignedIn = "530-5.7.57"

// SMTP returns the fault of a reply of the cloud's SMTP server: its code (RFC 5321
// section 4.2), its enhanced status code (RFC 3463) and its text. Without a match it is
// a general fault.
func SMTP(code int, enhanced, text string) Fault {
	f := smtpFault(code, enhanced, decode.Lower([]byte(text)))
	if f.ID == "mail-other-login" { // for texts whose server is not known
		f, _ = ByID("535-5.7.3")
	}
	return f
}

// IMAP returns the fault of an IMAP response: the refused command, the status (NO,
// BAD or BYE), the response code (RFC 5530), which may be empty, and the text.
// Without a match it is a general fault.
func IMAP(verb, verdict, response, text string) Fault {
	known, isKnown := phraseIn(decode.Lower([]byte("no ["+response+"] "+text)), FromIMAP)
	fault := fallback("mail-refused")
	switch {
	case isKnown && (known.Passes || verb != "AUTHENTICATE"):
		fault = known
	case verdict == "BYE" && !isKnown:
		fault = fallback("mail-temporary")
	case verb == "AUTHENTICATE":
		fault, _ = ByID("imap-authenticate-failed")
	}
	fault.Where = FromIMAP
	return fault
}

// smtpFault is SMTP for a text in lower case; a status of 0 is unknown. Among the
// entries of an enhanced code it prefers the one whose words are in the text, then a
// family whose words are there, then the entry without words, then the only one, then
// the family of the code.
func smtpFault(status int, enhanced, text string) Fault {
	f, score := entryOfReply(status, enhanced, text)
	if score < codesMatch {
		if g, ok := phraseIn(text, FromSMTP); ok {
			f, score = g, wordsMatch
		}
	}
	if s, ok := ofReply(enhanced); ok && score == 0 {
		f, score = *s.fault, 1
	}
	switch {
	case score > 0:
	case status/100 == 4 || status == 0 && strings.HasPrefix(enhanced, "4."):
		f = fallback("mail-temporary")
	case status == 535 || status == 530:
		f, _ = ByID("535-5.7.3")
		return f
	default:
		f = fallback("mail-refused")
	}
	if f.Enhanced != enhanced && enhanced != "" || f.Enhanced == "" {
		f.Status, f.Enhanced = status, enhanced
	}
	return f
}

// The scores of an entry whose words are in the text, and of one without words that has
// the reply code and the enhanced status code.
const (
	wordsMatch = 4
	codesMatch = 3
)

// entryOfReply returns the catalogue's best entry for a reply, and 0 if it has none.
func entryOfReply(status int, enhanced, text string) (best Fault, score int) {
	for i, all := 0, Catalogue(); i < len(all); i++ {
		f := &all[i]
		if f.Enhanced == "" || f.Enhanced != enhanced {
			continue
		}
		points := 0
		if containsAny(text, f.Words) {
			points = wordsMatch
		}
		if len(f.Words) == 0 {
			points++
		}
		if f.Status == status && (points > 0 || isOnlyOfItsCodes(*f)) {
			points += 2
		}
		if points > score {
			best, score = *f, points
		}
	}
	return best, score
}

// isOnlyOfItsCodes reports whether no other entry has the fault's codes.
func isOnlyOfItsCodes(f Fault) bool {
	return !slices.ContainsFunc(Catalogue(), func(g Fault) bool {
		return g.ID != f.ID && g.Status == f.Status && g.Enhanced == f.Enhanced
	})
}

// containsAny reports whether text contains one of words.
func containsAny(text string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}
