package store

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// State is what a monitor, and the next run, want to know of a base. Losing it
// harms nothing: it holds no token, and everything in it is found out again.
type State struct {
	LastSuccess      time.Time `json:"last_success,omitzero"`
	NeedsPersonSince time.Time `json:"needs_person_since,omitzero"`
	Tried            time.Time `json:"tried,omitzero"`   // when a dead token was last tried
	Told             time.Time `json:"told,omitzero"`    // when the trouble was last told
	Failures         int       `json:"failures"`         // in a row
	Code             string    `json:"code,omitempty"`   // of the trouble
	Exit             int       `json:"exit,omitempty"`   // of the trouble
	Warned           string    `json:"warned,omitempty"` // the day of the last word about the secret, YYYY-MM-DD
	Tested           bool      `json:"tested,omitempty"` // a test message was accepted
}

func (s *Store) statePath(b openfire.Base) string {
	return filepath.Join(s.Dir, "state", b.FileName())
}

// State reads a base's state; absent or broken is an empty one.
func (s *Store) State(b openfire.Base) State {
	var state State
	data, _, err := read(s.statePath(b))
	if err != nil || json.Unmarshal(data, &state) != nil {
		return State{}
	}
	return state
}

// SaveState writes a base's state. It is renamed into place, so that nobody
// reads half of it, and not synced.
func (s *Store) SaveState(b openfire.Base, state State) error {
	path := s.statePath(b)
	data, err := json.Marshal(state)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fail("make folder", filepath.Dir(path), err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), b.FileName()+tempMark+"*")
	if err != nil {
		return fail("create", path, err)
	}
	_, err = f.Write(append(data, '\n'))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fail("write", path, err)
	}
	return nil
}
