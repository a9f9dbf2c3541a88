package ui

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// The spinner shows the next frame after each interval. A wait that is shorter
// than the first interval is not shown at all.
const (
	spinnerFrames   = `|/-\`
	SpinnerInterval = 120 * time.Millisecond
)

// spinner is the line that shows what the program waits for. Its zero value is
// ready for use.
type spinner struct {
	mu     sync.Mutex
	next   *time.Timer // draws the next frame; nil: nothing is waited for
	frames int         // since the wait began
	reason i18n.Text   // of the wait; where nothing moves the last one that was printed
	held   bool        // a question is asked meanwhile
	shown  bool        // the line is on the screen
}

// Wait tells what the program waits for, until done is called. Inside another
// wait it replaces the reason for a while.
func (t *Printer) Wait(reason i18n.Text) (done func()) {
	s := &t.spinner
	s.mu.Lock()
	defer s.mu.Unlock()
	if !t.Cursor || s.next != nil {
		before := s.reason
		s.setReason(t, reason)
		return func() {
			if t.Cursor {
				t.SetReason(before)
			}
		}
	}
	var next *time.Timer
	next = time.AfterFunc(SpinnerInterval, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.next == next {
			s.draw(t)
			next.Reset(SpinnerInterval)
		}
	})
	s.next, s.frames, s.reason = next, 0, reason
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.next.Stop()
		s.next = nil
		s.erase(t.W)
	})
}

// SetReason changes the reason of the wait that lasts. Where nothing moves it
// prints a line, once for the same reason.
func (t *Printer) SetReason(reason i18n.Text) {
	t.spinner.mu.Lock()
	defer t.spinner.mu.Unlock()
	t.spinner.setReason(t, reason)
}

// Hold keeps the spinner away while a question is asked.
func (t *Printer) Hold() (release func()) {
	set := func(held bool) {
		t.spinner.mu.Lock()
		defer t.spinner.mu.Unlock()
		t.spinner.erase(t.W)
		t.spinner.held = held
	}
	set(true)
	return func() { set(false) }
}

// setReason is SetReason with s locked.
func (s *spinner) setReason(t *Printer, reason i18n.Text) {
	if s.next == nil && reason.In(t.Lang) != s.reason.In(t.Lang) {
		for _, l := range Wrap(reason.In(t.Lang)+"…", t.TextWidth()) {
			fmt.Fprintln(t.W, l)
		}
	}
	s.reason = reason
}

// draw draws the next frame; s is locked.
func (s *spinner) draw(t *Printer) {
	s.frames++
	if s.held {
		return
	}
	s.erase(t.W)
	_, _ = io.WriteString(t.W, ansi.Truncate(SpinnerFrame(s.frames-1, s.reason.In(t.Lang)), t.TextWidth(), "…"))
	s.shown = true
}

// SpinnerFrame is the nth frame: the reason, and after a while how long it has lasted.
func SpinnerFrame(n int, reason string) string {
	line := spinnerFrames[n%len(spinnerFrames):][:1] + " " + reason + "…"
	if lasted := time.Duration(n) * SpinnerInterval; lasted > 5*time.Second {
		line += fmt.Sprintf(" %d s", int(lasted.Seconds()))
	}
	return line
}

// erase clears the line; s is locked.
func (s *spinner) erase(w io.Writer) {
	if s.shown {
		_, _ = io.WriteString(w, "\r"+ansi.EraseLineRight)
		s.shown = false
	}
}

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
	line := i18n.N("%d base of %d done, %d failed", "%d bases of %d done, %d failed", p.done,
		p.done, p.all, p.failed).In(p.tell.Lang)
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
