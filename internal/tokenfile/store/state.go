package store

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
)

// State is what a monitor, and the next run, want to know of a base. Losing it
// harms nothing: it holds no token, and everything in it is found out again.
type State struct {
	LastSuccess      time.Time `json:"last_success,omitzero"` // that the token file does not tell
	RefreshStarted   time.Time `json:"-"`                     // its result is not known; see MarkRefreshStarted
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

// State reads a base's state, an empty one if it is missing or broken.
func (s *Store) State(b openfire.Base) State {
	var state State
	data, err := read(filepath.Join(s.Dir, stateFolder), b.FileName())
	if err != nil || json.Unmarshal(data, &state) != nil {
		state = State{}
	}
	if mark, err := read(s.Dir, b.FileName()+lockSuffix); err == nil {
		state.RefreshStarted, _ = time.Parse(time.RFC3339, string(mark))
	}
	return state
}

// MarkRefreshStarted notes that a refresh token is about to be sent. Should
// this run die before it has saved the answer, the mark tells the next one why
// the token may be spent. A mark that is there already stays, and is reported:
// that refresh is the one that brought nothing.
//
// The mark is in the lock file, which its holder has open anyway: a file of its
// own would cost two more files for each refresh of each base. It outlives a
// killed run. It is not synced, as after a power cut the next run does the same
// without it and only its message says less.
func (s *Store) MarkRefreshStarted(b openfire.Base) (already bool) {
	s.editLock(b, func(f *os.File, size int64) {
		if already = size > 0; !already {
			_, _ = f.WriteString(s.Now().UTC().Format(time.RFC3339)) // no reason not to refresh if it fails
		}
	})
	return already
}

// MarkRefreshDone removes the mark: the answer is saved, or it refused a token
// that no other run has sent.
func (s *Store) MarkRefreshDone(b openfire.Base) {
	s.editLock(b, func(f *os.File, size int64) {
		if size > 0 {
			_ = f.Truncate(0)
		}
	})
}

func (s *Store) editLock(b openfire.Base, edit func(f *os.File, size int64)) {
	folder, err := disk.Open(s.Dir)
	if err != nil {
		return
	}
	defer folder.Close()
	f, info, err := folder.Edit(b.FileName() + lockSuffix)
	if err != nil {
		return
	}
	defer f.Close()
	edit(f, info.Size())
}

// SaveState writes a base's state, all but RefreshStarted. It renames into
// place, so that nobody reads half of it, and does not sync: that would cost
// more than a lost state does.
func (s *Store) SaveState(b openfire.Base, state State) error {
	data, err := json.Marshal(state)
	if err != nil {
		return err
	}
	folder := filepath.Join(s.Dir, stateFolder)
	path := filepath.Join(folder, b.FileName())
	parent, err := s.makeFolder(folder)
	if err != nil {
		return disk.NewError("make folder", folder, err)
	}
	f, err := os.CreateTemp(folder, b.FileName()+disk.TempSuffix+"-*")
	if err != nil {
		return disk.NewError("create", path, err)
	}
	disk.ChownToFolder(f, parent)
	_, err = f.Write(append(data, '\n'))
	if err = cmp.Or(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return disk.NewError("write", path, err)
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
	disk.ChownToFolder(f, parent)
	return parent, f.Close()
}
