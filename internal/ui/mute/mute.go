// Package mute prevents package bubbletea from querying the terminal for its colours
// before main runs.
//
// Bubbletea does that in its init function and waits up to five seconds for an
// answer. Some terminals never answer, and a late answer is read as input by the
// first question. Bubbletea does not query if CI is set. Go initialises packages in
// the order of their import paths once their imports are initialised: this package
// imports only os, bubbletea also os/exec, so this one is initialised first.
package mute

import "os"

var _, given = os.LookupEnv("CI")

func init() {
	if !given {
		_ = os.Setenv("CI", "1")
	}
}

// Restore restores the environment. Call it first in main.
func Restore() {
	if !given {
		_ = os.Unsetenv("CI")
	}
}
