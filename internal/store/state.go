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
	LastSuccess      time.Time `json:"last_success,omitzero"`
	RefreshBegan     time.Time `json:"refresh_began,omitzero"` // no result is known
	LastTry          time.Time `json:"last_try,omitzero"`      // that failed
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
	data, err := s.look(stateFolder, b.FileName())
	if err != nil || json.Unmarshal(data, &state) != nil {
		return State{}
	}
	return state
}

// SaveState writes a base's state, all but RefreshBegan, which Begin and End keep.
func (s *Store) SaveState(b openfire.Base, state State) error {
	state.RefreshBegan = s.State(b).RefreshBegan
	return s.saveState(b, state)
}

// Begin notes that a refresh token is about to be sent. Should this run die
// before it has saved the answer, the note tells the next one why the token
// may be spent. A note that is there already stays, and Begin reports it: that
// refresh is the one that brought nothing.
func (s *Store) Begin(b openfire.Base) (already bool) {
	state := s.State(b)
	if !state.RefreshBegan.IsZero() {
		return true
	}
	state.RefreshBegan = s.Now().UTC()
	_ = s.saveState(b, state) // a note for people; no reason not to refresh
	return false
}

// End takes the note of Begin away: the answer is saved, or it refused a token
// that no other run has sent.
func (s *Store) End(b openfire.Base) {
	if state := s.State(b); !state.RefreshBegan.IsZero() {
		state.RefreshBegan = time.Time{}
		_ = s.saveState(b, state)
	}
}

// saveState renames into place, so that nobody reads half of it, and does not
// sync: that would cost more than a lost state does.
func (s *Store) saveState(b openfire.Base, state State) error {
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
	share(f, parent)
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
	share(f, parent)
	return parent, f.Close()
}
