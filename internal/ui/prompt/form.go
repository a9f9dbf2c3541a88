package prompt

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/huh"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// quiet is how long keys are ignored after Enter: they are the next line of a paste,
// because a user makes a pause.
const quiet = 120 * time.Millisecond

// Form asks on a terminal, one form per question.
type Form struct {
	Tell  *ui.Printer
	In    io.Reader
	Now   func() time.Time
	Guide Guide // opened by "?"; nil: no guide

	until time.Time // keys before this time belong to a paste; shared by all forms
}

// Ask shows the question and waits for Enter with a valid answer.
func (f *Form) Ask(ctx context.Context, q Question) (answer secret.String, err error) {
	if ctx.Err() != nil {
		return answer, ctx.Err()
	}
	defer f.Tell.Hold()()
	typed := q.Default
	if f.cramped(q) {
		f.Tell.Print(q.Help)
		q.Help = i18n.Text{}
	}
	yes := q.Default == Yes
	form := huh.NewForm(huh.NewGroup(f.field(q, &typed, &yes))).
		WithTheme(f.theme()).WithKeyMap(keyMap()).WithWidth(f.Tell.TextWidth()).WithShowHelp(false)
	form.SubmitCmd, form.CancelCmd = tea.Quit, tea.Quit // tea.Interrupt leaves the form on the screen
	around := &formModel{ask: f, q: q, typed: &typed, form: form}
	if !q.Since.IsZero() {
		around.turns = int(f.Now().Sub(q.Since) / ui.SpinnerInterval)
	}
	program := tea.NewProgram(around, f.options()...)
	// huh's own handling of a context leaves a reader behind, which takes the first
	// key of the next question. Ctrl-C ends and erases the form.
	stop := context.AfterFunc(ctx, func() { program.Send(tea.KeyMsg{Type: tea.KeyCtrlC}) })
	_, err = program.Run()
	stop()
	switch {
	case ctx.Err() != nil:
		return answer, ctx.Err()
	case err != nil:
		return answer, err
	case around.back:
		return answer, ErrBack
	case form.State != huh.StateCompleted: // Ctrl-C, or the terminal was closed
		return answer, ErrInterrupted
	}
	if q.Kind == YesNo {
		typed = YesOrNo(yes)
	}
	f.echo(q, typed)
	typed, err = q.Accept(typed)
	return secret.New(typed), err
}

// field returns huh's field for the question. Enter with an invalid answer shows the
// problem and stays on the question.
func (f *Form) field(q Question, typed *string, yes *bool) huh.Field {
	l := f.Tell.Lang
	valid := func(s string) error {
		_, err := q.Accept(s)
		if p, refused := errors.AsType[*problem.Problem](err); refused {
			// huh would wrap inside addresses, at hyphens and dots.
			said := i18n.T("%s %s", p.What, p.Do).In(l)
			return errors.New(strings.Join(ui.Wrap(said, f.Tell.TextWidth()-len("! ")), "\n"))
		}
		return err
	}
	if q.Kind == YesNo {
		return huh.NewConfirm().Title(q.Title.In(l)).Description(q.Help.In(l)).Value(yes).
			WithButtonAlignment(lipgloss.Left).Affirmative(i18n.T("Yes").In(l)).Negative(i18n.T("No").In(l))
	}
	input := huh.NewInput().Title(q.Title.In(l)).Description(q.Help.In(l)).Value(typed).Validate(valid)
	if q.Kind == Hidden {
		input.EchoMode(huh.EchoModePassword)
	}
	return input
}

// cramped reports whether the help would push the answer off the screen.
func (f *Form) cramped(q Question) bool {
	t := f.Tell
	wide := t.TextWidth() - 2 // without the border
	needs := len(ui.Wrap(q.Title.In(t.Lang), wide)) + len(ui.Wrap(q.Help.In(t.Lang), wide)) + 3
	return t.Height > 0 && !q.Help.IsZero() && needs > t.Height
}

// echo prints the answered question, because the form erases itself.
func (f *Form) echo(q Question, typed string) {
	switch q.Kind {
	case Hidden:
		return // the step prints its length
	case YesNo:
		said := i18n.T("no")
		if typed == Yes {
			said = i18n.T("yes")
		}
		typed = said.In(f.Tell.Lang)
	}
	if typed != "" {
		f.Tell.Print(i18n.Literal("%s %s").With(q.Title, typed))
	}
}

// options leaves signals to main, drops the rest of a paste, and keeps the warning
// of Windows Terminal about pastes of several lines.
func (f *Form) options() []tea.ProgramOption {
	opts := []tea.ProgramOption{
		tea.WithOutput(f.Tell.W), tea.WithInput(f.In), tea.WithoutSignalHandler(), tea.WithFilter(f.filter),
	}
	if runtime.GOOS == "windows" {
		opts = append(opts, tea.WithoutBracketedPaste())
	}
	return opts
}

// filter drops keys that follow Enter immediately. All forms share it, because the
// rest of a paste would otherwise answer the next question.
func (f *Form) filter(_ tea.Model, m tea.Msg) tea.Msg {
	k, ok := m.(tea.KeyMsg)
	if !ok || k.Type == tea.KeyCtrlC {
		return m
	}
	now := f.Now()
	if now.Before(f.until) {
		f.until = now.Add(quiet)
		return nil
	}
	if k.Type == tea.KeyEnter || k.Type == tea.KeyCtrlJ {
		f.until = now.Add(quiet)
	}
	return m
}

// keyMap returns huh's key map, with o for oui.
func keyMap() *huh.KeyMap {
	k := huh.NewDefaultKeyMap()
	// Enter typed between two questions arrives as a line feed: the terminal has
	// translated it.
	submit := key.NewBinding(key.WithKeys("enter", "ctrl+j"))
	k.Input.Submit, k.Confirm.Submit = submit, submit
	k.Confirm.Accept = key.NewBinding(key.WithKeys("o", "O", "y", "Y"))
	return k
}

// theme uses words, marks and bold type, so that without colours only the border and
// the mark look different. It uses WGL4 glyphs only, which every Windows console
// font has; huh's thick border is not among them.
func (f *Form) theme() *huh.Theme {
	lipgloss.SetColorProfile(termenv.ANSI) // with NO_COLOR even the cursor would be invisible
	t := huh.ThemeBase()
	accent := lipgloss.NewStyle()
	switch {
	case f.Tell.Color && f.Tell.Light:
		accent = accent.Foreground(lipgloss.ANSIColor(4))
	case f.Tell.Color:
		accent = accent.Foreground(lipgloss.ANSIColor(6))
	}
	button := lipgloss.NewStyle().Padding(0, 2).MarginRight(1)
	t.Focused.BlurredButton = button
	t.Focused.FocusedButton = button.Inherit(accent).PaddingLeft(0).SetString(">").Bold(true)
	t.Focused.Base = t.Focused.Base.BorderStyle(lipgloss.NormalBorder()).BorderForeground(accent.GetForeground())
	t.Focused.Card = t.Focused.Base
	t.Focused.Title = t.Focused.Title.Bold(true)
	t.Focused.TextInput.Prompt = accent
	t.Focused.ErrorMessage = t.Focused.ErrorMessage.SetString("!").Bold(true)
	return t
}

// formModel is a form with its shortcuts, their results, and the spinner of
// Question.Meanwhile.
type formModel struct {
	ask   *Form
	q     Question
	typed *string // so far
	form  *huh.Form

	note  i18n.Text
	turns int
	back  bool
	sent  bool // Enter with a valid answer; huh ends the form some messages later
}

// Init starts the form and the spinner.
func (s *formModel) Init() tea.Cmd { return tea.Batch(s.form.Init(), s.tick()) }

// Update handles shortcuts and passes other messages to the form.
func (s *formModel) Update(m tea.Msg) (tea.Model, tea.Cmd) {
	switch m := m.(type) {
	case tea.WindowSizeMsg:
		if m.Width > 0 {
			s.ask.Tell.Width, s.ask.Tell.Height = m.Width, m.Height
			s.form.WithWidth(s.ask.Tell.TextWidth())
		}
	case turned:
		s.turns++
		return s, s.tick()
	case i18n.Text:
		if strings.Contains(m.In(i18n.English), "\n") { // a page of the guide is printed above the form
			return s, tea.Println(strings.Join(ui.WrapParagraphs("", m.In(s.ask.Tell.Lang), s.ask.Tell.TextWidth()),
				"\n"))
		}
		s.note = m
		return s, nil
	case tea.KeyMsg:
		s.note = i18n.Text{}
		if cmd, taken := s.handleShortcut(m.String()); taken {
			return s, cmd
		}
	}
	_, cmd := s.form.Update(m)
	return s, cmd
}
