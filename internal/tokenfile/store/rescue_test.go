//go:build unix

package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
)

// seen is the refresh token that an Update is given.
func seen(t *testing.T, s *Store) (token string) {
	t.Helper()
	if err := s.Update(context.Background(), mabase(), func(_ context.Context, f tokenfile.File, _ bool) (Change, error) {
		token = f.Mail.Refresh.Reveal()
		return nil, nil
	}); err != nil {
		t.Fatal(err)
	}
	return token
}

// TestRescuedTokenIsAdoptedBesideAnotherRescueFile: an earlier rescue file that
// nobody adopted, or that is broken, does not keep a later one from being adopted.
func TestRescuedTokenIsAdoptedBesideAnotherRescueFile(t *testing.T) {
	t.Parallel()
	for name, earlier := range map[string]string{
		"broken": "garbage", "of another token": `{"base":"https://mabase.openfire.fr","sent":"0123","file":{}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			path := s.Path(mabase())
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path+rescueSuffix, []byte(earlier), 0o600); err != nil {
				t.Fatal(err)
			}
			err = s.Update(context.Background(), mabase(), lose(s, func() {}))
			if in := rescuedIn(err); in == "" || in == path+rescueSuffix {
				t.Fatalf("%v in %q", err, in)
			}
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			if got := seen(t, s); got != "new" {
				t.Errorf("token %q", got)
			}
			if kept, err := os.ReadFile(path + rescueSuffix); err != nil || string(kept) != earlier {
				t.Errorf("the earlier file: %q %v", kept, err)
			}
			if names, _ := filepath.Glob(path + rescueSuffix + "-*"); len(names) != 0 {
				t.Errorf("left %v", names)
			}
		})
	}
}

// TestAdoptedRescueFileIsRemovedAfterAKill: a run that was killed right after it had
// put the tokens into the token file leaves a rescue file that the next run removes.
func TestAdoptedRescueFileIsRemovedAfterAKill(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	path := s.Path(mabase())
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(context.Background(), mabase(), lose(s, func() {})); rescuedIn(err) == "" {
		t.Fatal(err)
	}
	left, err := os.ReadFile(path + rescueSuffix)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := seen(t, s); got != "new" {
			t.Fatalf("token %q", got)
		}
		if content, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(path + rescueSuffix); err == nil {
			t.Error("the rescue file is still there")
		}
		if err := os.WriteFile(path+rescueSuffix, left, 0o600); err != nil { // as the kill would have left it
			t.Fatal(err)
		}
	}
}

// TestTokensInAMovedFolderAreNotRescued: they are in the token file of the folder
// that was moved, and no file is named that does not exist.
func TestTokensInAMovedFolderAreNotRescued(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	moved := s.Dir + ".moved"
	err := s.Update(context.Background(), mabase(), func(context.Context, tokenfile.File, bool) (Change, error) {
		return func(f *tokenfile.File) { f.Mail.Refresh = secret.New("new") },
			errors.Join(os.Rename(s.Dir, moved), os.Mkdir(s.Dir, 0o700))
	})
	failed, _ := errors.AsType[*disk.Error](err)
	if failed == nil || failed.Kind != disk.Moved || failed.Rescued != "" || Problem(failed).Exit != problem.Safety {
		t.Fatalf("%v", err)
	}
	if names, _ := filepath.Glob(filepath.Join(moved, "*"+rescueSuffix+"*")); len(names) != 0 {
		t.Errorf("rescued into %v", names)
	}
	s.Dir = moved
	if file, err := s.Load(mabase()); err != nil || file.Mail.Refresh.Reveal() != "new" {
		t.Errorf("%q %v", file.Mail.Refresh.Reveal(), err)
	}
}

// TestOtherThingNamedAsARescueFileIsRefusedWithTheRemedy: it is neither followed nor
// waited for, the error names the command that removes it, and then all is well.
func TestOtherThingNamedAsARescueFileIsRefusedWithTheRemedy(t *testing.T) {
	t.Parallel()
	for what, make := range map[string]func(path, victim string) error{
		"link":   func(path, victim string) error { return os.Symlink(victim, path) },
		"FIFO":   func(path, _ string) error { return syscall.Mkfifo(path, 0o600) },
		"folder": func(path, _ string) error { return os.MkdirAll(filepath.Join(path, "in it"), 0o700) },
	} {
		for _, folder := range []string{"", stateFolder} {
			s := newStore(t)
			if err := s.SaveState(mabase(), State{}); err != nil {
				t.Fatal(err)
			}
			victim := filepath.Join(t.TempDir(), "victim")
			path := filepath.Join(s.Dir, folder, mabase().FileName()+rescueSuffix)
			if err := errors.Join(os.WriteFile(victim, []byte("its content"), 0o600), make(path, victim)); err != nil {
				t.Fatal(err)
			}
			err := s.Update(context.Background(), mabase(), func(context.Context, tokenfile.File, bool) (Change, error) {
				t.Errorf("%s: the token was sent", what)
				return nil, nil
			})
			failed, _ := errors.AsType[*disk.Error](err)
			if failed == nil || failed.Kind != disk.Unsafe || failed.Path != path ||
				!strings.Contains(Problem(failed).Do.In(i18n.English), "rm -r '"+path+"'") {
				t.Fatalf("%s in %q: %v", what, folder, err)
			}
			if out, err := exec.Command("sh", "-c", failed.Repair).CombinedOutput(); err != nil {
				t.Errorf("%s: %s", failed.Repair, out)
			}
			if got := seen(t, s); got != "first" {
				t.Errorf("%s: token %q", what, got)
			}
			if content, err := os.ReadFile(victim); string(content) != "its content" {
				t.Errorf("%s: %q %v", what, content, err)
			}
		}
	}
}

// TestDeletedTokenFileIsRestoredFromItsRescueFile: a rescue file without a token
// file is listed and named by the error of Load until Restore.
func TestDeletedTokenFileIsRestoredFromItsRescueFile(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	if err := s.Update(context.Background(), mabase(), lose(s, func() {})); rescuedIn(err) == "" {
		t.Fatal(err)
	}
	path := s.Path(mabase()) + rescueSuffix
	_, err := s.Load(mabase())
	if failed, _ := errors.AsType[*disk.Error](err); !errors.Is(err, fs.ErrNotExist) || rescuedIn(err) != path ||
		Problem(failed).Exit != problem.Usage || !strings.Contains(Problem(failed).Error(), path) {
		t.Errorf("%v", err)
	}
	if bases, err := s.List(); len(bases) != 1 || bases[0] != mabase() {
		t.Errorf("%v %v", bases, err)
	}
	for _, want := range []string{path, ""} {
		if from, err := s.Restore(context.Background(), mabase()); from != want || err != nil {
			t.Errorf("restored from %q, want %q: %v", from, want, err)
		}
	}
	if file, err := s.Load(mabase()); err != nil || file.Mail.Refresh.Reveal() != "new" || file.Mailbox() != "compta@client.fr" {
		t.Errorf("%+v %v", file, err)
	}
	if names := left(t, s); names != nil {
		t.Errorf("left %v", names)
	}
}

// TestTwoUpdatesAdoptARescueFileOnce: both see the new token.
func TestTwoUpdatesAdoptARescueFileOnce(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	content, err := os.ReadFile(s.Path(mabase()))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(context.Background(), mabase(), lose(s, func() {})); rescuedIn(err) == "" {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.Path(mabase()), content, 0o600); err != nil {
		t.Fatal(err)
	}
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if got := seen(t, New(s.Dir, time.Now)); got != "new" {
				t.Errorf("token %q", got)
			}
		})
	}
	both.Wait()
	if names := left(t, s); names != nil {
		t.Errorf("left %v", names)
	}
}
