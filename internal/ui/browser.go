package ui

import (
	"io"
	"runtime"
	"sync"

	"github.com/pkg/browser"
)

// silenceBrowser keeps the messages of the browser off the person's screen.
var silenceBrowser = sync.OnceFunc(func() { browser.Stdout, browser.Stderr = io.Discard, io.Discard })

// OpenBrowser opens an address in the person's browser.
func OpenBrowser(address string) error {
	silenceBrowser()
	return browser.OpenURL(address)
}

// HasBrowser reports whether a browser would open on the screen of the person
// who typed the command, from the environment that env reads.
func HasBrowser(env func(string) string) bool {
	return env("SSH_CONNECTION") == "" && (runtime.GOOS != "linux" || env("DISPLAY") != "" ||
		env("WAYLAND_DISPLAY") != "")
}
