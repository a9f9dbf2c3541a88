package wizard

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/huh"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"github.com/openfire-fr/openfire-o365/internal/lang"
)

// quiet is how long keys are dropped after Enter: a person pauses there, the
// second line of a paste does not.
const quiet = 120 * time.Millisecond

// Form asks on a terminal, one form per question.
type Form struct {
	Tell  *Teller
	In    io.Reader
	Now   func() time.Time
	Guide Guide // "?" opens it; nil: there is none

	until time.Time // keys before this moment belong to a paste; shared by all forms
}

// Ask shows the question and waits for Enter on a good answer.
func (f *Form) Ask(ctx context.Context, q Question) (string, error) {
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	typed := q.Default
	yes := q.Default == Yes
	form := huh.NewForm(huh.NewGroup(f.field(q, &typed, &yes))).
		WithTheme(theme()).WithKeyMap(f.keys()).WithWidth(f.Tell.width()).WithShowHelp(q.Kind != YesNo)
	form.SubmitCmd, form.CancelCmd = tea.Quit, tea.Quit // tea.Interrupt would leave the form on the screen
	program := tea.NewProgram(form, f.options()...)
	// huh's own way to end with a context leaves a reader behind, which takes
	// the first key of the next question. Ctrl-C erases the form as it ends.
	stop := context.AfterFunc(ctx, func() { program.Send(tea.KeyMsg{Type: tea.KeyCtrlC}) })
	_, err := program.Run()
	stop()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return "", err
	case form.State != huh.StateCompleted: // Ctrl-C; a closed terminal ends the form so too
		return "", ErrInterrupted
	}
	if q.Kind == YesNo {
		typed = No
		if yes {
			typed = Yes
		}
	}
	f.echo(q, typed, yes)
	return q.accept(typed)
}

// field builds huh's field for the question. The answer is checked as it is
// kept, so that Enter on a bad one stays on the question and says why.
func (f *Form) field(q Question, typed *string, yes *bool) huh.Field {
	l := f.Tell.Lang
	valid := func(s string) error {
		_, err := q.accept(s)
		var p *lang.Problem
		if errors.As(err, &p) {
			return errors.New(lang.Text{FR: "%s %s", EN: "%s %s"}.With(p.What, p.Do).In(l))
		}
		return err
	}
	if q.Kind == YesNo {
		// huh's own help line says y and n in every language.
		keys := lang.Text{FR: "o : oui   n : non   ←/→ : changer   entrée : valider", EN: "y: yes   n: no   ←/→: toggle   enter: submit"}
		return huh.NewConfirm().Title(q.Title.In(l)).Description(strings.TrimSpace(q.Help.In(l) + "\n" + keys.In(l))).Value(yes).
			Affirmative(lang.Text{FR: "Oui", EN: "Yes"}.In(l)).Negative(lang.Text{FR: "Non", EN: "No"}.In(l))
	}
	input := huh.NewInput().Title(q.Title.In(l)).Description(q.Help.In(l)).Value(typed).Validate(valid)
	if q.Kind == Hidden {
		input.EchoMode(huh.EchoModePassword)
	}
	return input
}

// echo leaves the answered question on the screen, for the form erases itself.
func (f *Form) echo(q Question, typed string, yes bool) {
	switch q.Kind {
	case Hidden:
		return // the step says how long it was
	case YesNo:
		typed = lang.Text{FR: "non", EN: "no"}.In(f.Tell.Lang)
		if yes {
			typed = lang.Text{FR: "oui", EN: "yes"}.In(f.Tell.Lang)
		}
	}
	if typed != "" {
		f.Tell.Say(lang.Same("%s %s").With(q.Title, typed))
	}
}

// options keep signals for main, drop the tail of a paste, and leave Windows
// Terminal its own warning about pastes of several lines.
func (f *Form) options() []tea.ProgramOption {
	opts := []tea.ProgramOption{
		tea.WithOutput(f.Tell.W), tea.WithInput(f.In), tea.WithoutSignalHandler(), tea.WithFilter(f.filter),
	}
	if runtime.GOOS == "windows" {
		opts = append(opts, tea.WithoutBracketedPaste())
	}
	return opts
}

// filter drops what follows Enter at once. One for all forms: Enter only
// schedules the next question, and the rest of a paste would land there. It
// also keeps forms and text to the width that the terminal has now.
func (f *Form) filter(model tea.Model, m tea.Msg) tea.Msg {
	if size, ok := m.(tea.WindowSizeMsg); ok && size.Width > 0 {
		f.Tell.Width = size.Width
		model.(*huh.Form).WithWidth(f.Tell.width())
	}
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

// keys are huh's, with o for oui and the help line in the person's language.
func (f *Form) keys() *huh.KeyMap {
	l := f.Tell.Lang
	enter, send := lang.Text{FR: "entrée", EN: "enter"}.In(l), lang.Text{FR: "valider", EN: "submit"}.In(l)
	k := huh.NewDefaultKeyMap()
	// Enter typed between two questions arrives as the line feed that the
	// terminal makes of it.
	submit := key.NewBinding(key.WithKeys("enter", "ctrl+j"), key.WithHelp(enter, send))
	k.Input.Submit, k.Confirm.Submit = submit, submit
	k.Confirm.Accept = key.NewBinding(key.WithKeys("o", "O", "y", "Y"))
	return k
}

// theme has no colour, so that NO_COLOR leaves it its bold type and its cursor,
// and keeps to the WGL4 glyphs that every Windows console font has: huh's thick
// border is not among them. The chosen button is told by its mark.
func theme() *huh.Theme {
	lipgloss.SetColorProfile(termenv.ANSI) // NO_COLOR would make even the cursor invisible
	t := huh.ThemeBase()
	t.Help = help.Styles{}
	button := lipgloss.NewStyle().Padding(0, 2).MarginRight(1)
	t.Focused.FocusedButton, t.Focused.BlurredButton = button.PaddingLeft(0).SetString(">").Bold(true), button
	t.Focused.Base = t.Focused.Base.BorderStyle(lipgloss.NormalBorder())
	t.Focused.Card = t.Focused.Base
	t.Focused.Title = t.Focused.Title.Bold(true)
	t.Focused.ErrorMessage = t.Focused.ErrorMessage.SetString("!").Bold(true)
	return t
}
