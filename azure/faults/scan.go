package faults

import (
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure/faults/decode"
)

// entra records the number behind an "AADSTS" at an offset, whose end is given, and
// returns the end of the number.
func (r *searcher) entra(at, start int) (end int) {
	if start+1 < len(r.low) && strings.IndexByte("ast", r.low[start]) >= 0 { // a letter too many
		start++
	}
	code, end := entraNumber(r.low, skipSeparators(r.low, start))
	if code > 999 {
		r.code(code, at)
	}
	return end
}

// skipSeparators returns the end of at most three signs between "AADSTS" and its number.
func skipSeparators(s string, i int) int {
	for last := i + 3; i < len(s) && i < last && strings.IndexByte(" :#-=", s[i]) >= 0; {
		i++
	}
	return i
}

// entraNumber reads an AADSTS number at i and returns its end. If the number is unknown,
// but would be known without the spaces of a line break and with digits for the letters
// that programs read in screenshots, it is read so.
func entraNumber(s string, i int) (code, end int) {
	code, end = digits(s, i, 8)
	if isKnown(code) {
		return code, end
	}
	for j, joined := i, ""; j < len(s) && len(joined) < 8; j++ {
		c := letterDigits.Replace(s[j : j+1])
		if c != "" && !isDigit(c[0]) || !isDigit(s[j]) && j > 0 && s[j-1] == ' ' {
			break
		}
		joined += c
		n, _ := strconv.Atoi(joined)
		goesOn := j+1 < len(s) && strings.IndexByte("0123456789oli", s[j+1]) >= 0
		if len(joined) > 4 && isKnown(n) && !goesOn {
			return n, j + 1
		}
	}
	return code, end
}

// misspelled records an AADSTS code whose letters have one mistake, such as AADST50105.
func (r *searcher) misspelled(at int) {
	i := at
	for i < len(r.low) && i < at+8 && 'a' <= r.low[i] && r.low[i] <= 'z' {
		i++
	}
	if i-at < 5 || i-at > 7 || !decode.IsMisspelled(r.low[at:i], "aadsts") {
		return
	}
	if code, _ := entraNumber(r.low, skipSeparators(r.low, i)); isKnown(code) {
		r.code(code, at)
	}
}

// code records an AADSTS code.
func (r *searcher) code(code, at int) {
	if f, ok := ByCode(code); ok {
		r.add(f, byCode, at)
	} else if f, ok := entraFamily(code); ok && !isGeneral(code) {
		r.add(f, byList, at)
	} else {
		r.add(Fault{Code: code}, byClass, at) // sorted gives it the OAuth error of the text
	}
}

// number reads a number at the beginning of a word and returns its end: an SMTP
// reply, an enhanced status code, or a code of Entra after the word "error".
func (r *searcher) number(at int) (end int) {
	n, end := digits(r.low, at, 8)
	switch length := end - at; {
	case length == 3 && n >= 400 && n < 600:
		rest := r.low[end:min(len(r.low), end+5)]
		start := end + len(rest) - len(strings.TrimLeft(rest, " -,:;(#b'\""))
		if code, length := gappedCode(r.low[start:]); start > end && code != "" {
			end = start + length
			r.reply(n, code, at, end)
		} else if r.isReply(at) {
			r.reply(n, "", at, end)
		}
	case length == 1:
		if code := EnhancedCode(r.low[at:]); code != "" && r.isStatusCode(code, at) {
			end = at + len(code)
			r.reply(0, code, at, end)
		}
	case length >= 5 && isKnown(n) && !strings.HasPrefix(r.low[end:], "#") && r.isErrorCode(at):
		r.code(n, at)
	}
	return end
}

// gappedCode returns the enhanced status code at the head of s and its length there,
// which is greater if a line break or a screenshot has put a space behind a point.
func gappedCode(s string) (code string, length int) {
	if code = EnhancedCode(s); code != "" {
		return code, len(code)
	}
	s = s[:min(len(s), 12)]
	code = EnhancedCode(strings.ReplaceAll(s, ". ", "."))
	for length = len(code); length < len(s) && strings.ReplaceAll(s[:length], ". ", ".") != code; {
		length++
	}
	return code, length
}

// isReply reports whether a program says that the number at an offset is the reply of a
// mail server.
func (r *searcher) isReply(at int) bool {
	before := strings.TrimRight(r.low[max(0, at-26):at], " '\"(")
	return strings.HasSuffix(before, "said:") || strings.HasSuffix(before, "returned") ||
		strings.HasSuffix(before, "server replied:") ||
		strings.Contains(before, "smtp") && strings.HasSuffix(r.low[:at], "(")
}

// isStatusCode reports whether a number without a reply code before it is an enhanced
// status code and not a version number.
func (r *searcher) isStatusCode(code string, at int) bool {
	before, after := r.low[max(0, at-14):at], r.low[at+len(code):min(len(r.low), at+len(code)+100)]
	if at > 0 && strings.IndexByte(".-/\\@", r.low[at-1]) >= 0 ||
		after != "" && strings.IndexByte("/.-", after[0]) >= 0 && len(after) > 1 && inWord(after[1]) {
		return false // part of an address, a path or a version
	}
	if containsAny(before, replyWords) || containsAny(after[:min(len(after), 40)], refusalWords) {
		return true
	}
	if _, ok := phraseIn(after, FromSMTP); ok {
		return true
	}
	_, ok := ofReply(code) // versions of Linux begin with 5.4
	return len(code) > 6 && len(r.low) < logSize && code[:4] != "5.4." && (ok || code == "5.7.139")
}

// replyWords are words before an enhanced status code, and refusalWords behind one.
var (
	replyWords = []string{"status", "statut", "dsn", "smtp", "error", "erreur", "code", "said", "was:", "xception:", "répond",
		"returned"}
	refusalWords = []string{"authentication unsuccessful", "access denied", "starttls", "basic authentication"}
)

// isErrorCode reports whether the words before an offset call it the code of an error, in
// one of the languages of Microsoft's pages.
func (r *searcher) isErrorCode(at int) bool {
	const between = " :;,=?#()[]{}\"'："
	before := r.low[max(0, at-40):at]
	for range 2 {
		before = strings.TrimRight(before, between)
		word := strings.LastIndexAny(before, between) + 1
		if containsAny(before[word:], errorWords) {
			return true
		}
		if !containsAny(before[word:], codeWords) {
			return false
		}
		before = before[:word]
	}
	return false
}

// errorWords and codeWords are how "error" and "code" begin in the languages of
// Microsoft's pages.
var (
	errorWords = []string{"err", "fehler", "fout", "felkod", "feil", "fejl", "virhe", "hata", "błęd", "chyb", "hiba",
		"eroare", "σφάλ", "σφαλ", "ошиб", "помил", "エラー", "错误", "錯誤", "오류", "خطأ", "שגיאה", "lỗi"}
	codeWords = []string{"cod", "cód", "kod", "kód", "код", "κωδ", "コード", "代码", "代碼", "코드", "رمز", "קוד", "numéro",
		"number", "nummer", "n°"}
)

// reply records an SMTP reply. Its words, from end, reach to the next reply.
func (r *searcher) reply(status int, code string, at, end int) {
	words := r.low[end:min(len(r.low), end+400)]
	for i := range len(words) - 5 {
		if words[i] == ' ' && strings.HasPrefix(EnhancedCode(words[i+5:]), words[i+1:i+2]) {
			words = words[:i]
			break
		}
	}
	f, as := smtpFault(status, code, words), byReply
	if f.ID == "mail-refused" || f.ID == "mail-temporary" {
		as = byClass
	}
	r.add(f, as, at)
}

// digits reads at most n digits at i.
func digits(s string, i, n int) (value, end int) {
	for end = i; end < len(s) && end-i < n && isDigit(s[end]); end++ {
		value = value*10 + int(s[end]-'0')
	}
	return value, end
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// EnhancedCode returns the enhanced status code (RFC 3463 section 2) of an
// error at the head of s, unless it is part of a longer number, or "".
func EnhancedCode(s string) string {
	_, subject := digits(s, 2, 3)
	_, end := digits(s, subject+1, 3)
	if subject == 2 || end == subject+1 || s[0] != '4' && s[0] != '5' || s[1] != '.' || s[subject] != '.' {
		return ""
	}
	if rest := strings.TrimPrefix(s[end:], "."); rest != "" && isDigit(rest[0]) {
		return ""
	}
	return s[:end]
}
