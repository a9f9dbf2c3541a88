package faults

import (
	"slices"
	"strings"
)

// Response codes of RFC 5530 that mean a temporary refusal, and those that do
// not. BYE without one of the latter means that the server is busy or stops.
var (
	imapPasses = []string{"UNAVAILABLE", "INUSE", "SERVERBUG"}
	imapLasts  = []string{"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED", "CONTACTADMIN",
		"NOPERM"}
)

// SMTP returns the fault of an SMTP reply: its code (RFC 5321 section 4.2), its
// enhanced status code (RFC 3463) and its text. Without a match it is a general
// fault.
func SMTP(code int, enhanced, text string) Fault {
	return smtpFault(code, enhanced, lower([]byte(text)))
}

// IMAP returns the fault of an IMAP response: the refused command, the status (NO,
// BAD or BYE), the response code (RFC 5530), which may be empty, and the text.
// Without a match it is a general fault.
func IMAP(verb, verdict, response, text string) Fault {
	text = lower([]byte(text))
	known, isKnown := first(func(f *Fault) bool { return f.Where == FromIMAP && containsAny(text, f.Words) })
	fault := fallback("mail-refused")
	switch {
	case slices.Contains(imapPasses, response), verdict == "BYE" && !isKnown && !slices.Contains(imapLasts, response):
		fault = fallback("mail-temporary")
	case verb == "AUTHENTICATE":
		fault, _ = ByID("imap-authenticate-failed")
	case isKnown:
		fault = known
	}
	fault.Where = FromIMAP
	return fault
}

// smtpFault is SMTP for a text in lower case; a status of 0 is unknown. Among the
// entries of an enhanced code it prefers the one whose words are in the text, then
// the one without words, then the only one.
func smtpFault(status int, enhanced, text string) Fault {
	best, score := Fault{}, 0
	for i, all := 0, Catalogue(); i < len(all); i++ {
		f := &all[i]
		if f.Enhanced == "" || f.Enhanced != enhanced {
			continue
		}
		points := 0
		if containsAny(text, f.Words) {
			points = 4
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
	switch {
	case score > 0:
		return best
	case status/100 == 4 || status == 0 && strings.HasPrefix(enhanced, "4."):
		return fallback("mail-temporary")
	case containsAny(text, []string{"sendasdenied", "not owned by user"}):
		best, _ = ByID("554-5.2.252")
		return best
	case status == 535 || status == 530:
		best, _ = ByID("535-5.7.3")
		return best
	}
	return fallback("mail-refused")
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
