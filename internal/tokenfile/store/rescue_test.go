//go:build unix

package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

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
