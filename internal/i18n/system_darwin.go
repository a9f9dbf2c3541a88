package i18n

import (
	"context"
	"os/exec"
	"strings"
	"time"
)

// System returns the languages the person chose for macOS' own screens, most
// wanted first: AppleLanguages; AppleLocale is the region.
func System() []string {
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	out, err := exec.CommandContext(ctx, "/usr/bin/defaults", "read", "-g", "AppleLanguages").Output()
	if err != nil {
		return nil
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return strings.ContainsRune("()\", \n\t", r) })
}
