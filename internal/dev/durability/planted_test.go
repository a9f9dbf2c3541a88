//go:build faults && linux && amd64

package durability

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/sandbox"
)

// edit replaces text of a source file.
type edit struct{ file, old, new string }

// bug is a planted bug: the edits that add it to the program, which is inactive
// unless the environment variable PLANTED names it, and the exams that must find it.
type bug struct {
	name  string
	edits []edit
	exams []exam
}

const (
	replaceGo = "internal/tokenfile/store/disk/replace.go"
	lockGo    = "internal/tokenfile/store/disk/lock.go"
	diskGo    = "internal/tokenfile/store/disk/disk.go"
	unixGo    = "internal/tokenfile/store/disk/file_unix.go"
	refreshGo = "internal/tokens/refresh.go"
	mainGo    = "cmd/openfire-o365/main.go"
)

// planted is the function that the edits call.
const planted = `
func planted(bug string) bool { return os.Getenv("PLANTED") == bug }
`

func bugs() []bug {
	return []bug{
		{"in-place write", []edit{{replaceGo, "if err := d.rename(r.temp, r.name); err != nil {",
			`rename := d.rename
	if planted("in-place write") {
		rename = func(from, to string) error {
			data, err := d.root.ReadFile(from)
			if err == nil {
				err = d.root.WriteFile(to, data, 0o600)
			}
			_ = d.root.Remove(from)
			return err
		}
	}
	if err := rename(r.temp, r.name); err != nil {`}}, []exam{killed, traced}},
		{"no file fsync", []edit{{replaceGo, `if err := r.file.Sync(); err != nil {
		return NewError("fsync", path, err)
	}
	back :=`, `if planted("no file fsync") {
	} else if err := r.file.Sync(); err != nil {
		return NewError("fsync", path, err)
	}
	back :=`}}, []exam{powerCut, traced}},
		{"no folder fsync", []edit{{replaceGo, "if err := d.sync(); err != nil {", `if planted("no folder fsync") {
	} else if err := d.sync(); err != nil {`}}, []exam{powerCut, traced}},
		{"no lock", []edit{{lockGo, "if locked, err := tryLock(f); locked || err != nil {", `if planted("no lock") {
			return nil
		}
		if locked, err := tryLock(f); locked || err != nil {`}}, []exam{twoAtOnce, traced}},
		{"no re-read", []edit{{refreshGo, "if !a.due.of(f, a.Now()) {", `if os.Getenv("PLANTED") != "no re-read" && !a.due.of(f, a.Now()) {`}}, []exam{twoAtOnce}},
		{"lock file deleted", []edit{{lockGo, "return func() { _ = f.Close() }, nil", `if planted("lock file deleted") {
				return func() { _ = f.Close(); _ = d.root.Remove(name) }, nil
			}
			return func() { _ = f.Close() }, nil`}}, []exam{threeAtOnce, traced}},
		{"EINTR not handled", []edit{{diskGo, "!errors.Is(err, syscall.EINTR) {", `!errors.Is(err, syscall.EINTR) || planted("EINTR not handled") {`}}, []exam{interrupted}},
		{"owner lost", []edit{{unixGo, "uid, gid, mode := os.Geteuid(), os.Getegid(), fs.FileMode(0o600)", `if planted("owner lost") {
		return nil
	}
	uid, gid, mode := os.Geteuid(), os.Getegid(), fs.FileMode(0o600)`}}, []exam{foreignOwner}},
		{"SIGPIPE death", []edit{{mainGo, "signal.Ignore(syscall.SIGPIPE)", `if os.Getenv("PLANTED") != "SIGPIPE death" {
		signal.Ignore(syscall.SIGPIPE)
	}`}}, []exam{closedPipe}},
		{"blank token on null", []edit{{refreshGo, "if !token.Refresh.Empty() {", `if os.Getenv("PLANTED") == "blank token on null" || !token.Refresh.Empty() {`}}, []exam{nullToken}},
	}
}

// plant builds the program with all bugs, by an overlay of the sources. An edit
// whose text is not in the source is an error.
func plant(dir, to string) error {
	sources := map[string]string{}
	read := func(file string) (string, error) {
		if text, ok := sources[file]; ok {
			return text, nil
		}
		data, err := os.ReadFile(filepath.Join("..", "..", "..", file))
		return string(data), err
	}
	for _, b := range bugs() {
		for _, e := range b.edits {
			text, err := read(e.file)
			if err != nil {
				return err
			}
			if n := strings.Count(text, e.old); n != 1 {
				return fmt.Errorf("planting %q: %q is %d times in %s, want once: adapt the edit to the source", b.name, e.old, n, e.file)
			}
			sources[e.file] = strings.Replace(text, e.old, e.new, 1)
		}
	}
	sources[diskGo] += planted
	sources[refreshGo] = strings.Replace(sources[refreshGo], "import (\n", "import (\n\t\"os\"\n", 1)
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for file, text := range sources {
		original, err := filepath.Abs(filepath.Join("..", "..", "..", file))
		if err != nil {
			return err
		}
		patched := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		overlay.Replace[original] = patched
		if err := os.WriteFile(patched, []byte(text), 0o600); err != nil {
			return err
		}
	}
	data, err := json.Marshal(overlay)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return err
	}
	return build(to, "-overlay", file)
}

// TestEveryPlantedBugIsFound checks the exams: the real program passes each
// (killed and powerCut have tests of their own), and each planted bug fails all
// exams listed with it.
func TestEveryPlantedBugIsFound(t *testing.T) {
	t.Run("none", func(t *testing.T) {
		for _, e := range []exam{traced, twoAtOnce, threeAtOnce, interrupted, foreignOwner, closedPipe, nullToken} {
			w := newWorld(t, sandbox.Options{})
			if err := e(t, w); err != nil {
				t.Error(err)
			}
		}
	})
	caught := 0
	for _, b := range bugs() {
		t.Run(b.name, func(t *testing.T) {
			for _, e := range b.exams {
				w := newWorld(t, sandbox.Options{})
				w.program = programs.planted
				w.env = append(w.env, "PLANTED="+b.name)
				err := e(t, w)
				switch {
				case err == nil:
					t.Fatal("not found")
				case errors.Is(err, errNoMount):
					t.Logf("exam skipped: %v", err)
					continue
				}
				t.Logf("found: %.160v", err)
			}
			caught++
		})
	}
	t.Attr("bugs", strconv.Itoa(caught))
}
