package store

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
)

// Change modifies a token file. It may be called more than once.
type Change = func(*tokenfile.File)

// save is one replacement of a token file. It holds the lock of the file.
type save struct {
	*Store
	folder *disk.Folder
	base   openfire.Base
	name   string
	pinned bool           // the change applies only to a file with the refresh token in old
	old    []byte         // content; nil if there was no file
	info   fs.FileInfo    // of the old file; nil if there was no file
	file   tokenfile.File // decoded from old
	temp   *disk.Replacement
}

// Update is the only way to write a token file. It locks and reads the file, checks
// that a new one can be written, and calls do, which may take long (it may post to
// Microsoft) and returns the change to make, or nil. The change is applied to the
// content read immediately before the rename, so that an edit made while do ran is
// kept. If do fails, Update changes nothing and returns its error; other errors are
// *disk.Error or those of the context.
//
// If new tokens cannot be saved, they are written to a rescue file, which the error
// names. The next Update moves them into the token file before it calls do.
func (s *Store) Update(ctx context.Context, b openfire.Base,
	do func(ctx context.Context, f tokenfile.File, exists bool) (Change, error)) error {
	return s.update(ctx, &save{Store: s, base: b}, do)
}

// UpdateTokens is Update for the result of a refresh: it makes the change only
// while the file contains the refresh token that was passed to do. If another file
// replaced it meanwhile, that file keeps its tokens, and the new tokens are
// rescued.
func (s *Store) UpdateTokens(ctx context.Context, b openfire.Base,
	do func(ctx context.Context, f tokenfile.File, exists bool) (Change, error)) error {
	return s.update(ctx, &save{Store: s, base: b, pinned: true}, do)
}

func (s *Store) update(ctx context.Context, u *save,
	do func(ctx context.Context, f tokenfile.File, exists bool) (Change, error)) error {
	b := u.base
	folder, err := disk.Create(s.Dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	unlock, err := folder.Lock(ctx, b.FileName()+lockSuffix, s.LockWait)
	if err != nil {
		return err
	}
	defer unlock()
	u.folder, u.name, u.file = folder, b.FileName(), tokenfile.New(b, "")
	if u.old, u.info, err = folder.Read(u.name); err == nil {
		u.file, err = s.decode(b, u.old)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	defer func() { u.temp.Discard() }()
	if err := u.prepare(); err != nil {
		return err
	}
	if err := u.adopt(); err != nil {
		return err
	}
	change, err := do(ctx, u.file, u.old != nil)
	if err != nil || change == nil {
		return err
	}
	err = u.replaceTwice(change)
	if failed, is := errors.AsType[*disk.Error](err); err == nil || is && failed.InPlace() {
		return err // the new file is in place, so nothing is rescued
	}
	return u.rescue(change, err)
}

// Edit makes a change to a base's token file with Update and returns the new
// content.
func (s *Store) Edit(ctx context.Context, b openfire.Base, change Change) (tokenfile.File, error) {
	err := s.Update(ctx, b, func(context.Context, tokenfile.File, bool) (Change, error) { return change, nil })
	if err != nil {
		return tokenfile.File{}, err
	}
	return s.Load(b)
}

// prepare creates the replacement for the old file.
func (u *save) prepare() (err error) {
	u.temp.Discard()
	u.temp, err = u.folder.NewReplacement(u.name, u.info, u.owner)
	return err
}

// replaceTwice tries again with a new temporary file if the disk reports an error.
// After a failed fsync the kernel may have dropped the data, so the same file is
// not synced twice.
func (u *save) replaceTwice(change Change) error {
	err := u.replace(change)
	failed, ok := errors.AsType[*disk.Error](err)
	if !ok || !slices.Contains([]disk.Kind{disk.Failed, disk.ResourceExhausted, disk.NotDurable}, failed.Kind) {
		return err
	}
	if err = u.prepare(); err == nil {
		err = u.replace(change)
	}
	if err != nil && failed.Kind == disk.NotDurable {
		return failed // the first new file is in place
	}
	return err
}

// replace writes the changed file, and starts again if another program edited the
// old one meanwhile. An edit can be lost only in the microseconds between the last
// read and the rename.
func (u *save) replace(change Change) error {
	now, file := u.old, u.file
	for wrote := false; ; wrote = true {
		seen := now
		var err error
		now, _, err = u.folder.Read(u.name)
		gone := errors.Is(err, fs.ErrNotExist)
		switch {
		case gone && u.old != nil:
			return u.changed("another program deleted the file")
		case err != nil && !gone:
			return err
		case bytes.Equal(now, seen) && wrote:
			return u.temp.Commit()
		case !bytes.Equal(now, seen):
			if file, err = u.decode(u.base, now); err != nil {
				return u.changed("another program wrote an invalid file")
			}
			if u.pinned && !u.mayReplace(file, change) {
				return u.changed("another program changed the tokens")
			}
		}
		if err := u.write(file, change); err != nil {
			return err
		}
	}
}

// mayReplace reports whether the file contains the refresh token that was sent, or
// the new one: then an earlier try has replaced the file, and only its confirmation
// failed.
func (u *save) mayReplace(now tokenfile.File, change Change) bool {
	wanted := u.file
	change(&wanted)
	return now.Mail.Refresh == u.file.Mail.Refresh || now.Mail.Refresh == wanted.Mail.Refresh
}

func (u *save) changed(how string) *disk.Error {
	return &disk.Error{Kind: disk.Changed, Op: "replace", Path: u.Path(u.base), Err: errors.New(how)}
}

// write writes a changed file to the temporary file.
func (u *save) write(file tokenfile.File, change Change) error {
	change(&file)
	data, err := file.Encode()
	if err != nil {
		return err
	}
	return u.temp.Write(data)
}

// RemoveStale removes the temporary file that a killed run left beside a token file
// that is not due. If there is none, which is the usual case, it takes no lock.
func (s *Store) RemoveStale(ctx context.Context, b openfire.Base) {
	if _, err := os.Lstat(s.Path(b) + disk.TempSuffix); err == nil {
		now := *s
		now.LockWait = 0 // if the lock is held, its holder uses the temporary file
		_ = now.Update(ctx, b, func(context.Context, tokenfile.File, bool) (Change, error) { return nil, nil })
	}
}
