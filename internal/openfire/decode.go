package openfire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/openfire-fr/openfire-o365/internal/guard"
	"github.com/openfire-fr/openfire-o365/internal/lang"
)

const (
	maxFile  = 1 << 20 // bytes: a token file has about 5 KiB
	maxDepth = 20
)

// odooVersion is of the shape "16.0"; every command reads one.
func odooVersion(s string) bool {
	major, minor, cut := strings.Cut(s, ".")
	return len(major) == 2 && major[0] != '0' && of(major, digits) && len(minor) <= 2 && of(minor, digits) && cut == (minor != "")
}

// Decode reads a token file as people may have edited it: a byte-order mark
// and any line ends are let pass, nothing else is guessed. Errors are
// *lang.Problem with exit code 2 that name the line or the key; no value of a
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
	for _, m := range []member{{"base", &base, false}, {"odoo_version", &f.OdooVersion, false}} {
		raw, there := top[m.key]
		if wanted := m.set(raw); !there || wanted != "" {
			return File{}, wrongType(m.key, "a string")
		}
	}
	if f.Base, err = ParseBase(base); err != nil || f.Base.URL() != base {
		return File{}, keyProblem("base", lang.Text{FR: "ce n'est pas l'adresse d'une base", EN: "it is not the address of a base"})
	}
	if !odooVersion(f.OdooVersion) {
		return File{}, keyProblem("odoo_version", lang.Text{FR: "une version comme \"16.0\" est attendue", EN: "a version such as \"16.0\" is wanted"})
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
	for _, b := range f.members() {
		_, there := top[b.block]
		delete(top, b.block)
		if !there {
			continue
		}
		keys, is := objects[b.block]
		if !is {
			return wrongType(b.block, "an object: { … }")
		}
		for _, m := range b.members {
			if raw, there := keys[m.key]; there {
				wanted := m.set(raw)
				if wanted == "" {
					wanted = m.odd()
				}
				if wanted != "" {
					return wrongType(b.block+" > "+m.key, wanted)
				}
				delete(keys, m.key)
			}
		}
		f.unknown[b.block] = keys
	}
	f.unknown[""] = top
	return nil
}

// text undoes what editors do to a file, or says which encoding it is in.
func text(data []byte) ([]byte, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	save := lang.Text{FR: "Enregistrez-le en UTF-8 (Bloc-notes : Enregistrer sous > Encodage).", EN: "Save it as UTF-8 (Notepad: Save as > Encoding)."}
	switch {
	case len(data) == 0:
		return nil, fileProblem(lang.Text{FR: "il est vide", EN: "it is empty"}, lang.Text{FR: "Reprenez-le d'une sauvegarde, ou effacez-le et relancez setup.", EN: "Take it from a backup, or delete it and run setup again."})
	case len(data) > maxFile:
		return nil, fileProblem(lang.Text{FR: "il dépasse 1 Mio : ce n'est pas un fichier de jetons", EN: "it is larger than 1 MiB: this is no token file"}, lang.Text{})
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")), bytes.IndexByte(data, 0) >= 0:
		return nil, fileProblem(lang.Text{FR: "il est enregistré en UTF-16", EN: "it is saved as UTF-16"}, save)
	case !utf8.Valid(data):
		return nil, fileProblem(lang.Text{FR: "il n'est pas enregistré en UTF-8", EN: "it is not saved as UTF-8"}, save)
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
		return nil, place(data, w.InputOffset(), lang.Text{FR: "quelque chose suit la fin du fichier de jetons", EN: "something follows the end of the token file"})
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
		return keyProblem(path, lang.Text{FR: "trop de niveaux", EN: "too many levels"})
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
				return keyProblem(inside, lang.Text{FR: "cette clé y est deux fois", EN: "this key is there twice"})
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
		return keyProblem("format", lang.Text{FR: "\"openfire-o365/1\" est attendu : ce n'est pas un fichier de jetons", EN: "\"openfire-o365/1\" is wanted: this is no token file"})
	}
	if format != Format {
		return fileProblem(lang.Text{FR: "il a été fait par une version plus récente (%s)", EN: "it was made by a newer version (%s)"}.With(guard.Line(format)),
			lang.Text{FR: "Mettez openfire-o365 à jour ; le fichier n'a pas été touché.", EN: "Update openfire-o365; the file was not touched."})
	}
	return nil
}

func fileProblem(what, do lang.Text) error {
	return refuse("token.file", lang.Text{FR: "Le fichier de jetons ne se lit pas : %s.", EN: "The token file cannot be read: %s."}.With(what), do)
}

func keyProblem(path string, what lang.Text) error {
	return fileProblem(lang.Text{FR: "clé %s : %s", EN: "key %s: %s"}.With(guard.Line(path), what),
		lang.Text{FR: "« openfire-o365 help token-file » montre la forme attendue.", EN: "\"openfire-o365 help token-file\" shows the form."})
}

// types are the words for what a key must hold.
var types = map[string]string{
	"a string": "un texte entre guillemets", "true or false": "true ou false", "a whole number": "un nombre entier",
	"a port from 1 to 65535": "un port de 1 à 65535", "a time in Unix seconds, such as 1795462000,": "un instant en secondes Unix, comme 1795462000,",
	"a date such as 2028-11-22": "une date comme 2028-11-22", "a web address: https://…": "une adresse web (https://…)", "one mail address": "une seule adresse de courrier",
	"an object: { … }": "un objet : { … }", "a list of strings": "une liste de textes", "a time such as 2026-11-23T18:00:00Z": "une date comme 2026-11-23T18:00:00Z",
}

func wrongType(path, wanted string) error {
	if path == "" {
		path = "{ }"
	}
	return keyProblem(path, lang.Text{FR: "%s est attendu", EN: "%s is wanted"}.With(lang.Text{FR: types[wanted], EN: wanted}))
}

// located says line and column of a syntax error, and what stands there.
func located(err error, data []byte, offset int64) error {
	var p *lang.Problem
	if errors.As(err, &p) {
		return err
	}
	// The token reader may stop before or on what it does not take.
	for offset < int64(len(data)) && (data[offset] == ' ' || data[offset] == '\n' || data[offset] == '\t') {
		offset++
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || offset >= int64(len(data)) {
		return place(data, int64(len(data)), lang.Text{FR: "le fichier s'arrête là, il est coupé", EN: "the file ends there, it is cut"})
	}
	r, _ := utf8.DecodeRune(data[offset:])
	return place(data, offset, lang.Text{FR: "« %s » n'est pas attendu ici (virgule, guillemet ou commentaire en trop ?)", EN: "\"%s\" is not expected here (a comma, quote or comment too many?)"}.With(guard.Line(string(r))))
}

func place(data []byte, offset int64, what lang.Text) error {
	before := data[:min(int(offset), len(data))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return fileProblem(lang.Text{FR: "ligne %d, colonne %d : %s", EN: "line %d, column %d: %s"}.With(line, column, what), lang.Text{FR: "Corrigez-le, ou effacez-le et relancez setup.", EN: "Correct it, or delete it and run setup again."})
}
