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

// Change is applied to a token file. It may be called more than once.
type Change = func(*tokenfile.File)

// save is one replacement of a token file, made under its lock.
type save struct {
	*Store
	folder *disk.Folder
	base   openfire.Base
	name   string
	pinned bool           // the change is for the refresh token in old, and for no other
	old    []byte         // nil if there was none
	info   fs.FileInfo    // of the old file, nil if there was none
	file   tokenfile.File // as old says
	temp   *disk.Replacement
}

// Update is the only way to write a token file. Under the lock it reads the
// file, proves that a new one can be written, and calls do, which may take its
// time (it posts to Microsoft) and returns the change to make, nil for none.
// The change is applied to the file as it is right before the rename, so that
// an edit made meanwhile survives. An error of do changes nothing and is
// returned as it is; others are *disk.Error or the context's.
//
// New tokens that cannot be saved are rescued: the error says where they are, and
// the next Update puts them into the file before it calls do.
func (s *Store) Update(ctx context.Context, b openfire.Base,
	do func(ctx context.Context, f tokenfile.File, exists bool) (Change, error)) error {
	return s.update(ctx, &save{Store: s, base: b}, do)
}

// UpdateTokens is Update for what a refresh returned: the change is made only
// while the file holds the refresh token that do was given. Another file that came
// in its place meanwhile keeps its tokens, and the new ones are rescued.
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
	exists := !errors.Is(err, fs.ErrNotExist)
	if err != nil && exists {
		return err
	}
	defer func() { u.temp.Discard() }()
	if err := u.prepare(); err != nil {
		return err
	}
	if exists {
		if err := u.adopt(); err != nil {
			return err
		}
	}
	change, err := do(ctx, u.file, exists)
	if err != nil || change == nil {
		return err
	}
	err = u.replaceTwice(change)
	if failed, is := errors.AsType[*disk.Error](err); err == nil || is && failed.Kind == disk.NotDurable {
		return err // the new file is in place
	}
	return u.rescue(change, err)
}

// Edit applies a change to a base's token file with Update, and returns the file.
func (s *Store) Edit(ctx context.Context, b openfire.Base, change Change) (tokenfile.File, error) {
	err := s.Update(ctx, b, func(context.Context, tokenfile.File, bool) (Change, error) { return change, nil })
	if err != nil {
		return tokenfile.File{}, err
	}
	return s.Load(b)
}

// prepare makes the file that will take the place of the old one.
func (u *save) prepare() (err error) {
	u.temp.Discard()
	u.temp, err = u.folder.NewReplacement(u.name, u.info, u.owner)
	return err
}

// replaceTwice tries again with another file when the disk fails. A failed
// fsync may have dropped the data for good, so the same file is never synced
// twice.
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
		return failed // the first new file is in place nevertheless
	}
	return err
}

// replace writes the changed file, and repeats this while another program edits
// the old one. Only microseconds remain between the last read and the rename.
func (u *save) replace(change Change) error {
	now, file := u.old, u.file
	for wrote := false; ; wrote = true {
		seen := now
		var err error
		now, _, err = u.folder.Read(u.name)
		gone := errors.Is(err, fs.ErrNotExist)
		switch {
		case gone && u.old != nil:
			return u.changed("was deleted meanwhile")
		case err != nil && !gone:
			return err
		case bytes.Equal(now, seen) && wrote:
			return u.temp.Commit()
		case !bytes.Equal(now, seen):
			if file, err = u.decode(u.base, now); err != nil {
				return u.changed("was broken meanwhile")
			}
			if u.pinned && !u.mayReplace(file, change) {
				return u.changed("got other tokens meanwhile")
			}
		}
		if err := u.write(file, change); err != nil {
			return err
		}
	}
}

// mayReplace reports whether a file holds the refresh token that was sent, or the
// one that came for it: then a first try to replace the file has worked, and only
// the confirmation failed.
func (u *save) mayReplace(now tokenfile.File, change Change) bool {
	wanted := u.file
	change(&wanted)
	return now.Mail.Refresh == u.file.Mail.Refresh || now.Mail.Refresh == wanted.Mail.Refresh
}

func (u *save) changed(how string) *disk.Error {
	return &disk.Error{Kind: disk.Changed, Op: "replace", Path: u.Path(u.base), Err: errors.New(how)}
}

// write writes a changed file into the temporary one.
func (u *save) write(file tokenfile.File, change Change) error {
	change(&file)
	data, err := file.Encode()
	if err != nil {
		return err
	}
	return u.temp.Write(data)
}

// RemoveStale removes what a killed run has left beside a token file that is
// not due. Usually nothing was left, and it takes no lock.
func (s *Store) RemoveStale(ctx context.Context, b openfire.Base) {
	if _, err := os.Lstat(s.Path(b) + disk.TempSuffix); err == nil {
		now := *s
		now.LockWait = 0 // the holder of the lock is using the file
		_ = now.Update(ctx, b, func(context.Context, tokenfile.File, bool) (Change, error) { return nil, nil })
	}
}
