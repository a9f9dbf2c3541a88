//go:build !windows

package ui

import "io"

// DoubleClicked reports a start from Windows' Explorer, never so here.
func DoubleClicked() bool { return false }

// Pause keeps a console window that would close with the program, which only
// Windows opens.
func Pause(*Printer, io.Reader) {}

// enableEscapes reports whether a terminal understands escape sequences.
func enableEscapes(any) bool { return true }
