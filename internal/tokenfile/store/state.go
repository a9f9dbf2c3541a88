package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
)

// State is what a monitor, and the next run, want to know of a base. Losing it
// harms nothing: it holds no token, and everything in it is found out again.
type State struct {
	Token            string    `json:"token,omitempty"`       // names the tokens that the failures are about
	LastSuccess      time.Time `json:"last_success,omitzero"` // that the token file does not tell
	LastTry          time.Time `json:"last_try,omitzero"`     // that failed
	NotBefore        time.Time `json:"not_before,omitzero"`
	NeedsPersonSince time.Time `json:"needs_person_since,omitzero"`
	PersonCode       string    `json:"needs_person_code,omitempty"` // why, by the id of the fault
	PersonExit       int       `json:"needs_person_exit,omitempty"`
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
	return state
}

// Unfinished returns when a refresh of that token began whose answer nobody has
// saved; zero if there is none, or while it is under way.
func (s *Store) Unfinished(ctx context.Context, b openfire.Base, token string) time.Time {
	mark, err := read(s.Dir, b.FileName()+lockSuffix)
	if err != nil {
		return time.Time{}
	}
	started, of := parseMark(mark)
	if of != token || started.IsZero() {
		return time.Time{}
	}
	if folder, err := disk.Open(s.Dir); err == nil {
		defer folder.Close()
		unlock, err := folder.Lock(ctx, b.FileName()+lockSuffix, 0)
		if err != nil {
			return time.Time{}
		}
		unlock()
	}
	return started
}

// parseMark reads what MarkRefreshStarted writes.
func parseMark(mark []byte) (started time.Time, token string) {
	when, token, _ := strings.Cut(string(mark), " ")
	started, _ = time.Parse(time.RFC3339, when)
	return started, token
}

// MarkRefreshStarted notes that the refresh token with that digest is about to be
// sent. Should this run die before it has saved the answer, the mark tells the next
// one why the token may be spent. A mark of the same token that is there already
// stays, and its time is returned: that refresh is the one that brought nothing.
//
// The mark is in the lock file, which its holder has open anyway: a file of its
// own would cost two more files for each refresh of each base. It outlives a
// killed run. It is not synced, as after a power cut the next run does the same
// without it and only its message says less.
func (s *Store) MarkRefreshStarted(b openfire.Base, token string) (unfinished time.Time) {
	s.editLock(b, func(f *os.File, size int64) {
		if size > 0 {
			mark := make([]byte, min(size, 128))
			n, _ := f.ReadAt(mark, 0)
			if started, of := parseMark(mark[:n]); of == token {
				unfinished = started
				return
			}
			_ = f.Truncate(0)
		}
		_, _ = f.WriteAt([]byte(s.Now().UTC().Format(time.RFC3339)+" "+token), 0) // no reason not to refresh if it fails
	})
	return unfinished
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
// place, so that no reader sees an incomplete file. It does not sync, as losing a
// state costs less than a sync.
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
