package ui

import (
	"fmt"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// Progress is a line that shows how far a long run is. It is written over
// itself, ten times a second at most, and erased at the end.
type Progress struct {
	tell   *Printer // nil shows nothing
	all    int
	done   int
	failed int
	shown  int // columns
	last   time.Time
}

// NewProgress returns the line of a run over that many bases, on the stream of t;
// without t it shows nothing.
func NewProgress(t *Printer, bases int) *Progress { return &Progress{tell: t, all: bases} }

// Step counts one base that is done by now, and failures, 0 or 1.
func (p *Progress) Step(now time.Time, failures int) {
	p.done++
	p.failed += failures
	if p.tell == nil || now.Sub(p.last) < 100*time.Millisecond && p.done < p.all {
		return
	}
	p.last = now
	line := i18n.T("%d bases of %d, failures: %d", p.done, p.all, p.failed).In(p.tell.Lang)
	p.Clear()
	p.shown = len([]rune(line))
	fmt.Fprint(p.tell.W, line)
}

// Clear erases the line, before something else is written and at the end.
func (p *Progress) Clear() {
	if p.shown > 0 {
		fmt.Fprint(p.tell.W, "\r"+strings.Repeat(" ", p.shown)+"\r")
		p.shown = 0
	}
}
