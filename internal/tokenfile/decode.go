package tokenfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

const (
	maxFile  = 1 << 20 // bytes; a token file has about 5 KiB
	maxDepth = 20
)

// Decode decodes a token file. The file may have been edited by hand: Decode
// accepts a byte-order mark and any line endings. Errors are *problem.Problem with
// exit code 2 that name the line or the key; they contain no secret.
func Decode(data []byte) (File, error) {
	data, err := normalize(data)
	if err != nil {
		return File{}, err
	}
	if err := checkSyntax(data); err != nil {
		return File{}, err
	}
	top, err := object("{ }", data)
	if err != nil {
		return File{}, err
	}
	if err := checkFormat(top["format"]); err != nil {
		return File{}, err
	}
	var f File
	var base string
	for _, field := range []Field{text("base", &base), text("odoo_version", &f.OdooVersion)} {
		if wanted := field.read(top[field.Key]); !wanted.IsZero() {
			return File{}, wrongType(field.Key, wanted)
		}
	}
	if f.Base, err = openfire.ParseBase(base); err != nil || f.Base.URL() != base {
		return File{}, keyProblem("base", i18n.T("it is not the address of a base"))
	}
	if !openfire.IsVersion(f.OdooVersion) {
		return File{}, keyProblem("odoo_version", i18n.T("it must be a version such as \"16.0\""))
	}
	return f, f.readSections(top)
}

// readSections reads the objects of the file and keeps unknown keys.
func (f *File) readSections(top map[string]json.RawMessage) error {
	if _, exists := top[openfire.FetchModel]; exists {
		f.Fetch = &Incoming{}
	}
	f.unknown = map[string]map[string]json.RawMessage{"": top}
	for _, key := range []string{"format", "base", "odoo_version"} {
		delete(top, key)
	}
	for _, s := range f.Sections() {
		raw, exists := top[s.Name]
		if !exists {
			continue
		}
		delete(top, s.Name)
		keys, err := object(s.Name, raw)
		if err != nil {
			return err
		}
		for _, field := range s.Fields {
			if raw, exists := keys[field.Key]; exists {
				if wanted := field.read(raw); !wanted.IsZero() {
					return wrongType(s.Name+" > "+field.Key, wanted)
				}
				delete(keys, field.Key)
			}
		}
		f.unknown[s.Name] = keys
	}
	return nil
}

// object splits an object into its members by their exact names. Decoding into a
// struct would accept "Base" for "base".
func object(path string, raw json.RawMessage) (members map[string]json.RawMessage, err error) {
	if json.Unmarshal(raw, &members) != nil || members == nil {
		return nil, wrongType(path, i18n.T("an object: { … }"))
	}
	return members, nil
}

// normalize removes what editors add to a file. It returns an error for another
// encoding.
func normalize(data []byte) ([]byte, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	save := i18n.T("Save it as UTF-8 (Notepad: Save as > Encoding).")
	switch {
	case len(data) == 0:
		return nil, fileProblem(i18n.T("it is empty"),
			i18n.T("Restore it from a backup, or delete it and run setup again."))
	case len(data) > maxFile:
		return nil, fileProblem(i18n.T("it is larger than 1 MiB and is not a token file"), i18n.Text{})
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")),
		bytes.IndexByte(data, 0) >= 0:
		return nil, fileProblem(i18n.T("it is saved as UTF-16"), save)
	case !utf8.Valid(data):
		return nil, fileProblem(i18n.T("it is not saved as UTF-8"), save)
	}
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")) // so that line numbers in errors are right
	return bytes.ReplaceAll(data, []byte("\r"), []byte("\n")), nil
}

// checkSyntax reports an error unless data is one JSON value that is not nested too
// deep and has no duplicate keys.
func checkSyntax(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // a number that does not fit a float64 is an error only where it is used
	if err := checkValue(d, "", 0); err != nil {
		return syntaxProblem(err, data, d.InputOffset())
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return placeProblem(data, d.InputOffset(), i18n.T("there is text after the end of the JSON object"))
	}
	return nil
}

func checkValue(d *json.Decoder, path string, depth int) error {
	if depth > maxDepth {
		return keyProblem(path, i18n.T("there are too many nested levels"))
	}
	open, err := d.Token()
	if _, isDelim := open.(json.Delim); err != nil || !isDelim {
		return err
	}
	seen := map[json.Token]bool{}
	for d.More() {
		inside := path
		if open == json.Delim('{') {
			key, err := d.Token()
			if err != nil {
				return err
			}
			if inside = fmt.Sprint(key); path != "" {
				inside = path + " > " + inside
			}
			if seen[key] {
				return keyProblem(inside, i18n.T("this key appears twice"))
			}
			seen[key] = true
		}
		if err := checkValue(d, inside, depth+1); err != nil {
			return err
		}
	}
	_, err = d.Token() // the closing delimiter
	return err
}

// checkFormat accepts format 1 only, so that the file of a newer version is not
// changed.
func checkFormat(raw json.RawMessage) error {
	var format string
	if json.Unmarshal(raw, &format) != nil || !strings.HasPrefix(format, "openfire-o365/") {
		return keyProblem("format", i18n.T("it must be \"openfire-o365/1\"; this is not a token file"))
	}
	if format != Format {
		return fileProblem(i18n.T("it was created by a newer version (%s)", format),
			i18n.T("Update openfire-o365. The file was not changed."))
	}
	return nil
}

func fileProblem(what, do i18n.Text) error {
	return &problem.Problem{Exit: problem.Usage, ID: "token.file",
		What: i18n.T("The token file cannot be read: %s.", what), Do: do}
}

func keyProblem(path string, what i18n.Text) error {
	return fileProblem(i18n.T("key %s: %s", path, what),
		i18n.T("Run \"openfire-o365 help token-file\" to see the format."))
}

func wrongType(path string, wanted i18n.Text) error {
	return keyProblem(path, i18n.T("%s is expected", wanted))
}

// syntaxProblem reports the line, column and character of a syntax error.
func syntaxProblem(err error, data []byte, offset int64) error {
	var p *problem.Problem
	if errors.As(err, &p) {
		return err
	}
	// The decoder may stop before or at the invalid character.
	for offset < int64(len(data)) && (data[offset] == ' ' || data[offset] == '\n' || data[offset] == '\t') {
		offset++
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || offset >= int64(len(data)) {
		return placeProblem(data, int64(len(data)), i18n.T("the file ends here: it is incomplete"))
	}
	r, _ := utf8.DecodeRune(data[offset:])
	return placeProblem(data, offset, i18n.T(
		"unexpected \"%s\" (is there an extra comma, quote or comment?)", string(r)))
}

func placeProblem(data []byte, offset int64, what i18n.Text) error {
	before := data[:min(int(offset), len(data))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return fileProblem(i18n.T("line %d, column %d: %s", line, column, what),
		i18n.T("Correct it, or delete it and run setup again."))
}
