package ui

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"unsafe"

	"github.com/inconshreveable/mousetrap"
	"golang.org/x/sys/windows"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// DoubleClicked reports whether Explorer started the program, by a double-click or
// from the Start menu.
func DoubleClicked() bool { return mousetrap.StartedByExplorer() }

// Pause waits for Enter if the console window closes with the program, because no
// other process is attached to it.
func Pause(t *Printer, in io.Reader) {
	var ids [2]uint32
	list := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetConsoleProcessList")
	if n, _, _ := list.Call(uintptr(unsafe.Pointer(&ids[0])), uintptr(len(ids))); n != 1 {
		return
	}
	fmt.Fprint(t.W, i18n.T("\nPress Enter to close this window.").In(t.Lang))
	_, _ = bufio.NewReader(in).ReadString('\n')
}

// enableEscapes turns on escape sequences in the console and reports whether that
// succeeded. Consoles before Windows 10 do not support them.
func enableEscapes(stream any) bool {
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
