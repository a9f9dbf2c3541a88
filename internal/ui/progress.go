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

// The spinner shows the next frame after each interval. A wait shorter than one
// interval is not shown.
const (
	spinnerFrames   = `|/-\`
	SpinnerInterval = 120 * time.Millisecond
)

// spinner is the line that shows what the program waits for. Its zero value is ready
// for use.
type spinner struct {
	mu     sync.Mutex
	next   *time.Timer // draws the next frame; nil: no wait
	frames int         // since the start of the wait
	reason i18n.Text   // of the wait; without a cursor, the last one that was printed
	held   bool        // a question is on the screen
	shown  bool        // the line is on the screen
}

// Wait shows what the program waits for until done is called. A nested Wait replaces
// the reason of the outer one until its own done is called.
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

// SetReason changes the reason of the current wait. Without a cursor it prints the
// reason as a line, unless it is the same as before.
func (t *Printer) SetReason(reason i18n.Text) {
	t.spinner.mu.Lock()
	defer t.spinner.mu.Unlock()
	t.spinner.setReason(t, reason)
}

// Hold hides the spinner until release is called, while a question is asked.
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

// setReason is SetReason; s must be locked.
func (s *spinner) setReason(t *Printer, reason i18n.Text) {
	if s.next == nil && reason.In(t.Lang) != s.reason.In(t.Lang) {
		for _, l := range Wrap(reason.In(t.Lang)+"…", t.TextWidth()) {
			fmt.Fprintln(t.W, l)
		}
	}
	s.reason = reason
}

// draw draws the next frame; s must be locked.
func (s *spinner) draw(t *Printer) {
	s.frames++
	if s.held {
		return
	}
	s.erase(t.W)
	_, _ = io.WriteString(t.W, ansi.Truncate(SpinnerFrame(s.frames-1, s.reason.In(t.Lang)), t.TextWidth(), "…"))
	s.shown = true
}

// SpinnerFrame returns frame n: the reason and, after 5 seconds, the elapsed time.
func SpinnerFrame(n int, reason string) string {
	line := spinnerFrames[n%len(spinnerFrames):][:1] + " " + reason + "…"
	if lasted := time.Duration(n) * SpinnerInterval; lasted > 5*time.Second {
		line += fmt.Sprintf(" %d s", int(lasted.Seconds()))
	}
	return line
}

// erase clears the line; s must be locked.
func (s *spinner) erase(w io.Writer) {
	if s.shown {
		_, _ = io.WriteString(w, "\r"+ansi.EraseLineRight)
		s.shown = false
	}
}

// Progress shows the progress of a long run on one line, which is updated at most
// ten times per second and erased at the end.
type Progress struct {
	tell   *Printer // nil shows nothing
	all    int
	done   int
	failed int
	shown  int // columns
	last   time.Time
}

// NewProgress returns the progress of a run over that many bases, shown on t. If t is
// nil, nothing is shown.
func NewProgress(t *Printer, bases int) *Progress { return &Progress{tell: t, all: bases} }

// Step counts one more base and its failures, 0 or 1.
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

// Clear erases the line. Call it before writing anything else and at the end.
func (p *Progress) Clear() {
	if p.shown > 0 {
		fmt.Fprint(p.tell.W, "\r"+strings.Repeat(" ", p.shown)+"\r")
		p.shown = 0
	}
}

// Step prints the title of a step and its position among the names of all steps.
func (t *Printer) Step(n int, names []i18n.Text, title i18n.Text) {
	t.Blank()
	t.Indented("", t.Bold(fmt.Sprintf("[%d/%d] %s", n+1, len(names), title.In(t.Lang))))
	var words []string
	for _, name := range names {
		words = append(words, name.In(t.Lang))
	}
	if t.Cursor {
		t.stepBar(n, words)
		return
	}
	if n > 0 {
		t.Print(i18n.T("Done: %s.", strings.Join(words[:n], ", ")))
	}
	if n+1 < len(words) {
		t.Print(i18n.T("Next: %s.", strings.Join(words[n+1:], ", ")))
	}
}

// stepBar prints the steps, marked as done, current or to come, on as few lines as
// possible. Colour only repeats the marks.
func (t *Printer) stepBar(n int, names []string) {
	var items []string
	for i, item := range names {
		switch {
		case i < n:
			item = t.paint(OK, "√ "+item)
		case i == n:
			item = t.Bold("> " + item)
		default:
			item = "· " + item
		}
		items = append(items, strings.ReplaceAll(item, " ", "\u00a0"))
	}
	for _, l := range Wrap(strings.Join(items, "  "), t.TextWidth()) {
		t.line(strings.TrimRight(strings.ReplaceAll(l, "\u00a0", " "), " "))
	}
}
