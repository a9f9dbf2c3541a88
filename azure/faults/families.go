package faults

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/openfire-fr/openfire-o365/azure"
)

// The families: kinds of errors that have no entry of their own in the catalogue.
//
//go:embed families.txt
var familiesText string

// Families returns the kinds of errors that have no entry of their own. They have no
// sample, so that the sandbox does not reproduce them.
func Families() []Fault { return families() }

var families = sync.OnceValue(func() []Fault { return withLinks(parse(familiesText)) })

// errorPage is Microsoft's page about an AADSTS code, which follows it.
const errorPage = "https://login.microsoftonline.com/error?code="

// span is a range of codes with the same prefix. AADSTS codes have none; that of 5.7.500
// is "5.7.".
type span struct {
	from, to int
	fault    *Fault
}

// spans holds the codes of the catalogue's entries and of the families by their prefix,
// in the order of the files.
var spans = sync.OnceValue(func() map[string][]span {
	all := map[string][]span{}
	for _, list := range [][]Fault{Catalogue(), Families()} {
		for i := range list {
			for _, codes := range list[i].codes {
				prefix, s := parseSpan(codes)
				s.fault = &list[i]
				all[prefix] = append(all[prefix], s)
			}
		}
	}
	return all
})

// parseSpan reads a code or a range, such as 50014, 53000-53999 or 5.7.500-699.
func parseSpan(codes string) (prefix string, s span) {
	first, last, isRange := strings.Cut(codes, "-")
	prefix = splitCode(first)
	if !isRange {
		last = first[len(prefix):]
	}
	from, err := strconv.Atoi(first[len(prefix):])
	to, err2 := strconv.Atoi(last)
	if err != nil || err2 != nil || to < from || isRange && to == from {
		panic("not a code or a range: " + codes) // a mistake in an embedded file
	}
	return prefix, span{from: from, to: to}
}

// splitCode returns the prefix of a code.
func splitCode(code string) string { return code[:strings.LastIndexByte(code, '.')+1] }

// ofCode returns the first range with a code.
func ofCode(prefix string, n int) (span, bool) {
	for _, s := range spans()[prefix] {
		if s.from <= n && n <= s.to {
			return s, true
		}
	}
	return span{}, false
}

// ofReply is ofCode for an enhanced status code, which may be empty.
func ofReply(enhanced string) (span, bool) {
	prefix := splitCode(enhanced)
	n, err := strconv.Atoi(enhanced[len(prefix):])
	s, known := ofCode(prefix, n)
	return s, known && err == nil
}

// general is the family of AADSTS codes about which only Microsoft's page says more. The
// OAuth error says more than the family.
const general = "entra-other"

// entraFamily returns the fault of an AADSTS code that has no entry of its own.
func entraFamily(code int) (f Fault, known bool) {
	s, known := ofCode("", code)
	if !known {
		return f, false
	}
	f = *s.fault
	f.Code, f.Sample, f.SampleFR, f.Words = code, "", "", nil
	if f.ID = "aadsts" + strconv.Itoa(code); f.Link == "" || s.from < s.to {
		f.Link = errorPage + strconv.Itoa(code)
	}
	return f, true
}

// isGeneral reports whether only the general family explains an AADSTS code.
func isGeneral(code int) bool {
	s, known := ofCode("", code)
	return !known || s.fault.ID == general
}

// Explain returns the fault with an ID: an entry, a family, a fallback, or an AADSTS code
// without an entry of its own.
func Explain(id string) (Fault, bool) {
	for _, f := range slices.Concat(Catalogue(), Families(), fallbacks()) {
		if f.ID == id {
			return f, true
		}
	}
	digits, isCode := strings.CutPrefix(id, "aadsts")
	code, err := strconv.Atoi(digits)
	if !isCode || err != nil {
		return Fault{}, false
	}
	return entraFamily(code)
}

// withLinks adds to each fault without a link the page of whoever must act, or
// Microsoft's page about the code.
func withLinks(all []Fault) []Fault {
	for i := range all {
		switch f := &all[i]; {
		case f.Link != "":
		case f.Who == ExchangeAdmin:
			f.Link = azure.MailLink
		case f.Who == AppOwner:
			f.Link = azure.PageApps
		case f.Code != 0:
			f.Link = errorPage + strconv.Itoa(f.Code)
		}
	}
	return all
}
