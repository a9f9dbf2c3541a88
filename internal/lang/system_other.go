//go:build !windows && !darwin

package lang

// System returns nothing: elsewhere the locale variables are the setting.
func System() []string { return nil }
