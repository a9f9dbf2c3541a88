package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// message is a text of the sources.
type message struct {
	context, format string
	many            string // the format for other numbers than one, of i18n.N
	files           []string
}

// key tells messages apart, as the catalog does.
func (m message) key() string {
	if m.context == "" {
		return m.format
	}
	return m.context + "\x04" + m.format
}

// extract collects the texts of all Go files, HTML templates and files of fields below
// root, except tests, in the order of files.
func extract(root string) ([]*message, error) {
	byKey := map[string]*message{}
	var all []*message
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return filepath.SkipDir
		case strings.HasSuffix(path, "_test.go") || !slices.Contains([]string{".go", ".html", ".txt"}, filepath.Ext(path)):
			return nil
		}
		found, err := extractFile(path, nil)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		for _, m := range found {
			known := byKey[m.key()]
			if known == nil {
				known = m
				byKey[m.key()] = m
				all = append(all, m)
			}
			if !slices.Contains(known.files, filepath.ToSlash(name)) {
				known.files = append(known.files, filepath.ToSlash(name))
			}
		}
		return nil
	})
	return all, err
}

// extractFile collects the texts of one file: the constant arguments of i18n.T, i18n.C
// and i18n.N, of T in a template, and the texts of fields. src is as for
// parser.ParseFile.
func extractFile(path string, src any) (found []*message, err error) {
	switch filepath.Ext(path) {
	case ".html":
		return extractTemplate(path)
	case ".txt":
		return extractFields(path)
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, is := n.(*ast.CallExpr)
		if !is || err != nil {
			return err == nil
		}
		constants := map[string]int{"T": 1, "C": 2, "N": 2}[function(call)]
		if constants == 0 || len(call.Args) < constants {
			return true
		}
		words := make([]string, constants)
		for i := range words {
			var whole bool
			if words[i], whole = constant(call.Args[i]); !whole {
				err = fmt.Errorf("%s: the format of a text must be a constant", files.Position(call.Pos()))
			}
		}
		switch function(call) {
		case "T":
			found = append(found, &message{format: words[0]})
		case "C":
			found = append(found, &message{context: words[0], format: words[1]})
		case "N":
			found = append(found, &message{format: words[0], many: words[1]})
		}
		return true
	})
	return found, err
}

// templateText is a call of T in a template: {{T "Sign in"}}.
var templateText = regexp.MustCompile(`\{\{T ("(?:[^"\\]|\\.)*")`)

// extractTemplate collects the texts of a template.
func extractTemplate(path string) (found []*message, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for _, m := range templateText.FindAllSubmatch(text, -1) {
		format, err := strconv.Unquote(string(m[1]))
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", path, m[1], err)
		}
		found = append(found, &message{format: format})
	}
	return found, nil
}

// textField is a field of the catalogue of faults or of the texts of help that has a
// text: the whole value, or what follows a bar.
var (
	textField = regexp.MustCompile(`(?m)^  (?:what|do|short|long|group) +(.+)$`)
	barField  = regexp.MustCompile(`(?m)^  (?:flag|rare|example|exit) .*$`)
)

// extractFields collects the texts of a file of fields.
func extractFields(path string) (found []*message, err error) {
	text, err := os.ReadFile(path)
	for _, m := range textField.FindAllSubmatch(text, -1) {
		found = append(found, &message{format: string(m[1])})
	}
	for _, line := range barField.FindAllString(string(text), -1) {
		for _, part := range strings.Split(line, " | ")[1:] {
			found = append(found, &message{format: part})
		}
	}
	return found, err
}

// function returns the name of the function of package i18n that is called, or "".
func function(call *ast.CallExpr) string {
	selector, is := call.Fun.(*ast.SelectorExpr)
	if !is {
		return ""
	}
	if pkg, is := selector.X.(*ast.Ident); !is || pkg.Name != "i18n" {
		return ""
	}
	return selector.Sel.Name
}

// constant evaluates a string literal, or several joined by +.
func constant(e ast.Expr) (text string, whole bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.ParenExpr:
		return constant(e.X)
	case *ast.BinaryExpr:
		a, first := constant(e.X)
		b, second := constant(e.Y)
		return a + b, first && second
	}
	return "", false
}
