package faults

import (
	"strconv"
	"strings"
)

// number looks at a number where a word begins: an SMTP reply, an enhanced
// status code, or a code of Entra that something calls an error.
func (r *reader) number(i int) (end int) {
	n, end := digits(r.low, i, 8)
	switch length := end - i; {
	case length == 3 && n >= 400 && n < 600:
		j := end
		for j < len(r.low) && j < end+5 && strings.IndexByte(" -,:;(#b'\"", r.low[j]) >= 0 {
			j++
		}
		if class, code := enhancedAt(r.low, j); j > end && code != "" && class == n/100 {
			r.reply(n, code, i, j+len(code))
			return j + len(code)
		}
	case length == 1 && (n == 4 || n == 5):
		if _, code := enhancedAt(r.low, i); code != "" && r.told(code, i) {
			r.reply(0, code, i, i+len(code))
			return i + len(code)
		}
	case length >= 5 && strings.Contains(r.low[max(0, i-24):i], "err") && known(n):
		r.code(n, i)
	}
	return end
}

// told reports whether an enhanced status code without a reply code is meant as
// one: version numbers look the same.
func (r *reader) told(code string, i int) bool {
	before := r.low[max(0, i-14):i]
	for _, word := range []string{"status", "dsn", "smtp", "error", "erreur", "code", "said"} {
		if strings.Contains(before, word) {
			return true
		}
	}
	last := code[strings.LastIndexByte(code, '.')+1:]
	n, err := strconv.Atoi(last)
	return err == nil && n >= 30 && smtp(0, code, "").Enhanced != ""
}

// reply notes an SMTP reply; its words end where the next reply begins.
func (r *reader) reply(status int, code string, at, end int) {
	words := r.low[end:min(len(r.low), end+400)]
	for i := 1; i+9 < len(words); i++ {
		if words[i-1] != ' ' || words[i] != '4' && words[i] != '5' {
			continue
		}
		if next, after := digits(words, i, 3); after == i+3 {
			if class, _ := enhancedAt(words, after+1); class == next/100 {
				words = words[:i]
				break
			}
		}
	}
	f := smtp(status, code, words)
	if f.Enhanced == "" {
		r.add(f, byClass, at)
		return
	}
	r.add(f, byReply, at)
}

// digits reads at most n digits at i.
func digits(s string, i, n int) (value, end int) {
	for end = i; end < len(s) && end-i < n && s[end] >= '0' && s[end] <= '9'; end++ {
		value = value*10 + int(s[end]-'0')
	}
	return value, end
}

// enhancedAt reads an enhanced status code (RFC 3463 section 2) at i.
func enhancedAt(s string, i int) (class int, code string) {
	class, j := digits(s, i, 2)
	if class != 4 && class != 5 || j != i+1 {
		return 0, ""
	}
	for range 2 {
		if j >= len(s) || s[j] != '.' {
			return 0, ""
		}
		_, next := digits(s, j+1, 3)
		if next == j+1 {
			return 0, ""
		}
		j = next
	}
	if j < len(s) && (s[j] >= '0' && s[j] <= '9' || s[j] == '.' && j+1 < len(s) && s[j+1] >= '0' && s[j+1] <= '9') {
		return 0, ""
	}
	return class, s[i:j]
}
