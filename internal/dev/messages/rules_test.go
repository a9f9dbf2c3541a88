package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// faults returns the problems of a text and its French translation.
func faults(key string, tr translation) (faults []string) {
	_, english, has := strings.Cut(key, "\x04")
	if !has {
		english = key
	}
	switch {
	case strings.TrimSpace(english) == "":
		faults = append(faults, "it is empty")
	case strings.TrimSpace(tr.text) == "":
		return append(faults, "it is not translated")
	case tr.fuzzy:
		faults = append(faults, "its translation is marked fuzzy")
	}
	for name, text := range map[string]string{"English": english, "French": tr.text} {
		for _, r := range text {
			if why := badRune(r); why != "" {
				faults = append(faults, fmt.Sprintf("%s has %U: %s", name, r, why))
			}
		}
	}
	if f, e := verbs(tr.text), verbs(english); f != e {
		faults = append(faults, fmt.Sprintf("the verbs differ: French %s, English %s", f, e))
	}
	if tr.text == english && letters(english) > 25 {
		faults = append(faults, "both are the same: translate it, or use Literal")
	}
	if m := tight.FindString(tr.text); m != "" {
		faults = append(faults, fmt.Sprintf("French needs a space before the punctuation in %q", m))
	}
	if m := quoted.FindString(tr.text); m != "" {
		faults = append(faults, fmt.Sprintf("French needs spaces inside the guillemets in %q", m))
	}
	return faults
}

// French double punctuation follows a space, except the colon in addresses and times.
var (
	tight  = regexp.MustCompile(`[\pL\pN)»][:;!?](\s|$)`)
	quoted = regexp.MustCompile(`«[^ ]|[^ ]»`)
)

var verb = regexp.MustCompile(`%([-+# 0]*)(\*|\d+)?(\.(\*|\d+)?)?(\[\d+\])?(.|$)`)

// verbs lists the fmt verbs of a text by argument, so that "%[2]s de %[1]d" equals "%d
// of %s".
func verbs(s string) string {
	var list []string
	next := 1
	put := func(v string) {
		for len(list) < next {
			list = append(list, "")
		}
		list[next-1] += v
		next++
	}
	for _, m := range verb.FindAllStringSubmatch(s, -1) {
		if m[6] == "%" && m[1]+m[2]+m[3]+m[5] == "" {
			continue
		}
		if m[2] == "*" {
			put("*")
		}
		if m[4] == "*" {
			put("*")
		}
		if m[5] != "" {
			next, _ = strconv.Atoi(strings.Trim(m[5], "[]"))
		}
		put("%" + strings.TrimSpace(m[1]) + m[6])
	}
	return "[" + strings.Join(list, " ") + "]"
}

func letters(s string) (n int) {
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

// badRune returns why a character is not allowed in a text.
func badRune(r rune) string {
	switch {
	case r == '\u00a0', r == '\u202f':
		return "write an ordinary space; internal/dev/messages makes it unbreakable"
	case r == '\n':
		return ""
	}
	for _, span := range wgl4 {
		if r >= span[0] && r <= span[1] {
			return ""
		}
	}
	return "not in WGL4, and so not in the fonts of many Windows consoles"
}

// wgl4 are the characters of Windows Glyph List 4
// (learn.microsoft.com/typography/develop/character-design-standards, WGL4).
var wgl4 = [][2]rune{
	{0x20, 0x7e}, {0xa1, 0x17f}, {0x192, 0x192}, {0x1fa, 0x1ff}, {0x2c6, 0x2c7}, {0x2c9, 0x2c9}, {0x2d8, 0x2dd},
	{0x384, 0x38a}, {0x38c, 0x38c}, {0x38e, 0x3a1}, {0x3a3, 0x3ce}, {0x401, 0x40c}, {0x40e, 0x44f}, {0x451, 0x45c}, {0x45e, 0x45f}, {0x490, 0x491},
	{0x1e80, 0x1e85}, {0x1ef2, 0x1ef3}, {0x2013, 0x2015}, {0x2017, 0x201e}, {0x2020, 0x2022}, {0x2026, 0x2026}, {0x2030, 0x2030}, {0x2032, 0x2033},
	{0x2039, 0x203a}, {0x203c, 0x203c}, {0x203e, 0x203e}, {0x2044, 0x2044}, {0x207f, 0x207f}, {0x20a3, 0x20a4}, {0x20a7, 0x20a7}, {0x20ac, 0x20ac},
	{0x2105, 0x2105}, {0x2113, 0x2113}, {0x2116, 0x2116}, {0x2122, 0x2122}, {0x2126, 0x2126}, {0x212e, 0x212e}, {0x215b, 0x215e}, {0x2190, 0x2195}, {0x21a8, 0x21a8},
	{0x2202, 0x2202}, {0x2206, 0x2206}, {0x220f, 0x220f}, {0x2211, 0x2212}, {0x2215, 0x2215}, {0x2219, 0x221a}, {0x221e, 0x221f}, {0x2229, 0x2229}, {0x222b, 0x222b},
	{0x2248, 0x2248}, {0x2260, 0x2261}, {0x2264, 0x2265}, {0x2302, 0x2302}, {0x2310, 0x2310}, {0x2320, 0x2321},
	{0x2500, 0x2500}, {0x2502, 0x2502}, {0x250c, 0x250c}, {0x2510, 0x2510}, {0x2514, 0x2514}, {0x2518, 0x2518}, {0x251c, 0x251c}, {0x2524, 0x2524},
	{0x252c, 0x252c}, {0x2534, 0x2534}, {0x253c, 0x253c}, {0x2550, 0x256c}, {0x2580, 0x2580}, {0x2584, 0x2584}, {0x2588, 0x2588}, {0x258c, 0x258c}, {0x2590, 0x2593},
	{0x25a0, 0x25a1}, {0x25aa, 0x25ac}, {0x25b2, 0x25b2}, {0x25ba, 0x25ba}, {0x25bc, 0x25bc}, {0x25c4, 0x25c4}, {0x25ca, 0x25cb}, {0x25cf, 0x25cf},
	{0x25d8, 0x25d9}, {0x25e6, 0x25e6}, {0x263a, 0x263c}, {0x2640, 0x2640}, {0x2642, 0x2642}, {0x2660, 0x2660}, {0x2663, 0x2663}, {0x2665, 0x2666}, {0x266a, 0x266b}, {0xfb01, 0xfb02},
}
