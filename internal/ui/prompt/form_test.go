//go:build unix

package prompt

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"
	"github.com/hinshun/vt10x"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// window is a pseudo-terminal and its screen.
type window struct {
	t    *testing.T
	ask  *Form
	keys *os.File

	mu   sync.Mutex
	seen *sync.Cond
	term vt10x.Terminal
	sent strings.Builder
	over bool
}

// open keeps the files of the terminals open: bubbletea may still query the size of a
// terminal after its program has ended, and closing the file would be a race.
var open sync.Map

func newWindow(t *testing.T, columns, rows int) *window {
	t.Helper()
	keys, tty, err := pty.Open()
	if err == nil {
		err = pty.Setsize(tty, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)})
	}
	if err != nil {
		t.Fatal(err)
	}
	w := &window{t: t, keys: keys, term: vt10x.New(vt10x.WithSize(columns, rows))}
	w.seen = sync.NewCond(&w.mu)
	tell := &ui.Printer{W: tty, Lang: i18n.French, Cursor: true, Width: columns}
	tell.Clipboard.Copy = func(text string) error {
		_, err := tell.W.Write([]byte(ansi.SetSystemClipboard(text)))
		return err
	}
	w.ask = &Form{Tell: tell, In: tty, Now: time.Now}
	go w.read()
	open.Store(tty, true)
	t.Cleanup(func() { _ = keys.Close() })
	return w
}

func (w *window) read() {
	b := make([]byte, 4096)
	for {
		n, err := w.keys.Read(b)
		w.mu.Lock()
		_, _ = w.term.Write(b[:n])
		w.sent.Write(b[:n])
		w.over = err != nil
		w.seen.Broadcast()
		w.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// until waits until so(screen) is true.
func (w *window) until(what string, so func(screen string) bool) {
	w.t.Helper()
	timer := time.AfterFunc(20*time.Second, func() { w.mu.Lock(); w.over = true; w.seen.Broadcast(); w.mu.Unlock() })
	defer timer.Stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	for !so(flat(w.term.String())) {
		if w.over {
			w.t.Fatalf("never: %s; the screen:\n%s", what, w.term.String())
		}
		w.seen.Wait()
	}
}

func (w *window) wait(text string) {
	w.t.Helper()
	w.until(text, func(screen string) bool { return strings.Contains(screen, text) })
}

func (w *window) gone(text string) {
	w.t.Helper()
	w.until("no more "+text, func(screen string) bool { return !strings.Contains(screen, text) })
}

func (w *window) press(keys string) {
	w.t.Helper()
	if _, err := io.WriteString(w.keys, keys); err != nil {
		w.t.Fatal(err)
	}
}

func (w *window) output() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent.String()
}

func flat(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "\u00a0", " ").Replace(s)), " ")
}

// question asks q in the background; answered waits for the answer.
func (w *window) question(q Question) (answered func() (string, error)) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	var answer string
	var err error
	done := make(chan bool)
	go func() {
		defer close(done)
		defer cancel()
		typed, failed := w.ask.Ask(ctx, q)
		answer, err = typed.Reveal(), failed
	}()
	w.wait(flat(q.Title.In(i18n.French)))
	return func() (string, error) { <-done; return answer, err }
}

var form = Question{
	ID:    "client-id",
	Title: bilingual("Lequel\u00a0?", "Which?"),
	Help:  bilingual("Sur la page Vue d'ensemble.", "On the Overview page."),
}

// Escape goes back to the previous question. On the first question it shows that this
// is not possible.
func TestFormGoesBack(t *testing.T) {
	t.Parallel()
	w := newWindow(t, 80, 24)
	q := form
	answered := w.question(q)
	if strings.Contains(w.output(), "retour") {
		t.Error("a first question offers to go back")
	}
	w.press("\x1b")
	w.wait("Vous ne pouvez pas revenir en arrière")
	w.press("x")
	w.gone("Vous ne pouvez pas revenir en arrière")
	w.press("\r")
	if _, err := answered(); err != nil {
		t.Error(err)
	}
	w = newWindow(t, 80, 24)
	q.Back = true
	answered = w.question(q)
	w.wait("échap : retour")
	w.press("\x1b")
	if _, err := answered(); !errors.Is(err, ErrBack) {
		t.Errorf("%v", err)
	}
	w.gone("échap : retour")
}

// A question mark opens the guide only if nothing was typed yet. In a secret it is
// always part of the answer.
func TestQuestionMarkOpensGuideBeforeTyping(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 9)
	guide := func(id string) i18n.Text {
		asked <- id
		return i18n.Literal("file:///guide.html#" + id)
	}
	w := newWindow(t, 80, 24)
	w.ask.Guide = guide
	q := form
	q.Default, q.Page = "abc", "client-id"
	answered := w.question(q)
	w.wait("? : guide")
	w.press("?")
	w.wait("file:///guide.html#client-id")
	w.press("d?")
	w.wait("> abcd?")
	w.press("\r")
	if answer, err := answered(); err != nil || answer != "abcd?" || len(asked) != 1 || <-asked != "client-id" {
		t.Errorf("%q, %v, the guide was opened %d times more", answer, err, len(asked))
	}
	w = newWindow(t, 80, 24)
	w.ask.Guide = guide
	secret := Question{
		ID:    "client-secret",
		Page:  "client-secret",
		Kind:  Hidden,
		Title: bilingual("Le secret", "The secret"),
	}
	answered = w.question(secret)
	w.wait("ctrl+g : guide")
	w.press("?")
	w.wait("> *")
	w.press("\x07")
	w.wait("file:///guide.html#client-secret")
	w.press("\r")
	if answer, err := answered(); err != nil || answer != "?" || len(asked) != 1 {
		t.Errorf("%q, %v, opened %d times", answer, err, len(asked))
	}
}

// Without a browser the whole text of the guide is printed above the question.
func TestFormPrintsLongGuideAbove(t *testing.T) {
	t.Parallel()
	w := newWindow(t, 60, 12)
	page := strings.Repeat("Une ligne du guide.\n", 20) + "La dernière ligne du guide."
	w.ask.Guide = func(string) i18n.Text { return i18n.Literal(page) }
	answered := w.question(form)
	w.press("?")
	w.until("the guide's end above the question", func(screen string) bool {
		return strings.Contains(screen, "La dernière ligne du guide. Lequel ?") && strings.Contains(screen, "? : guide")
	})
	if n := strings.Count(w.output(), "Une ligne du guide."); n != 20 {
		t.Errorf("%d lines of 20", n)
	}
	w.press("x\r")
	if answer, err := answered(); answer != "x" || err != nil {
		t.Errorf("%q, %v", answer, err)
	}
}

// Input after Enter in a paste is ignored, even if each key takes longer than quiet.
func TestFormIgnoresPasteAfterEnter(t *testing.T) {
	t.Parallel()
	w := newWindow(t, 80, 24)
	now := time.Now()
	w.ask.Now = func() time.Time { now = now.Add(2 * quiet); return now }
	answered := w.question(form)
	w.wait("> ")
	w.press("abcd\rSECOND LINE\r")
	if answer, err := answered(); err != nil || answer != "abcd" {
		t.Errorf("%q, %v", answer, err)
	}
}

// The rest of a paste that arrives after the next question appears does not answer it.
func TestFormIgnoresLateRestOfPaste(t *testing.T) {
	t.Parallel()
	w := newWindow(t, 80, 24)
	var passed atomic.Int64 // nanoseconds
	looks, began := make(chan bool, 100), time.Now()
	w.ask.Now = func() time.Time { // at each key
		now := began.Add(time.Duration(passed.Load()))
		looks <- true
		return now
	}
	answered := w.question(form)
	w.press("abcd\r")
	if answer, err := answered(); err != nil || answer != "abcd" {
		t.Errorf("%q, %v", answer, err)
	}
	for len(looks) > 0 {
		<-looks
	}
	next := form
	next.Title = bilingual("Et ensuite\u00a0?", "And then?")
	answered = w.question(next)
	w.press("S")
	<-looks
	passed.Store(int64(2 * quiet))
	w.press("x\r")
	if answer, err := answered(); err != nil || answer != "x" {
		t.Errorf("%q, %v", answer, err)
	}
}

// Ctrl-Y copies the shown values in their order, then starts again, and shows which
// value it copied. Values that were not shown are never copied.
func TestFormCopiesShownValuesInOrder(t *testing.T) {
	t.Parallel()
	w := newWindow(t, 80, 24)
	q := Question{ID: "client-secret", Kind: Hidden, Title: bilingual("Le secret", "The secret")}
	tell := w.ask.Tell
	tell.Value(bilingual("ancien", "old"), "of the step before")
	tell.Clipboard.Forget()
	tell.Address("https://example.com/portal")
	tell.Value(bilingual("Nom", "Name"), "OpenFire")
	tell.Value(bilingual("Nom", "Name"), "OpenFire")
	tell.Fact(bilingual("Durée", "Time"), "730")
	answered := w.question(q)
	w.wait("ctrl+y : copier")
	w.press("abc8Q~")
	for _, want := range []string{"(1 sur 2) : https://example.com/portal", "(2 sur 2) : OpenFire", "(1 sur 2) : https://example.com/portal"} {
		w.press("\x19")
		w.wait("Copié " + want)
	}
	w.press("\r")
	if _, err := answered(); err != nil {
		t.Error(err)
	}
	var copied []string
	for _, sequence := range strings.Split(w.output(), "\x1b]52;c;")[1:] {
		text, err := base64.StdEncoding.DecodeString(sequence[:strings.Index(sequence, "\a")])
		if err != nil {
			t.Fatal(err)
		}
		copied = append(copied, string(text))
	}
	if got := strings.Join(copied, " "); got != "https://example.com/portal OpenFire https://example.com/portal" {
		t.Errorf("on the clipboard: %q", got)
	}
}

// On a small screen the question and answer stay visible: the list of keys is omitted,
// and long help is printed above the form.
func TestFormFitsSmallScreen(t *testing.T) {
	t.Parallel()
	for help, keys := range map[string]bool{"Quelques mots qui prennent deux lignes sur un si petit écran.": true, strings.Repeat("Une aide à quatre lignes. ", 6): false, strings.Repeat("De l'aide qui prend de la place. ", 9): true} {
		w := newWindow(t, 40, 10)
		w.ask.Tell.Height = 10
		w.ask.Guide = func(string) i18n.Text { return i18n.Text{} }
		w.ask.Tell.Value(bilingual("Nom", "Name"), "OpenFire")
		q := form
		q.Back = true
		q.Title = bilingual("Est-ce qu'une question bien longue tient sur un petit écran\u00a0?", "Does it?")
		q.Help = i18n.Literal(help)
		answered := w.question(q)
		w.wait("> ")
		w.press("typed")
		w.until("question, help, answer and perhaps the keys", func(screen string) bool {
			return strings.Contains(screen, flat(q.Title.In(i18n.French))) &&
				(len(help) > 200 || strings.Contains(screen, flat(help))) &&
				strings.Contains(screen, "> typed") &&
				strings.Contains(screen, "ctrl+y : copier") == keys
		})
		w.press("\x1b")
		if _, err := answered(); !errors.Is(err, ErrBack) ||
			len(help) > 200 && !strings.Contains(flat(ansi.Strip(w.output())), flat(help)) {
			t.Errorf("%v; the help: %q", err, w.output())
		}
	}
}

// Colours only repeat the words and are readable on dark and light backgrounds.
func TestColoursOnlyRepeatWords(t *testing.T) {
	t.Parallel()
	say := func(t *ui.Printer) string {
		var out strings.Builder
		t.W, t.Lang = &out, i18n.English
		for _, s := range []ui.Verdict{ui.OK, ui.Warning, ui.Failed, ui.Unknown} {
			t.Judge(s, ":")
		}
		t.Step(1, stepNames(), bilingual("Titre", "Title"))
		return out.String()
	}
	plain, dark, bright := say(&ui.Printer{Cursor: true}), say(&ui.Printer{Cursor: true, Color: true}), say(&ui.Printer{Cursor: true, Color: true, Light: true})
	if strings.Contains(plain, "\x1b") {
		t.Errorf("unexpected colours: %q", plain)
	}
	if !strings.Contains(dark, "\x1b[1;33mWARNING") || strings.Contains(bright, "33m") ||
		strings.Contains(bright, "36m") ||
		!strings.Contains(bright, "\x1b[35mWARNING") {
		t.Errorf("dark: %q\nlight: %q", dark, bright)
	}
	for _, painted := range []string{dark, bright} {
		if bare := sgr(painted); bare != plain {
			t.Errorf("without its colours %q is not %q", bare, plain)
		}
	}
}

// sgr removes colours and bold type.
func sgr(s string) string {
	var out strings.Builder
	for i, part := range strings.Split(s, "\x1b[") {
		if i > 0 {
			_, part, _ = strings.Cut(part, "m")
		}
		out.WriteString(part)
	}
	return out.String()
}

// The header of each step marks the steps as done, current or to come, without
// breaking names. Without a cursor it uses words.
func TestStepHeaderMarksDoneCurrentAndNext(t *testing.T) {
	t.Parallel()
	for _, columns := range []int{40, 80} {
		for n := range stepNames() {
			var out strings.Builder
			tell := &ui.Printer{W: &out, Lang: i18n.French, Width: columns, Cursor: true}
			tell.Step(n, stepNames(), bilingual("Titre", "Title"))
			for l := range strings.Lines(out.String()) {
				if len([]rune(strings.TrimSuffix(l, "\n"))) > columns {
					t.Errorf("wider than %d columns: %q", columns, l)
				}
			}
			marks := [3]int{}
			for i, mark := range []string{"√ ", "> ", "· "} {
				marks[i] = strings.Count(out.String(), mark)
			}
			if marks != [3]int{n, 1, len(stepNames()) - n - 1} {
				t.Errorf("step %d: done, current and to come are %v:\n%s", n, marks, out.String())
			}
			for _, name := range stepNames() {
				if !strings.Contains(out.String(), name.In(i18n.French)) {
					t.Errorf("%s is broken or missing:\n%s", name.In(i18n.French), out.String())
				}
			}
		}
	}
	var out strings.Builder
	(&ui.Printer{W: &out, Lang: i18n.French}).Step(4, stepNames(), bilingual("Titre", "Title"))
	if want := "\n[5/6] Titre\nTerminé\u00a0: Prérequis, Application, Secret, Connexion.\nEnsuite\u00a0: Mise en service.\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

func stepNames() []i18n.Text {
	return []i18n.Text{
		i18n.T("Prerequisites"),
		i18n.T("Application"),
		i18n.T("Secret"),
		i18n.T("Sign-in"),
		i18n.T("Test"),
		i18n.T("Go live"),
	}
}

// The text of a page is printed above the question, a short message below it.
func TestFormShowsPageAboveAndMessageBelow(t *testing.T) {
	t.Parallel()
	s := &formModel{ask: &Form{Tell: &ui.Printer{W: io.Discard, Lang: i18n.English}}}
	if _, cmd := s.Update(bilingual("une\ndeux", "one\ntwo")); cmd == nil || !s.note.IsZero() {
		t.Errorf("a page became the note %v", s.note)
	}
	short := bilingual("ici", "here")
	if _, cmd := s.Update(short); cmd != nil || s.note.In(i18n.French) != short.In(i18n.French) {
		t.Errorf("the note is %v", s.note)
	}
}
