package azure

import (
	"encoding/hex"
	"strings"
)

// IsGUID reports whether s is an object, client or tenant id as Microsoft
// writes them: hexadecimal digits in groups of 8-4-4-4-12, without braces.
func IsGUID(s string) bool {
	digits := strings.ReplaceAll(s, "-", "")
	_, err := hex.DecodeString(digits)
	return err == nil && len(digits) == 32 && len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-'
}
