package ui

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// signs turn while something is waited for, every pace. A wait that is shorter
// than the first turn is not shown at all.
const (
	signs = `|/-\`
	pace  = 120 * time.Millisecond
)

// spinner is the one line that turns, and what it says.
type spinner struct {
	mu    sync.Mutex
	on    bool      // a wait lasts
	why   i18n.Text // what for; where nothing turns the last reason that was told
	held  bool      // a question is asked meanwhile
	shown bool      // the line is on the screen
}

// Wait tells what the program waits for, until done is called. Inside another
// wait it takes the place of its reason for a while.
func (t *Printer) Wait(why i18n.Text) (done func()) {
	t.turner.mu.Lock()
	defer t.turner.mu.Unlock()
	if !t.Cursor || t.turner.on {
		before := t.turner.why
		t.because(why)
		return func() {
			if t.Cursor {
				t.SetReason(before)
			}
		}
	}
	t.turner.on, t.turner.why = true, why
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		t.turn(stop)
	}()
	return sync.OnceFunc(func() {
		close(stop)
		<-ended
	})
}

// SetReason changes the reason of the wait that lasts. Where nothing turns it is
// a line, once however often it is waited for.
func (t *Printer) SetReason(why i18n.Text) {
	t.turner.mu.Lock()
	defer t.turner.mu.Unlock()
	t.because(why)
}

func (t *Printer) because(why i18n.Text) {
	if !t.turner.on && why.In(t.Lang) != t.turner.why.In(t.Lang) {
		for _, l := range wrap(why.In(t.Lang)+"…", t.width()) {
			fmt.Fprintln(t.W, l)
		}
	}
	t.turner.why = why
}

// hold keeps the sign away while a question is asked.
func (t *Printer) hold() (release func()) {
	set := func(held bool) {
		t.turner.mu.Lock()
		defer t.turner.mu.Unlock()
		t.wipe()
		t.turner.held = held
	}
	set(true)
	return func() { set(false) }
}

// turn draws the line until stop, and leaves nothing of it.
func (t *Printer) turn(stop <-chan struct{}) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for turns := 0; ; turns++ {
		select {
		case <-stop:
			t.turner.mu.Lock()
			defer t.turner.mu.Unlock()
			t.wipe()
			t.turner.on = false
			return
		case <-tick.C:
			t.draw(turns)
		}
	}
}

func (t *Printer) draw(turns int) {
	t.turner.mu.Lock()
	defer t.turner.mu.Unlock()
	if t.turner.held {
		return
	}
	t.wipe()
	_, _ = io.WriteString(t.W, ansi.Truncate(turning(turns, t.turner.why.In(t.Lang)), t.width(), "…"))
	t.turner.shown = true
}

// turning is the sign, the reason, and after a while how long it has lasted.
func turning(turns int, why string) string {
	line := signs[turns%len(signs):][:1] + " " + why + "…"
	if lasted := time.Duration(turns) * pace; lasted > 5*time.Second {
		line += fmt.Sprintf(" %d s", int(lasted.Seconds()))
	}
	return line
}

// wipe clears the line that turns. The turner is locked.
func (t *Printer) wipe() {
	if t.turner.shown {
		_, _ = io.WriteString(t.W, "\r"+ansi.EraseLineRight)
		t.turner.shown = false
	}
}
