package i18n

import "golang.org/x/sys/windows"

// System returns the languages the person chose for Windows' own screens, most
// wanted first. The regional format, which libraries read, is another setting.
func System() []string {
	names, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil {
		return nil
	}
	return names
}
