//go:build !windows

package main

// doubleClicked is a matter of Windows, where a double-click opens a console.
func doubleClicked() bool { return false }

// elevated is a matter of Windows too.
func elevated() bool { return false }

// pause is needed where the window would close with the program.
func (p *program) pause() {}

// escapes reports a terminal that understands escape sequences.
func escapes(any) bool { return true }
