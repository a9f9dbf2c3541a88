package faults

import (
	"slices"
	"strings"
	"sync"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// What the response codes of RFC 5530 say of a refusal: that it passes, or that
// it is meant for whoever signs in. A server that says BYE is busy or about to
// stop, unless one of the latter stands with it.
var (
	imapPasses = []string{"UNAVAILABLE", "INUSE", "SERVERBUG"}
	imapLasts  = []string{"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED", "CONTACTADMIN", "NOPERM"}
)

// SMTP returns the entry for an SMTP reply: its code (RFC 5321 section 4.2),
// its enhanced status code (RFC 3463) and its words. Something is always found.
func SMTP(code int, enhanced, text string) Fault { return smtpFault(code, enhanced, lower(text)) }

// IMAP returns the entry for an IMAP refusal: the command that was refused, the
// verdict (NO, BAD or BYE), the response code (RFC 5530), which may be empty, and
// the words. Something is always found.
func IMAP(verb, verdict, response, text string) Fault {
	text = lower(text)
	known := slices.IndexFunc(imapFaults, func(f Fault) bool { return containsAny(text, f.Words) })
	fault := mailRefused
	switch {
	case slices.Contains(imapPasses, response), verdict == "BYE" && known < 0 && !slices.Contains(imapLasts, response):
		fault = mailTemporary
	case verb == "AUTHENTICATE":
		return imapFaults[slices.IndexFunc(imapFaults, func(f Fault) bool { return f.Verb == verb })]
	case known >= 0:
		return imapFaults[known]
	}
	fault.Where = FromIMAP
	return fault
}

// smtpFault returns the entry for an SMTP reply. Among entries of its enhanced
// code the one whose words it says wins, then the common one, then the only one;
// a status of 0 is one that the text does not tell. text is in lower case.
func smtpFault(status int, enhanced, text string) Fault {
	best, score := Fault{}, 0
	for _, f := range byEnhancedCode()[enhanced] {
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
		return mailTemporary
	case containsAny(text, []string{"sendasdenied", "not owned by user"}):
		best, _ = ByID("554-5.2.252")
		return best
	case status == 535 || status == 530:
		best, _ = ByID("535-5.7.3")
		return best
	}
	return mailRefused
}

// byEnhancedCode are the entries of the catalogue by their enhanced codes.
var byEnhancedCode = sync.OnceValue(func() map[string][]*Fault {
	index := map[string][]*Fault{}
	for i := range Catalogue() {
		if f := &Catalogue()[i]; f.Enhanced != "" {
			index[f.Enhanced] = append(index[f.Enhanced], f)
		}
	}
	return index
})

// isOnlyOfItsCodes reports a fault whose codes no other has.
func isOnlyOfItsCodes(f Fault) bool {
	return !slices.ContainsFunc(Catalogue(), func(g Fault) bool { return g.ID != f.ID && g.Status == f.Status && g.Enhanced == f.Enhanced })
}

// containsAny reports one of the words in a text in lower case.
func containsAny(text string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// What the catalogue has no entry for, by its class (RFC 5321 section 4.2.1).
var (
	mailTemporary = Fault{ID: "mail-temporary", Where: FromSMTP, Who: Nobody, Exit: problem.Temporary, Passes: true,
		What: i18n.T("The mail server asks to wait."),
		Do:   i18n.T("Try again in a few minutes.")}
	mailRefused = Fault{ID: "mail-refused", Where: FromSMTP, Who: ExchangeAdmin, Exit: problem.Mail,
		What: i18n.T("The mail server refuses."),
		Do:   i18n.T("Its reply, above, says why; show it to the Microsoft 365 administrator.")}
)
