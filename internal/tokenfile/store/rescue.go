package store

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
)

// rescueSuffix is added to a token file's name for the file that holds the new
// tokens if the token file could not be replaced.
const rescueSuffix = ".rescued"

// rescued is the content of a rescue file.
type rescued struct {
	Base    string          `json:"base"`
	Mailbox string          `json:"mailbox"`
	Sent    string          `json:"sent"` // digest of the refresh token that was sent to get these
	File    json.RawMessage `json:"file"` // the token file that could not be put in its place
}

// rescue saves the tokens of a change that could not be made: beside the token
// file, else in the folder of the states. It returns why, with where they are;
// of kind disk.Lost if they are nowhere. A change without new tokens needs no
// rescue.
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
	failed.Rescued = u.writeRescue(append(data, '\n'))
	if failed.Rescued == "" {
		failed.Kind = disk.Lost
	}
	return failed
}

// writeRescue writes a rescue file and returns its path, "" if no folder takes it.
// An earlier rescue file that was not adopted is kept.
func (u *save) writeRescue(data []byte) (path string) {
	for _, folder := range u.rescueFolders() {
		for _, name := range []string{u.name + rescueSuffix, u.name + rescueSuffix + u.Now().UTC().Format("-20060102T150405Z")} {
			if folder.WriteNew(name, data) == nil {
				path = folder.Path(name)
				break
			}
		}
		if folder != u.folder {
			folder.Close()
		}
		if path != "" {
			return path
		}
	}
	return ""
}

// rescueFolders returns where a rescue file may be.
func (u *save) rescueFolders() []*disk.Folder {
	folders := []*disk.Folder{u.folder}
	if state, err := disk.Open(filepath.Join(u.Dir, stateFolder)); err == nil {
		folders = append(folders, state)
	}
	return folders
}

// adopt puts the tokens of a rescue file into the token file if that still holds
// the refresh token that was sent, and removes the rescue file. Until that has
// worked nothing else may be done: the token in the file may be spent.
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

func (u *save) adoptFrom(folder *disk.Folder) error {
	name := u.name + rescueSuffix
	data, _, err := folder.Read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var saved rescued
	if json.Unmarshal(data, &saved) != nil || saved.Base != u.base.URL() || saved.Sent != u.file.Mail.Refresh.Digest() {
		return nil // not of this token: for a person to look at
	}
	tokens, err := tokenfile.Decode(saved.File)
	if err != nil || tokens.CheckBase(u.base) != nil || tokens.Mailbox() != u.file.Mailbox() {
		return nil
	}
	if err := u.replaceTwice(func(f *tokenfile.File) { f.TakeTokens(tokens) }); err != nil {
		if failed, is := errors.AsType[*disk.Error](err); is && failed.Kind != disk.NotDurable {
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
