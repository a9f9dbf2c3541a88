package main

import (
	"bufio"
	"fmt"
	"unsafe"

	"github.com/inconshreveable/mousetrap"
	"golang.org/x/sys/windows"

	"github.com/openfire-fr/openfire-o365/internal/lang"
)

// doubleClicked reports a start from Explorer: a double-click, the Start menu.
func doubleClicked() bool { return mousetrap.StartedByExplorer() }

// pause keeps a window that would close with the program. Alone in its console
// means that Windows opened it for us.
func (p *program) pause() {
	var ids [2]uint32
	list := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetConsoleProcessList")
	if n, _, _ := list.Call(uintptr(unsafe.Pointer(&ids[0])), uintptr(len(ids))); n != 1 {
		return
	}
	fmt.Fprint(p.err, p.text(lang.Text{FR: "\nAppuyez sur Entrée pour fermer cette fenêtre.", EN: "\nPress Enter to close this window."}))
	_, _ = bufio.NewReader(p.in).ReadString('\n')
}
