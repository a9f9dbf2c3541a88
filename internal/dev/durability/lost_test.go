//go:build faults && linux && amd64

package durability

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"golang.org/x/sys/unix"
)

// copied returns a copy of a token folder, in which a command can be tried.
func (h *home) copied(name string) (*home, error) {
	c := *h
	c.dir = filepath.Join(filepath.Dir(h.dir), name)
	if err := os.MkdirAll(h.dir, 0o700); err != nil { // a command that makes it may have been killed before
		return nil, err
	}
	if out, err := exec.Command("cp", "-a", h.dir, c.dir).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	return &c, nil
}

// of returns the home as seen from another of its bases.
func (h *home) of(b openfire.Base) *home {
	other := *h
	other.base = b
	return &other
}

// tells reports whether the program printed words, on one line or on several.
func (o outcome) tells(words string) bool {
	return strings.Contains(strings.Join(strings.Fields(o.out+o.err), " "), words)
}

// loss is what a killed command has lost.
type loss string

const (
	nothing  loss = "nothing"
	answer   loss = "an answer" // Microsoft has exchanged the refresh token in the file for one that nobody has
	aSignIn  loss = "a sign-in" // the mailbox is not connected yet
	noResult      = "did not complete"
)

// lost returns what was lost, from the files and from what Microsoft received.
func (h *home) lost() (loss, error) {
	f, err := tokenfile.Decode(h.bytes())
	switch rescued, _ := filepath.Glob(filepath.Join(h.dir, "*.rescued*")); {
	case len(h.bytes()) == 0, err == nil && !f.Complete():
		return aSignIn, nil
	case err == nil && len(rescued) == 0 && h.sentToken(f.Mail.Refresh.Reveal()) > 0:
		return answer, nil
	}
	return nothing, err
}

var offline = regexp.MustCompile("status|offline")

// anyFailure stands for an exit code that depends on what else is missing.
const anyFailure = -1

// try is a command, the exit code to expect, and words that it must print.
type try struct {
	code        int
	args, words string
}

// tries runs commands in their own copies of the folder, and then, in each copy in
// which Microsoft was asked, further commands.
func (h *home) tries(commands []try, later ...try) error {
	for i, c := range commands {
		trial, err := h.copied(fmt.Sprint("trial", i))
		if err != nil {
			return err
		}
		defer os.RemoveAll(trial.dir)
		for j, c := range append([]try{c}, later...) {
			if j > 0 && offline.MatchString(commands[i].args) {
				break
			}
			o := trial.run(strings.Fields(c.args)...)
			if o.code != c.code && (c.code != anyFailure || o.code == 0) || !o.tells(c.words) {
				return fmt.Errorf("%s (%d): exit %d, want %d and %q: %s%s", c.args, j, o.code, c.code, c.words, o.out, o.err)
			}
		}
	}
	return nil
}

// reports checks that every command reports what was lost, with its exit code and
// in words, and that setup connects the base again. Without network a command can
// only say that an answer was lost. With network it learns that a new sign-in is
// needed, and all later commands say so.
func (h *home) reports(what loss) error {
	b := h.base.Name()
	var err error
	switch words := noResult; what {
	case aSignIn:
		code, words := 10, "not connected"
		if len(h.bytes()) == 0 {
			code, words = 2, "o token file"
		}
		err = h.tries([]try{{code, "token status " + b, words}, {code, "verify --offline " + b, words}, {2, "verify --nagios --offline " + b, words},
			{code, "token refresh " + b, words}, {anyFailure, "verify " + b, words}, {2, "verify --nagios " + b, ""}})
	default:
		verify := 10
		if b != "mabase" {
			verify = 11 // the sandbox knows no other base: its redirect URI is not registered
		}
		err = h.tries([]try{{0, "token status " + b, words}, {0, "verify --offline " + b, words}, {1, "verify --nagios --offline " + b, words},
			{verify, "verify " + b, words}, {2, "verify --nagios " + b, ""}},
			try{10, "token status " + b, "revoked"}, try{10, "verify --offline " + b, "revoked"}, try{2, "verify --nagios --offline " + b, "revoked"})
		if h.old != nil { // after a setup the access token is new, so no refresh is due
			err = errors.Join(err, h.tries([]try{{10, "token refresh " + b, words}}, try{10, "token status " + b, "revoked"}))
		}
	}
	trial, failed := h.copied("setup")
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	defer os.RemoveAll(trial.dir)
	if b != "mabase" {
		return nil
	}
	o := trial.signIn(nil)
	if f, err := tokenfile.Decode(trial.bytes()); err != nil || !f.Complete() || o.code != 0 || what == answer && !o.tells(noResult) {
		return errors.Join(err, fmt.Errorf("setup: exit %d: %s%s", o.code, o.out, o.err))
	}
	return nil
}

// TestKilledCommandReportsALostToken kills commands at each call while Microsoft
// accepts each refresh token once only. A kill between Microsoft's answer and the
// rename loses the new token: every command must report it. After any other kill
// the next refresh must succeed.
func TestKilledCommandReportsALostToken(t *testing.T) {
	w := newWorld(t, sandbox.Options{Strict: true})
	two := w.existing("token", "refresh", "--all", "--json")
	two.home = func(dir string) *home {
		h := w.home(dir)
		h.connect(base("autre"))
		return h
	}
	again := w.existing("setup")
	again.run = func(h *home, enter func(call) verdict) outcome { return h.setup(enter) }
	trials := []struct {
		command command
		step    int // without -whole
		want    map[loss]int
	}{
		{w.existing(refreshArgs...), 1, map[loss]int{nothing: 30, answer: 5}},
		{two, 5, map[loss]int{nothing: 30, answer: 3}},
		{again, 5, map[loss]int{nothing: 15, answer: 2}},
		{w.fresh(), 15, map[loss]int{aSignIn: 10}},
		{w.existing(w.applyArgs()...), 5, map[loss]int{nothing: 20, answer: 2}},
	}
	total := 0
	for _, c := range trials {
		var counts [3]atomic.Int64
		trial := func(p point) (bool, error) {
			h := c.command.home(somewhere(t))
			defer os.RemoveAll(h.dir)
			var where call
			if o := c.command.run(h, at(p, &where)); !o.killed {
				return false, nil
			}
			bases, err := h.bases()
			for _, b := range bases {
				h := h.of(b)
				var what loss
				if what, err = h.lost(); err != nil {
					break
				}
				counts[map[loss]int{answer: 1, aSignIn: 2}[what]].Add(1)
				if what == nothing {
					err = h.tries([]try{{0, "token refresh " + b.Name(), ""}})
				} else {
					err = h.reports(what)
				}
				if err != nil {
					err = fmt.Errorf("lost %s of %s: %w", what, b.Name(), err)
					break
				}
			}
			if err != nil {
				err = fmt.Errorf("%v: %w", where, err)
			}
			return true, err
		}
		if *whole {
			c.step = 1
		}
		kills := sweep(t, point{1, false}, c.step, trial) + sweep(t, point{1, true}, c.step, trial)
		total += kills
		for i, what := range []loss{nothing, answer, aSignIn} {
			if n := int(counts[i].Load()); n < c.want[what] {
				t.Errorf("%s: lost %s %d times, want %d", c.command.name, what, n, c.want[what])
			}
		}
		t.Logf("%s: %d kills lost nothing %d times, an answer %d times, a sign-in %d times", c.command.name, kills,
			counts[0].Load(), counts[1].Load(), counts[2].Load())
	}
	t.Attr("kills", strconv.Itoa(total))
}

// bases returns the bases of the home.
func (h *home) bases() ([]openfire.Base, error) {
	if h.old == nil {
		return []openfire.Base{h.base}, nil
	}
	all, err := os.ReadDir(h.dir)
	var bases []openfire.Base
	for _, e := range all {
		if name, is := strings.CutSuffix(e.Name(), ".openfire.fr.json"); is {
			bases = append(bases, base(name))
		}
	}
	return bases, err
}

// applyArgs are the arguments of an apply without questions.
func (w *world) applyArgs() []string {
	w.t.Helper()
	key := filepath.Join(w.t.TempDir(), "key")
	if err := os.WriteFile(key, []byte(w.box.Values().Password.Reveal()), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return []string{"apply", "mabase", "--yes", "--no-input", "--login", w.box.Values().Login, "--api-key-file", key}
}

// TestFailedReplacementKeepsTheToken makes the replacement of the token file fail
// after Microsoft has answered. The new tokens must be rescued, beside the file or
// else in the state folder, and used by the next run without a request. If they
// cannot be written anywhere, all commands must report it.
func TestFailedReplacementKeepsTheToken(t *testing.T) {
	w := newWorld(t, sandbox.Options{Strict: true})
	file := base("mabase").FileName()
	type fault struct {
		name  string
		errno syscall.Errno
		fails func(c call) bool
	}
	renamed := func(c call) bool { return c.name == "rename" && c.target == file }
	written := func(name string) func(call) bool {
		return func(c call) bool { return c.name == name && c.path == file+".new" }
	}
	var faults []fault
	for _, e := range []syscall.Errno{unix.EACCES, unix.EPERM, unix.ENOSPC, unix.EDQUOT, unix.ESTALE, unix.EXDEV, unix.EBUSY, unix.EROFS, unix.EIO} {
		faults = append(faults, fault{"rename", e, renamed})
	}
	faults = append(faults,
		fault{"open to read again", unix.EIO, func(c call) bool { return c.name == "open" && c.path == file }},
		fault{"read again", unix.EIO, func(c call) bool { return c.name == "read" && c.path == file }},
		fault{"write", unix.EIO, written("pwrite")}, fault{"write", unix.ENOSPC, written("pwrite")}, fault{"fsync", unix.EIO, written("fsync")})
	dir := somewhere(t)
	for i, f := range faults {
		for blocked, where := range []string{file + ".rescued", filepath.Join("state", file+".rescued"), ""} {
			h := w.home(filepath.Join(dir, fmt.Sprint(i, blocked)))
			asked := false
			o := h.traced(func(c call) verdict {
				asked = asked || !c.file()
				rescues := 0
				if c.name == "open" && strings.Contains(c.path, ".rescued") && c.args[2]&unix.O_CREAT != 0 {
					if rescues = 1; strings.HasPrefix(c.path, "state") {
						rescues = 2
					}
				}
				if asked && (f.fails(c) || 0 < rescues && rescues <= blocked) {
					return errno(f.errno)
				}
				return pass
			}, "token", "refresh", "mabase")
			report := func(why string) {
				t.Errorf("%s: %v, %d folders blocked: %s: exit %d: %s", f.name, f.errno, blocked, why, o.code, o.err)
			}
			if o.code != 74 || h.sent() != 1 {
				report(fmt.Sprintf("%d requests with the token", h.sent()))
				continue
			}
			if where == "" {
				if !o.tells("are lost") || !o.tells("sign in again") {
					report("the loss is not reported")
				}
				if err := h.tries([]try{{74, "token status mabase", noResult}, {74, "verify mabase --offline", ""}, {2, "verify mabase --offline --nagios", ""},
					{10, "verify mabase", noResult}}); err != nil {
					report(err.Error())
				}
				continue
			}
			posts := h.posts()
			if _, err := os.Lstat(filepath.Join(h.dir, where)); err != nil || !o.tells("saved in ") {
				report("not rescued")
			}
			if o = h.run("token", "refresh", "mabase"); o.code != 0 || h.posts() != posts {
				report(fmt.Sprintf("the next run sent %d requests", h.posts()-posts))
			}
			if renewed, err := h.content(); err != nil || !renewed || h.clean() != nil {
				report(fmt.Sprintf("adopted %v, %v, %v", renewed, err, h.clean()))
			}
		}
	}
	t.Attr("failures", strconv.Itoa(3*len(faults)))
}
