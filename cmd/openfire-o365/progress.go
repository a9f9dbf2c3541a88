package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// progress is the one line that moves, for a person who looks on: how far a
// long run is. It is written over itself and wiped at the end. Cron, pipes,
// --json, --debug and -q have none.
type progress struct {
	p        *program
	w        io.Writer // nil shows nothing
	all      int
	done     int
	troubles int
	shown    int // columns
	last     time.Time
}

func (p *program) newProgress(all int) *progress {
	g := &progress{p: p, all: all}
	if all > 1 && terminal(p.err) && !p.flags.quiet && !p.flags.json && !p.flags.debug && p.env("TERM") != "dumb" {
		g.w = p.err
	}
	return g
}

// step counts one base. The line changes ten times a second at most.
func (g *progress) step(trouble bool) {
	g.done++
	if trouble {
		g.troubles++
	}
	now := g.p.now()
	if g.w == nil || now.Sub(g.last) < 100*time.Millisecond && g.done < g.all {
		return
	}
	g.last = now
	line := g.p.text(i18n.T("%d bases of %d, failures: %d", g.done, g.all, g.troubles))
	g.clear()
	g.shown = len([]rune(line))
	fmt.Fprint(g.w, line)
}

// clear wipes the line, before something else is written and at the end.
func (g *progress) clear() {
	if g.shown > 0 {
		fmt.Fprint(g.w, "\r"+strings.Repeat(" ", g.shown)+"\r")
		g.shown = 0
	}
}
