package ui

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hinshun/vt10x"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// glass is a screen for concurrent use.
type glass struct {
	mu      sync.Mutex
	written strings.Builder
	term    vt10x.Terminal
	news    chan bool
}

func newGlass() *glass {
	return &glass{term: vt10x.New(vt10x.WithSize(60, 12)), news: make(chan bool, 1000)}
}

func (g *glass) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, _ = g.term.Write([]byte(strings.ReplaceAll(string(b), "\n", "\r\n")))
	g.news <- true
	return g.written.Write(b)
}

func (g *glass) shows(t *testing.T, text string) {
	t.Helper()
	for late := time.After(20 * time.Second); ; {
		g.mu.Lock()
		there := strings.Contains(g.term.String(), text)
		g.mu.Unlock()
		if there {
			return
		}
		select {
		case <-g.news:
		case <-late:
			t.Fatalf("%q never showed:\n%s", text, g.term.String())
		}
	}
}

// all returns everything that was written.
func (g *glass) all() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.written.String()
}

func why(s string) i18n.Text { return i18n.Literal(s) }

// The spinner shows the reason, is erased for other output and during a question, and
// leaves nothing behind.
func TestSpinnerShowsReasonAndIsErased(t *testing.T) {
	t.Parallel()
	g := newGlass()
	tell := &Printer{W: g, Lang: i18n.English, Cursor: true, Width: 60}
	done := tell.Wait(why("first"))
	for i := range spinnerFrames {
		g.shows(t, spinnerFrames[i:i+1]+" first…")
	}
	inner := tell.Wait(why("second"))
	g.shows(t, " second…")
	tell.SetReason(why("third"))
	g.shows(t, " third…")
	tell.Print(why("told meanwhile"))
	inner()
	g.shows(t, " first…")
	release := tell.Hold()
	before := g.all()
	tell.spinner.mu.Lock()
	tell.spinner.draw(tell)
	tell.spinner.mu.Unlock()
	if g.all() != before {
		t.Error("the spinner is drawn during a question")
	}
	release()
	g.shows(t, " first…")
	tell.SetReason(why(strings.Repeat("very long ", 20)))
	g.shows(t, "very long very long")
	done()
	done()
	if got := strings.Join(strings.Fields(g.term.String()), " "); got != "told meanwhile" {
		t.Errorf("left on the screen: %q", got)
	}
	tell.Wait(why("too short to be seen"))()
	if strings.Contains(g.all(), "too short") {
		t.Error("a short wait flickers")
	}
	again := tell.Wait(why("again"))
	g.shows(t, " again…")
	again()
}

// Without a cursor each new reason is printed as one line, and nothing is erased.
func TestWaitPrintsReasonOnceWithoutCursor(t *testing.T) {
	t.Parallel()
	g := newGlass()
	tell := &Printer{W: g, Lang: i18n.English}
	for range 3 {
		done := tell.Wait(why("first"))
		tell.SetReason(why("second"))
		tell.SetReason(why("second"))
		done()
	}
	if want := "first…\nsecond…\nfirst…\nsecond…\nfirst…\nsecond…\n"; g.all() != want {
		t.Errorf("%q, want %q", g.all(), want)
	}
	tell.Wait(why("second"))()
	if strings.Count(g.all(), "second") != 3 {
		t.Errorf("printed again: %q", g.all())
	}
}

// After a while the spinner shows the elapsed time.
func TestSpinnerShowsElapsedTime(t *testing.T) {
	t.Parallel()
	if early, late := SpinnerFrame(10, "why"), SpinnerFrame(100, "why"); early != "/ why…" && early != `- why…` || !strings.HasSuffix(late, " why… 12 s") {
		t.Errorf("%q, %q", early, late)
	}
}
