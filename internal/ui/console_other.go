//go:build !windows

package ui

import "io"

// DoubleClicked reports whether Windows Explorer started the program: here never.
func DoubleClicked() bool { return false }

// Pause does nothing: only Windows opens a console window for the program.
func Pause(*Printer, io.Reader) {}

// enableEscapes reports whether a terminal understands escape sequences.
func enableEscapes(any) bool { return true }
