package i18n

import "strings"

// Parse reads a language a person named: "fr", "en", "fr_FR.UTF-8", "en-GB".
func Parse(s string) (Lang, bool) {
	s = strings.ToLower(s)
	for _, l := range []Lang{French, English} {
		if s == string(l) || strings.HasPrefix(s, string(l)+"-") || strings.HasPrefix(s, string(l)+"_") || strings.HasPrefix(s, string(l)+".") {
			return l, true
		}
	}
	return "", false
}

// Detect chooses the language: the named one (flag, then environment twin),
// the locale variables, the system's own setting, French. The public is
// French: a system in any language but English gets French.
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
	}
	return French
}
