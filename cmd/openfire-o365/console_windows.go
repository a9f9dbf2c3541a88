package main

import (
	"bufio"
	"fmt"
	"os"
	"unsafe"

	"github.com/inconshreveable/mousetrap"
	"golang.org/x/sys/windows"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// doubleClicked reports a start from Explorer: a double-click, the Start menu.
func doubleClicked() bool { return mousetrap.StartedByExplorer() }

// elevated reports an administrator's process that has been given its rights.
func elevated() bool { return windows.GetCurrentProcessToken().IsElevated() }

// pause keeps a window that would close with the program. Alone in its console
// means that Windows opened it for us.
func (p *program) pause() {
	var ids [2]uint32
	list := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetConsoleProcessList")
	if n, _, _ := list.Call(uintptr(unsafe.Pointer(&ids[0])), uintptr(len(ids))); n != 1 {
		return
	}
	fmt.Fprint(p.err, p.text(i18n.T("\nPress Enter to close this window.")))
	_, _ = bufio.NewReader(p.in).ReadString('\n')
}

// escapes makes the console understand escape sequences, and reports whether it
// does: before Windows 10 none did, and today one may still start without.
func escapes(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	var mode uint32
	console := windows.Handle(f.Fd())
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
