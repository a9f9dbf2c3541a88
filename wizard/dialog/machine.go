package dialog

import "github.com/openfire-fr/openfire-o365/internal/ui"

// Machine is the program that runs this one and reads its standard output. The
// zero Machine reads nothing.
type Machine struct {
	Out    *ui.Output
	JSON   bool // it reads JSON lines
	SignIn bool // it opens the addresses of sign-ins, as nobody is there
}

// Report writes a JSON line, if the program reads them.
func (m Machine) Report(kind string, fields map[string]any) {
	if m.JSON {
		m.Out.JSON(kind, fields)
	}
}

// Address writes the address of a sign-in, if the program opens them.
func (m Machine) Address(address string) {
	switch {
	case m.SignIn && m.JSON:
		m.Out.JSON("sign-in", map[string]any{"url": address})
	case m.SignIn:
		_, _ = m.Out.Write([]byte(address + "\n"))
	}
}
