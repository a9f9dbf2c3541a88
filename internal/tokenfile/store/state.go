package store

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// State is what a monitor, and the next run, want to know of a base. Losing it
// harms nothing: it holds no token, and everything in it is found out again.
type State struct {
	LastSuccess      time.Time `json:"last_success,omitzero"` // that the token file does not tell
	RefreshStarted   time.Time `json:"-"`                     // no result is known; Begin's note
	LastTry          time.Time `json:"last_try,omitzero"`     // that failed
	NotBefore        time.Time `json:"not_before,omitzero"`
	NeedsPersonSince time.Time `json:"needs_person_since,omitzero"`
	Tried            time.Time `json:"tried,omitzero"`   // when a dead token was last tried
	Told             time.Time `json:"told,omitzero"`    // when the trouble was last told
	Failures         int       `json:"failures"`         // in a row
	Code             string    `json:"code,omitempty"`   // of the trouble
	Exit             int       `json:"exit,omitempty"`   // of the trouble
	Warned           string    `json:"warned,omitempty"` // the day of the last word about the secret, YYYY-MM-DD
	Tested           bool      `json:"tested,omitempty"` // a test message was accepted
}

// stateFolder is where the states are, inside the store's own.
const stateFolder = "state"

// State reads a base's state; absent or broken is an empty one.
func (s *Store) State(b openfire.Base) State {
	var state State
	data, err := s.readFile(stateFolder, b.FileName())
	if err != nil || json.Unmarshal(data, &state) != nil {
		state = State{}
	}
	if note, err := s.readFile(".", b.FileName()+lockMark); err == nil {
		state.RefreshStarted, _ = time.Parse(time.RFC3339, string(note))
	}
	return state
}

// MarkRefreshStarted notes that a refresh token is about to be sent. Should this run die
// before it has saved the answer, the note tells the next one why the token
// may be spent. A note that is there already stays, and Begin reports it: that
// refresh is the one that brought nothing.
//
// The note is in the lock file, which is there, and whose holder calls this: a
// file of its own would cost two more for each refresh. It outlives a killed
// run; it is not synced, as after a power cut the next run does the same without
// it and only its sentence is poorer.
func (s *Store) MarkRefreshStarted(b openfire.Base) (already bool) {
	s.note(b, func(f *os.File, size int64) {
		if already = size > 0; !already {
			_, _ = f.WriteString(s.Now().UTC().Format(time.RFC3339)) // for people; no reason not to refresh
		}
	})
	return already
}

// MarkRefreshDone takes the note of Begin away: the answer is saved, or it refused a token
// that no other run has sent.
func (s *Store) MarkRefreshDone(b openfire.Base) {
	s.note(b, func(f *os.File, size int64) {
		if size > 0 {
			_ = f.Truncate(0)
		}
	})
}

// note opens the lock file for the note inside.
func (s *Store) note(b openfire.Base, use func(f *os.File, size int64)) {
	dir, err := os.OpenRoot(s.Dir)
	if err != nil {
		return
	}
	defer dir.Close()
	f, err := dir.OpenFile(b.FileName()+lockMark, os.O_RDWR|openFlags, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && requireRegular(f.Name(), info) == nil {
		use(f, info.Size())
	}
}

// SaveState writes a base's state, all but RefreshBegan. It renames into place,
// so that nobody reads half of it, and does not sync: that would cost more than
// a lost state does.
func (s *Store) SaveState(b openfire.Base, state State) error {
	folder := filepath.Join(s.Dir, stateFolder)
	path := filepath.Join(folder, b.FileName())
	data, err := json.Marshal(state)
	if err != nil {
		return err
	}
	parent, err := s.makeFolder(folder)
	if err != nil {
		return fail("make folder", folder, err)
	}
	f, err := os.CreateTemp(folder, b.FileName()+tempMark+"-*")
	if err != nil {
		return fail("create", path, err)
	}
	chownToFolder(f, parent)
	_, err = f.Write(append(data, '\n'))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fail("write", path, err)
	}
	return nil
}

// makeFolder makes a folder inside the store's, for the owner of that.
func (s *Store) makeFolder(folder string) (parent fs.FileInfo, err error) {
	parent, err = os.Stat(s.Dir)
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		if errors.Is(err, fs.ErrExist) {
			err = nil
		}
		return parent, err
	}
	f, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	chownToFolder(f, parent)
	return parent, f.Close()
}
