package schedule

import "strings"

// quoteAll joins words into a command line.
func quoteAll(words []string, quote func(string) string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, " ")
}

// plain reports whether a word needs no quotes in any command line.
func plain(w string) bool {
	return w != "" && strings.Trim(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@+") == ""
}

// quoteShell quotes for the shell that cron starts, and for cron itself, which
// replaces an unescaped % by a line break even between quotes.
func quoteShell(w string) string {
	if plain(w) {
		return w
	}
	return strings.ReplaceAll("'"+strings.ReplaceAll(w, "'", `'\''`)+"'", "%", `\%`)
}

// quoteUnit quotes a path in a unit file, where % starts a specifier.
func quoteUnit(w string) string {
	if plain(w) {
		return w
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%").Replace(w) + `"`
}

// quoteUnitArgument quotes an argument of ExecStart, where $ starts a variable.
// systemd does not expand variables in the path of the program.
func quoteUnitArgument(w string) string {
	return strings.ReplaceAll(quoteUnit(w), "$", "$$")
}

// quoteWindows quotes for CommandLineToArgvW, where a backslash is an escape
// character only before a quotation mark.
func quoteWindows(w string) string {
	if plain(strings.ReplaceAll(w, `\`, "/")) {
		return w
	}
	var b strings.Builder
	b.WriteByte('"')
	slashes := 0
	for _, r := range w {
		switch r {
		case '\\':
			slashes++
		case '"':
			b.WriteString(strings.Repeat(`\`, slashes+1))
			slashes = 0
		default:
			slashes = 0
		}
		b.WriteRune(r)
	}
	b.WriteString(strings.Repeat(`\`, slashes) + `"`)
	return b.String()
}
