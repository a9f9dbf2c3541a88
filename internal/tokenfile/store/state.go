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

// State is what monitors and the next run need to know about a base. Its loss does
// no harm: it contains no token, and later runs determine it again.
type State struct {
	Token            string    `json:"token,omitempty"`       // identifies the tokens that the failures are about
	LastSuccess      time.Time `json:"last_success,omitzero"` // unless the token file shows a later one
	LastTry          time.Time `json:"last_try,omitzero"`     // last failed try
	NotBefore        time.Time `json:"not_before,omitzero"`
	NeedsPersonSince time.Time `json:"needs_person_since,omitzero"`
	PersonCode       string    `json:"needs_person_code,omitempty"` // id of the fault
	PersonExit       int       `json:"needs_person_exit,omitempty"`
	Tried            time.Time `json:"tried,omitzero"`    // last try with a token that Microsoft refused for good
	Told             time.Time `json:"told,omitzero"`     // last report of the problem
	Failures         int       `json:"failures"`          // consecutive
	Code             string    `json:"code,omitempty"`    // of the problem
	Exit             int       `json:"exit,omitempty"`    // of the problem
	Warned           string    `json:"warned,omitempty"`  // date of the last warning about the secret, YYYY-MM-DD
	Offered          bool      `json:"offered,omitempty"` // the offer to put the values into the base was answered
	Answers          string    `json:"answers,omitempty"` // of an unfinished setup, as a URL query
	Tested           bool      `json:"tested,omitempty"`  // a test message was accepted
}

// stateFolder is the subfolder of the store that contains the states.
const stateFolder = "state"

// State returns a base's state, or an empty one if it is missing or invalid.
func (s *Store) State(b openfire.Base) State {
	var state State
	data, err := read(filepath.Join(s.Dir, stateFolder), b.FileName())
	if err != nil || json.Unmarshal(data, &state) != nil {
		state = State{}
	}
	return state
}

// Unfinished returns the start of a refresh of that token whose answer was not
// saved. It returns zero if there is none, or if the refresh is still in progress.
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

// parseMark decodes what MarkRefreshStarted writes.
func parseMark(mark []byte) (started time.Time, token string) {
	when, token, _ := strings.Cut(string(mark), " ")
	started, _ = time.Parse(time.RFC3339, when)
	return started, token
}

// MarkRefreshStarted records that the refresh token with that digest is about to be
// sent. If this run is killed before it saves the answer, the mark tells the next
// run why the token may no longer be valid. An existing mark for the same token is
// kept and its time returned: it belongs to a refresh whose answer was lost.
//
// The mark is stored in the lock file, which the holder of the lock has open
// anyway; a separate file would cost two more files for each refresh of each base.
// The mark is not synced: without it, the next run does the same after a power
// failure, and only its message is less precise.
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
		_, _ = f.WriteAt([]byte(s.Now().UTC().Format(time.RFC3339)+" "+token), 0) // a failure must not prevent the refresh
	})
	return unfinished
}

// MarkRefreshDone removes the mark: the answer was saved, or Entra refused a token
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

// SaveState writes a base's state. It replaces the file by a rename, so that
// readers never see an incomplete file. It does not sync, because losing a state
// costs less than a sync.
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

// SweepStates removes the temporary files that SaveState left more than an hour ago
// because its process was killed.
func (s *Store) SweepStates() {
	left, _ := filepath.Glob(filepath.Join(s.Dir, stateFolder, "*.json"+disk.TempSuffix+"-*"))
	for _, path := range left {
		if info, err := os.Lstat(path); err == nil && s.Now().Sub(info.ModTime()) > time.Hour {
			_ = os.Remove(path)
		}
	}
}

// makeFolder creates a subfolder of the store for the owner of the store.
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
