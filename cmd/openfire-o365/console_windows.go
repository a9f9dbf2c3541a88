package main

import (
	"bufio"
	"fmt"

	"github.com/inconshreveable/mousetrap"
	"golang.org/x/sys/windows"

	"github.com/openfire-fr/openfire-o365/internal/lang"
)

// doubleClicked reports a start from Explorer: a double-click, the Start menu.
func doubleClicked() bool { return mousetrap.StartedByExplorer() }

// pause keeps a window that would close with the program. Alone in its console
// means that Windows opened it for us.
func (p *program) pause() {
	if count, err := windows.GetConsoleProcessList(); err != nil || len(count) != 1 {
		return
	}
	fmt.Fprint(p.err, p.text(lang.Text{FR: "\nAppuyez sur Entrée pour fermer cette fenêtre.", EN: "\nPress Enter to close this window."}))
	_, _ = bufio.NewReader(p.in).ReadString('\n')
}
