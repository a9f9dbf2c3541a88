package faults

import (
	_ "embed"
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// codesText lists the AADSTS codes that have no entry in the catalogue: one a
// line, with fields separated by tabs.
//
//go:embed codes.txt
var codesText string

// fromList returns the fault of a listed code. The meaning of the code is in English
// in every language.
func fromList(code int) (Fault, bool) {
	_, rest, found := strings.Cut(codesText, "\n"+strconv.Itoa(code)+"\t")
	line, _, _ := strings.Cut(rest, "\n")
	field := strings.Split(line, "\t")
	if !found || len(field) != 5 {
		return Fault{}, false
	}
	f := Fault{ID: "aadsts" + strconv.Itoa(code), Where: FromToken, Code: code, Error: field[0], Status: 400,
		Who: Actor(field[1]), Passes: field[2] == "passes", Dead: field[2] == "dead"}
	name := f.Name()
	f.Sample = name + ": " + field[4]
	if field[3] != "-" {
		name += " (" + field[3] + ")"
	}
	advice := fallback("listed-" + string(f.Who))
	f.What, f.Do = i18n.T("%s: %s. %s", advice.What, name, field[4]), advice.Do
	f.addLink()
	return f, true
}
