package prompt

import (
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// turned is one frame of the spinner.
type turned struct{}

// tick animates the spinner of a question with Meanwhile.
func (s *formModel) tick() tea.Cmd {
	if s.q.Meanwhile.IsZero() {
		return nil
	}
	return tea.Tick(ui.SpinnerInterval, func(time.Time) tea.Msg { return turned{} })
}

// handleShortcut handles the keys for back, copy, the address and the guide. A question mark opens
// the guide only if it is not part of an answer.
func (s *formModel) handleShortcut(key string) (cmd tea.Cmd, taken bool) {
	switch {
	case s.sent && key != "ctrl+c":
		return nil, true // the rest of a paste, on a slow machine
	case (key == "enter" || key == "ctrl+j") && s.q.Kind != YesNo:
		_, err := s.q.Accept(*s.typed)
		s.sent = err == nil
		return nil, false
	case key == "esc" && s.q.Back:
		s.back = true
		return tea.Quit, true
	case key == "esc":
		s.note = noBack()
		return nil, true
	case key == "ctrl+y":
		s.note = s.ask.Tell.Clipboard.CopyNext(s.ask.Tell.TextWidth())
		return nil, true
	case key == "ctrl+l" && s.q.Link != "":
		return tea.Println(s.q.Link), true
	case s.ask.Guide == nil:
		return nil, false
	case key == "ctrl+g", key == "?" && s.opensHelp():
		return func() tea.Msg { return s.ask.Guide(s.q.Page) }, true
	}
	return nil, false
}

// opensHelp reports whether a question mark opens the guide: nothing was typed yet.
func (s *formModel) opensHelp() bool {
	return s.q.Kind == YesNo || s.q.Kind != Hidden && (*s.typed == "" || *s.typed == s.q.Default)
}

// footer returns the lines below the form: the spinner, the result of the last
// shortcut, and the keys.
func (s *formModel) footer() (lines []string) {
	l, width := s.ask.Tell.Lang, s.ask.Tell.TextWidth()
	lines = append(lines, "")
	if !s.q.Meanwhile.IsZero() {
		lines = append(lines, ansi.Truncate(ui.SpinnerFrame(s.turns, s.q.Meanwhile.In(l)), width, "…"))
	}
	if !s.note.IsZero() {
		lines = append(lines, ui.Wrap(s.note.In(l), width)...)
	}
	return append(lines, ui.Wrap(s.keys(), width)...)
}

// keys returns the list of keys and their actions. Wrapping does not separate a key
// from its action.
func (s *formModel) keys() string {
	var keys []i18n.Text
	if s.q.Kind == YesNo {
		keys = append(keys, i18n.T("y: yes"), i18n.T("n: no"), i18n.T("←/→: toggle"))
	}
	keys = append(keys, i18n.T("enter: submit"))
	if s.q.Back {
		keys = append(keys, i18n.T("esc: back"))
	}
	if s.ask.Tell.Clipboard.Ready() {
		keys = append(keys, i18n.T("ctrl+y: copy"))
	}
	if s.q.Link != "" {
		keys = append(keys, i18n.T("ctrl+l: show the address"))
	}
	switch {
	case s.ask.Guide == nil:
	case s.q.Kind == Hidden:
		keys = append(keys, i18n.T("ctrl+g: guide"))
	default:
		keys = append(keys, i18n.T("?: guide"))
	}
	var words []string
	for _, k := range keys {
		words = append(words, strings.ReplaceAll(k.In(s.ask.Tell.Lang), " ", "\u00a0"))
	}
	return strings.Join(words, "   ")
}

// View returns the form and, if there is room, the footer.
func (s *formModel) View() string {
	view := s.form.View()
	if s.back || view == "" {
		return "" // the form has ended and is erased
	}
	below := s.footer()
	room := s.ask.Tell.Height - lipgloss.Height(view)
	if s.ask.Tell.Height > 0 && len(below) > room {
		below = below[:max(0, room)] // the list of keys is cut first
	} else if len(below) < room {
		view = "\n" + view
	}
	return strings.Join(append([]string{view}, below...), "\n")
}
