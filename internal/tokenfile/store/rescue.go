package store

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
)

// rescueSuffix is appended to a token file's name to form the name of its rescue
// file, which contains the new tokens if the token file could not be replaced.
const rescueSuffix = ".rescued"

// rescued is the content of a rescue file.
type rescued struct {
	Base    string          `json:"base"`
	Mailbox string          `json:"mailbox"`
	Sent    string          `json:"sent"` // digest of the refresh token that was exchanged for these tokens
	File    json.RawMessage `json:"file"` // the token file that could not be saved
}

// rescue saves the new tokens of a failed change in the token file's folder, or
// else in the state folder. It returns the error why, with the path of the rescue
// file, or with the kind disk.Lost if no rescue file could be written. A change
// without new tokens is not rescued.
func (u *save) rescue(change Change, why error) error {
	failed, is := errors.AsType[*disk.Error](why)
	if !is {
		failed = &disk.Error{Op: "replace", Path: u.Path(u.base), Err: why}
	}
	file := u.file
	change(&file)
	if file.Mail.Refresh == u.file.Mail.Refresh && file.Mail.Access == u.file.Mail.Access {
		return failed
	}
	encoded, err := file.Encode()
	if err != nil {
		return err
	}
	data, err := json.Marshal(rescued{Base: u.base.URL(), Mailbox: file.Mailbox(), Sent: u.file.Mail.Refresh.Digest(), File: encoded})
	if err != nil {
		return err
	}
	u.temp.Discard() // its space may be the last
	failed.Rescued = u.writeRescue(append(data, '\n'))
	if failed.Rescued == "" {
		failed.Kind = disk.Lost
	}
	return failed
}

// writeRescue writes a rescue file and returns its path, or "" if it cannot be
// written to any folder. It keeps an earlier rescue file that was not adopted.
func (u *save) writeRescue(data []byte) (path string) {
	if path = u.writeRescueTo(u.folder, data); path != "" {
		return path
	}
	_, _ = u.makeFolder(filepath.Join(u.Dir, stateFolder))
	folders := u.rescueFolders()
	for _, folder := range folders[1:] {
		path = u.writeRescueTo(folder, data)
		folder.Close()
	}
	return path
}

func (u *save) writeRescueTo(folder *disk.Folder, data []byte) (path string) {
	for _, name := range []string{u.name + rescueSuffix, u.name + rescueSuffix + u.Now().UTC().Format("-20060102T150405Z")} {
		if folder.WriteNew(name, data) == nil {
			return folder.Path(name)
		}
	}
	return ""
}

// rescueFolders returns the folders that may contain a rescue file.
func (u *save) rescueFolders() []*disk.Folder {
	folders := []*disk.Folder{u.folder}
	if state, err := disk.Open(filepath.Join(u.Dir, stateFolder)); err == nil {
		folders = append(folders, state)
	}
	return folders
}

// adopt moves the tokens of a rescue file into the token file if that still
// contains the refresh token that was sent or was deleted, and removes the rescue
// file. If it
// fails, the token file must not be used: its refresh token may already have been
// exchanged.
func (u *save) adopt() error {
	for _, folder := range u.rescueFolders() {
		err := u.adoptFrom(folder)
		if folder != u.folder {
			folder.Close()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// adoptFrom adopts the rescue files of one folder. A rescue file has a longer name
// only if the first name was in use, so the folder is listed only then; the file
// with the first name is adopted last.
func (u *save) adoptFrom(folder *disk.Folder) error {
	first := u.name + rescueSuffix
	if !folder.Has(first) {
		return nil
	}
	names, err := folder.Names(first + "-")
	if err != nil {
		return err
	}
	for _, name := range append(names, first) {
		if err := u.adoptFile(folder, name); err != nil {
			return err
		}
	}
	return nil
}

func (u *save) adoptFile(folder *disk.Folder, name string) error {
	data, _, err := folder.Read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if failed, is := errors.AsType[*disk.Error](err); is && failed.Kind == disk.Unsafe && failed.Repair == "" {
		failed.Repair = disk.RemoveCommand(failed.Path) // not a file that writeRescue made
	}
	if err != nil {
		return err
	}
	tokens, sent, ours := u.readRescue(data)
	switch {
	case !ours:
		return nil // kept for a person to examine
	case u.old == nil: // the token file was deleted
	case tokens.Mail.Tokens == u.file.Mail.Tokens: // a run was killed before it removed the rescue file
		_ = folder.Remove(name)
		return nil
	case sent != u.file.Mail.Refresh.Digest():
		return nil // not of this token
	}
	if err := u.replaceTwice(u.take(tokens)); err != nil {
		if failed, is := errors.AsType[*disk.Error](err); is && !failed.InPlace() {
			failed.Rescued = folder.Path(name)
		}
		return err
	}
	if err := folder.Remove(name); err != nil {
		return err
	}
	if u.old, u.info, err = u.folder.Read(u.name); err == nil {
		u.file, err = u.decode(u.base, u.old)
	}
	if err != nil {
		return err
	}
	return u.prepare()
}

// take returns the change that adopts the tokens of a rescue file, or the whole
// file if there is no token file.
func (u *save) take(rescued tokenfile.File) Change {
	restore := u.old == nil
	return func(f *tokenfile.File) {
		if restore {
			*f = rescued
		} else {
			f.TakeTokens(rescued)
		}
	}
}

// Rescued returns the path of a rescue file of a base, or "" if there is none.
func (s *Store) Rescued(b openfire.Base) string {
	for _, folder := range []string{s.Dir, filepath.Join(s.Dir, stateFolder)} {
		path := filepath.Join(folder, b.FileName()+rescueSuffix)
		if _, err := os.Lstat(path); err == nil {
			return path
		}
	}
	return ""
}

// Restore writes the token file of a rescue file again if the token file was
// deleted. It returns the path of that rescue file, or "" if there is nothing to
// restore.
func (s *Store) Restore(ctx context.Context, b openfire.Base) (from string, err error) {
	path := s.Rescued(b)
	if _, err := os.Lstat(s.Path(b)); path == "" || err == nil {
		return "", nil
	}
	return from, s.Update(ctx, b, func(_ context.Context, _ tokenfile.File, exists bool) (Change, error) {
		if exists {
			from = path
		}
		return nil, nil
	})
}

// readRescue reads a rescue file: the tokens, the digest of the refresh token that
// was sent for them, and whether they are for the mailbox of the token file.
func (u *save) readRescue(data []byte) (tokens tokenfile.File, sent string, ours bool) {
	var saved rescued
	if json.Unmarshal(data, &saved) != nil || saved.Base != u.base.URL() {
		return tokens, "", false
	}
	tokens, err := tokenfile.Decode(saved.File)
	ours = err == nil && tokens.CheckBase(u.base) == nil && (u.old == nil || tokens.Mailbox() == u.file.Mailbox())
	return tokens, saved.Sent, ours
}
