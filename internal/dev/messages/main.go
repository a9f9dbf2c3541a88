// Command messages keeps the translations in step with the sources. Run from
// the module's root, it extracts the texts of the Go files, merges them into
// each internal/i18n/*.po with gettext's msgmerge, checks the result with
// msgfmt, and compiles all languages into internal/i18n/catalog.go.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const folder = "internal/i18n"

func main() {
	if err := update("."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// update brings the .po files and the compiled catalog up to date with the Go
// files below root.
func update(root string) error {
	texts, err := extract(root)
	if err != nil {
		return err
	}
	template := filepath.Join(root, folder, "messages.pot")
	if err := os.WriteFile(template, []byte(pot(texts)), 0o600); err != nil {
		return err
	}
	defer os.Remove(template)
	files, err := filepath.Glob(filepath.Join(root, folder, "*.po"))
	if err != nil {
		return err
	}
	var catalogs []catalog
	for _, file := range files {
		for _, command := range [][]string{
			{"msgmerge", "--quiet", "--update", "--backup=none", "--no-wrap", "--add-location=file", "--no-fuzzy-matching", file, template},
			{"msgattrib", "--no-obsolete", "--no-wrap", "--output-file=" + file, file},
			{"msgfmt", "--check", "--output-file=" + os.DevNull, file},
		} {
			if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %w\n%s", command[0], err, out)
			}
		}
		c, err := readCatalog(file)
		if err != nil {
			return err
		}
		catalogs = append(catalogs, c)
	}
	source, err := compile(catalogs)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, folder, "catalog.go"), source, 0o600)
}
