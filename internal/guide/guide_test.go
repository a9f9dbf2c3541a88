package guide

import (
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "write docs/guide anew")

// docs is where the guide's files lie.
var docs = filepath.Join("..", "..", "docs", "guide")

// TestDocsAreTheGuide: what is read in docs/guide is what the program shows.
func TestDocsAreTheGuide(t *testing.T) {
	t.Parallel()
	files := Files()
	if *update {
		if err := os.RemoveAll(docs); err != nil {
			t.Fatal(err)
		}
		for name, text := range files {
			path := filepath.Join(docs, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	var found []string
	err := filepath.WalkDir(docs, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(docs, path)
		name = filepath.ToSlash(name)
		found = append(found, name)
		text, err := os.ReadFile(path)
		if string(text) != files[name] {
			t.Errorf("docs/guide/%s is not the guide's (go test ./internal/guide -update)", name)
		}
		return err
	})
	want := slices.Sorted(maps.Keys(files))
	slices.Sort(found)
	if err != nil || !slices.Equal(found, want) {
		t.Errorf("docs/guide holds %v, want %v, %v", found, want, err)
	}
}
