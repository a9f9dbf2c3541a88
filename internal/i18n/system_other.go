//go:build !windows && !darwin

package i18n

// System returns nothing: elsewhere the locale variables are the setting.
func System() []string { return nil }
