package tokenfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

const (
	maxFile  = 1 << 20 // bytes: a token file has about 5 KiB
	maxDepth = 20
)

// Decode reads a token file as people may have edited it: a byte-order mark
// and any line ends are let pass, nothing else is guessed. Errors are
// *problem.Problem with exit code 2 that name the line or the key; no value of a
// secret is in them.
func Decode(data []byte) (File, error) {
	data, err := text(data)
	if err != nil {
		return File{}, err
	}
	objects, err := distinct(data)
	if err != nil {
		return File{}, err
	}
	top, is := objects[""]
	if !is {
		return File{}, wrongType("", "an object: { … }")
	}
	if err := version(top["format"]); err != nil {
		return File{}, err
	}
	var f File
	var base string
	for _, m := range []FieldSpec{{"base", &base, false}, {"odoo_version", &f.OdooVersion, false}} {
		raw, there := top[m.Key]
		if wanted := m.set(raw); !there || wanted != "" {
			return File{}, wrongType(m.Key, "a string")
		}
	}
	if f.Base, err = openfire.ParseBase(base); err != nil || f.Base.URL() != base {
		return File{}, keyProblem("base", i18n.T("it is not the address of a base"))
	}
	if !openfire.IsVersion(f.OdooVersion) {
		return File{}, keyProblem("odoo_version", i18n.T("a version such as \"16.0\" is wanted"))
	}
	return f, f.blocks(top, objects)
}

// blocks reads the objects of the file; what they hold beside the known keys
// is kept.
func (f *File) blocks(top map[string]json.RawMessage, objects objects) error {
	if _, there := top["fetchmail.server"]; there {
		f.Fetch = &Incoming{}
	}
	f.unknown = map[string]map[string]json.RawMessage{}
	for _, key := range []string{"format", "base", "odoo_version"} {
		delete(top, key)
	}
	for _, b := range f.Members() {
		_, there := top[b.Block]
		delete(top, b.Block)
		if !there {
			continue
		}
		keys, is := objects[b.Block]
		if !is {
			return wrongType(b.Block, "an object: { … }")
		}
		for _, m := range b.Members {
			if raw, there := keys[m.Key]; there {
				wanted := m.set(raw)
				if wanted == "" {
					wanted = m.odd()
				}
				if wanted != "" {
					return wrongType(b.Block+" > "+m.Key, wanted)
				}
				delete(keys, m.Key)
			}
		}
		f.unknown[b.Block] = keys
	}
	f.unknown[""] = top
	return nil
}

// text undoes what editors do to a file, or says which encoding it is in.
func text(data []byte) ([]byte, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	save := i18n.T("Save it as UTF-8 (Notepad: Save as > Encoding).")
	switch {
	case len(data) == 0:
		return nil, fileProblem(i18n.T("it is empty"), i18n.T("Take it from a backup, or delete it and run setup again."))
	case len(data) > maxFile:
		return nil, fileProblem(i18n.T("it is larger than 1 MiB: this is no token file"), i18n.Text{})
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")), bytes.IndexByte(data, 0) >= 0:
		return nil, fileProblem(i18n.T("it is saved as UTF-16"), save)
	case !utf8.Valid(data):
		return nil, fileProblem(i18n.T("it is not saved as UTF-8"), save)
	}
	if bytes.IndexByte(data, '\r') >= 0 { // one line each, for the line that is told
		data = bytes.ReplaceAll(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	}
	return data, nil
}

// objects are the members of the outermost object, under "", and of those right
// inside it, by their exact names: package json alone would take "Base" for "base".
type objects map[string]map[string]json.RawMessage

// distinct walks the whole text once: it must be one JSON value, not too deep,
// with no key twice in an object.
func distinct(data []byte) (objects, error) {
	w := walker{json.NewDecoder(bytes.NewReader(data)), data, objects{}}
	w.UseNumber() // one that no float64 holds is wrong where it stands, if at all
	if err := w.walk("", 0); err != nil {
		return nil, located(err, data, w.InputOffset())
	}
	if _, err := w.Token(); !errors.Is(err, io.EOF) {
		return nil, place(data, w.InputOffset(), i18n.T("something follows the end of the token file"))
	}
	return w.found, nil
}

type walker struct {
	*json.Decoder
	data  []byte
	found objects
}

func (w walker) walk(path string, depth int) error {
	if depth > maxDepth {
		return keyProblem(path, i18n.T("too many levels"))
	}
	token, err := w.Token()
	if err != nil {
		return err
	}
	open, isDelim := token.(json.Delim)
	if !isDelim {
		return nil
	}
	members := map[string]json.RawMessage{}
	if open == '{' && (depth == 0 || depth == 1 && path != "") {
		w.found[path] = members
	}
	for w.More() {
		name, inside := "", path
		if open == '{' {
			key, err := w.Token()
			if err != nil {
				return err
			}
			name, _ = key.(string)
			if inside = name; path != "" {
				inside = path + " > " + name
			}
			if _, twice := members[name]; twice {
				return keyProblem(inside, i18n.T("this key is there twice"))
			}
		}
		begin := w.InputOffset()
		if err := w.walk(inside, depth+1); err != nil {
			return err
		}
		if open == '{' {
			members[name] = bytes.TrimLeft(w.data[begin:w.InputOffset()], ": \t\n")
		}
	}
	_, err = w.Token()
	return err
}

// version wants format 1; a newer program's file is not touched.
func version(raw json.RawMessage) error {
	var format string
	if json.Unmarshal(raw, &format) != nil || !strings.HasPrefix(format, "openfire-o365/") {
		return keyProblem("format", i18n.T("\"openfire-o365/1\" is wanted: this is no token file"))
	}
	if format != Format {
		return fileProblem(i18n.T("it was made by a newer version (%s)", format),
			i18n.T("Update openfire-o365; the file was not touched."))
	}
	return nil
}

func fileProblem(what, do i18n.Text) error {
	return openfire.Refuse("token.file", i18n.T("The token file cannot be read: %s.", what), do)
}

func keyProblem(path string, what i18n.Text) error {
	return fileProblem(i18n.T("key %s: %s", path, what),
		i18n.T("\"openfire-o365 help token-file\" shows the form."))
}

// types are the words for what a key must hold.
var types = map[string]i18n.Text{
	"a string":               i18n.T("a string"),
	"true or false":          i18n.T("true or false"),
	"a whole number":         i18n.T("a whole number"),
	"a port from 1 to 65535": i18n.T("a port from 1 to 65535"),
	"a time in Unix seconds, such as 1795462000,": i18n.T("a time in Unix seconds, such as 1795462000,"),
	"a date such as 2028-11-22":                   i18n.T("a date such as 2028-11-22"),
	"a web address: https://…":                    i18n.T("a web address: https://…"),
	"one mail address":                            i18n.T("one mail address"),
	"an object: { … }":                            i18n.T("an object: { … }"),
	"a list of strings":                           i18n.T("a list of strings"),
	"a time such as 2026-11-23T18:00:00Z":         i18n.T("a time such as 2026-11-23T18:00:00Z"),
}

func wrongType(path, wanted string) error {
	if path == "" {
		path = "{ }"
	}
	return keyProblem(path, i18n.T("%s is wanted", types[wanted]))
}

// located says line and column of a syntax error, and what stands there.
func located(err error, data []byte, offset int64) error {
	var p *problem.Problem
	if errors.As(err, &p) {
		return err
	}
	// The token reader may stop before or on what it does not take.
	for offset < int64(len(data)) && (data[offset] == ' ' || data[offset] == '\n' || data[offset] == '\t') {
		offset++
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || offset >= int64(len(data)) {
		return place(data, int64(len(data)), i18n.T("the file ends there, it is cut"))
	}
	r, _ := utf8.DecodeRune(data[offset:])
	return place(data, offset, i18n.T("\"%s\" is not expected here (a comma, quote or comment too many?)", string(r)))
}

func place(data []byte, offset int64, what i18n.Text) error {
	before := data[:min(int(offset), len(data))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return fileProblem(i18n.T("line %d, column %d: %s", line, column, what), i18n.T("Correct it, or delete it and run setup again."))
}
