package faults

import (
	"strconv"
	"strings"
)

// entra reads the number behind an "AADSTS" and returns its end. A line break
// may have cut the number in two.
func (r *searcher) entra(at int) (end int) {
	start := at + len("aadsts")
	for start < len(r.low) && start < at+9 && strings.IndexByte(" :#-=", r.low[start]) >= 0 {
		start++
	}
	code, end := digits(r.low, start, 8)
	if end-start < 4 {
		return end
	}
	if end < len(r.low) && r.low[end] == ' ' && !isKnown(code) {
		_, further := digits(r.low, end+1, 8)
		if joined, err := strconv.Atoi(r.low[start:end] + r.low[end+1:further]); err == nil && isKnown(joined) {
			code, end = joined, further
		}
	}
	r.code(code, at)
	return end
}

// code records an AADSTS code.
func (r *searcher) code(code, at int) {
	if f, ok := ByCode(code); ok {
		r.add(f, byCode, at)
	} else if f, ok := fromList(code); ok {
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
		if code := EnhancedCode(r.low[start:]); start > end && code != "" && code[0] == r.low[at] {
			end = start + len(code)
			r.reply(n, code, at, end)
		}
	case length == 1:
		if code := EnhancedCode(r.low[at:]); code != "" && r.isStatusCode(code, at) {
			end = at + len(code)
			r.reply(0, code, at, end)
		}
	case length >= 5 && strings.Contains(r.low[max(0, at-24):at], "err") && isKnown(n):
		r.code(n, at)
	}
	return end
}

// isStatusCode reports whether a number without a reply code before it is an enhanced
// status code and not a version number.
func (r *searcher) isStatusCode(code string, at int) bool {
	before := r.low[max(0, at-14):at]
	if containsAny(before, []string{"status", "dsn", "smtp", "error", "erreur", "code", "said"}) {
		return true
	}
	n, err := strconv.Atoi(code[strings.LastIndexByte(code, '.')+1:])
	return err == nil && n >= 30 && smtpFault(0, code, "").Enhanced != ""
}

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
	if f.Enhanced == "" {
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
