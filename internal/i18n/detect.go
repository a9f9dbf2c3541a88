package i18n

import "strings"

// Parse returns the language of a name such as "fr", "fr_FR.UTF-8" or "en-GB".
func Parse(s string) (Lang, bool) {
	s = strings.ToLower(s)
	for _, l := range Languages {
		if rest, ok := strings.CutPrefix(s, string(l)); ok && (rest == "" || strings.ContainsAny(rest[:1], "-_.")) {
			return l, true
		}
	}
	return "", false
}

// Detect returns the language to use: the named one, that of the locale variables,
// or that of the system. A language that is not translated gets French, which most
// users speak. C and POSIX name no language; without any, texts are in English.
func Detect(named string, env func(string) string, system func() []string) Lang {
	if l, ok := Parse(named); ok {
		return l
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		v := env(name)
		if v == "" || v == "C" || v == "POSIX" || strings.HasPrefix(v, "C.") {
			continue
		}
		if l, ok := Parse(v); ok {
			return l
		}
		return French
	}
	if wanted := system(); len(wanted) > 0 {
		if l, ok := Parse(wanted[0]); ok {
			return l
		}
		return French
	}
	return English
}
