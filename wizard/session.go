package wizard

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/graph"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// session is one run of Setup over one base.
type session struct {
	*Setup
	base   openfire.Base
	file   tokenfile.File // as it was last read or written
	exists bool
	spoke  bool // some step had something to say
	at     int  // the step that speaks

	trail    []answered        // questions that can be asked again
	reopened map[string]string // to be asked again: the answer it had
	closed   bool              // the way back to the base's name

	incoming  string        // whether mail is fetched too, once it was asked
	named     bool          // the mailbox was asked for a moment ago
	proven    bool          // a test message was accepted in this run
	way       string        // Yes: through Graph; "" was not asked yet
	agreed    bool          // to the plan that was shown with that question
	graph     *graph.Client // nil until an administrator has signed in
	assigning bool          // and may assign accounts
	directory string        // that the administrator belongs to
}

// forget drops the administrator's token.
func (s *session) forget() { s.graph = nil }

// env is what the checks look at: the base, its file, Microsoft.
func (s *session) env() check.Env {
	return check.Env{Refresher: s.Refresher, Base: s.base, Margin: time.Minute, Timeout: s.Timeout, Lang: s.Tell.Lang}
}

// Lacks returns *Missing with all that nobody would answer: what neither the
// file holds nor was given ahead. Without a person it is told before anything
// is done.
func (s *Setup) Lacks(base openfire.Base) error {
	run := &session{Setup: s, base: base}
	if err := run.load(); err != nil {
		return err
	}
	held := map[string]bool{
		"client-id": run.file.Client.ID != "", "tenant": run.file.Azure.TenantID != "",
		"client-secret": !run.file.Client.Secret.Empty(), "mailbox": run.file.Mailbox() != "",
	}
	var lacks []string
	needed := []string{"client-id", "tenant", "client-secret", "mailbox"}
	if s.Given["register"] == Automatic {
		needed = []string{"yes", "mailbox"}
		held["yes"] = run.registered() && run.keyed()
	}
	for _, id := range needed {
		if _, given := s.Given[id]; !given && !held[id] {
			lacks = append(lacks, id)
		}
	}
	if len(lacks) > 0 {
		return &ui.Missing{IDs: lacks}
	}
	return nil
}

// load reads the file as it stands; none yet is a new one.
func (s *session) load() error {
	file, err := s.Store.Load(s.base)
	if errors.Is(err, fs.ErrNotExist) {
		file = tokenfile.New(s.base, "")
	} else if err != nil {
		return err
	}
	s.file, s.exists = file, err == nil
	s.Book.show(s.base, s.file, s.fetches())
	return nil
}

// save applies a change to the file under its lock.
func (s *session) save(ctx context.Context, change func(*tokenfile.File)) error {
	err := s.Store.Update(ctx, s.base, func(_ context.Context, f tokenfile.File, exists bool) (func(*tokenfile.File), error) {
		if exists {
			return change, nil
		}
		fresh := s.file
		return func(f *tokenfile.File) { *f = fresh; change(f) }, nil
	})
	if err != nil {
		return err
	}
	return s.load()
}

// differs reports a question that the file's value does not answer: another
// answer was given ahead, or the person went back to it.
func (s *session) differs(id, current string) bool {
	given, ok := s.Given[id]
	q := questions(s.Now())[id]
	if answer, err := q.Accept(given); err == nil && q.Kind != ui.Hidden {
		given = answer // 22/11/2028 and 2028-11-22 are one date
	}
	return ok && sanitize.Pasted(given) != current || s.again(id)
}
