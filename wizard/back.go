package wizard

import (
	"context"
	"slices"

	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// answered is a question of this run that can be asked again, and its answer;
// of a secret none is kept.
type answered struct {
	step       int
	id, answer string
}

// returnable are the questions that only lead to a value: it can be given anew.
// The others agree to something that is then done.
var returnable = []string{"odoo-version", "incoming", "register", "loopback", "client-id", "tenant", "client-secret", "secret-expires", "mailbox", "test-to"}

// ask asks a question in its step's words, with the kind and check that its id
// has everywhere. Its default is the answer it had before the person went back
// to it, else the session's hint.
func (s *session) ask(ctx context.Context, q ui.Question) (string, error) {
	if known, ok := questions(s.Now())[q.ID]; ok {
		q.Kind, q.Words = known.Kind, known.Words
		if q.Check == nil {
			q.Check = known.Check
		}
	}
	if hint, ok := s.Hints[q.ID]; ok && q.Default == "" {
		q.Default = hint
	}
	if before := s.reopened[q.ID]; before != "" {
		q.Default = before
	}
	_, ahead := s.Given[q.ID]
	q.Back = len(s.trail) > 0 || s.Rename && !s.closed
	answer, err := s.Ask.Ask(ctx, q)
	if err != nil {
		return answer, err
	}
	delete(s.reopened, q.ID)
	if !ahead && slices.Contains(returnable, q.ID) {
		s.trail = slices.DeleteFunc(s.trail, func(a answered) bool { return a.step == s.at && a.id == q.ID })
		s.trail = append(s.trail, answered{s.at, q.ID, answer})
	}
	return answer, nil
}

// goBack makes the last answered question one to be asked again, and returns
// its step; false when there is none.
func (s *session) goBack() (step int, ok bool) {
	if len(s.trail) == 0 {
		return 0, false
	}
	last := s.trail[len(s.trail)-1]
	s.trail = s.trail[:len(s.trail)-1]
	s.reopened[last.id] = last.answer
	switch last.id {
	case "incoming":
		s.incoming = ""
	case "register":
		s.way, s.agreed = "", false
	}
	return last.step, true
}

// again reports a question that the person went back to.
func (s *session) again(ids ...string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { _, is := s.reopened[id]; return is })
}

// settled ends the way back: what was answered has been made at Microsoft, or
// is saved with what came of it.
func (s *session) settled() { s.trail, s.closed = nil, true }
