// Package mute keeps the terminal from being asked for its colours before main
// runs. It knows nothing of forms.
//
// Package bubbletea asks in its init, and waits up to five seconds for an
// answer that some terminals never give; a late one is typed into the first
// question. It does not ask when CI is set. Go initialises packages in the
// order of their paths as soon as all they import is ready: this package needs
// only os, bubbletea needs os/exec too, so this one comes first.
package mute

import "os"

var _, given = os.LookupEnv("CI")

func init() {
	if !given {
		_ = os.Setenv("CI", "1")
	}
}

// Restore puts the environment back as the program was given it. It is the
// first thing in main.
func Restore() {
	if !given {
		_ = os.Unsetenv("CI")
	}
}
