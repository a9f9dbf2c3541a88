package openfire

import (
	"bytes"
	"encoding/json"
)

// PlainJSON leaves <, > and & as they are: nobody puts this file into a page.
func PlainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}
