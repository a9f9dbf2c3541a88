//go:build unix

package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hinshun/vt10x"

	"github.com/openfire-fr/openfire-o365/internal/dev/screens"
)

// update records screens and pictures instead of comparing them.
var update = flag.Bool("update", false, "record the screens and the pictures anew")

// reel compares the screens of a conversation with those recorded in a file.
type reel struct {
	*screen
	file    string
	changes bool // the file stores only the rows that change
	want    []screens.Screen
	got     []screens.Screen
}

// newReel opens a file of recorded screens.
func newReel(t *testing.T, s *screen, file string, changes bool) *reel {
	t.Helper()
	r := &reel{screen: s, file: file, changes: changes}
	if !*update {
		text, err := os.ReadFile(file)
		if err == nil {
			r.want, err = screens.Decode(string(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// shot waits until the terminal shows the recorded screen of that name, with a visible
// cursor. With -update it records the screen when it no longer changes.
func (r *reel) shot(name string, hold time.Duration) {
	r.t.Helper()
	if *update {
		r.got = append(r.got, r.still(name, hold))
		return
	}
	at := len(r.got)
	if at >= len(r.want) || r.want[at].Name != name || r.want[at].Hold != hold {
		r.t.Fatalf("%s: screen %d is not %s, %v: record anew", r.file, at, name, hold)
	}
	late := false
	timer := time.AfterFunc(patience, func() { r.mu.Lock(); late = true; r.seen.Broadcast(); r.mu.Unlock() })
	defer timer.Stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		got := r.look(name, hold)
		if got.Same(&r.want[at]) {
			r.got = append(r.got, got)
			return
		}
		if late || r.over {
			r.t.Fatalf("%s: recorded was\n%s\nthe terminal shows\n%s", r.file, screens.Encode(r.want[at:at+1]), screens.Encode([]screens.Screen{got}))
		}
		r.seen.Wait()
	}
}

// look returns the screen in its recorded form.
func (r *reel) look(name string, hold time.Duration) screens.Screen {
	s := screens.Of(r.term, name)
	s.Hold = hold
	normal(&s)
	return s
}

// still waits until nothing changes for a while, and then until a blinking cursor is
// visible.
func (r *reel) still(name string, hold time.Duration) (best screens.Screen) {
	const while, blink = 250 * time.Millisecond, 600 * time.Millisecond
	var moved, looked time.Time
	for size := -1; ; time.Sleep(20 * time.Millisecond) {
		r.mu.Lock()
		now, s := r.all.Len(), r.look(name, hold)
		r.mu.Unlock()
		switch words := s.Lines(); {
		case size < 0 || !slices.Equal(words, best.Lines()):
			best, moved, looked = s, time.Now(), time.Now()
		case now != size && painted(&s) >= painted(&best):
			best, moved = s, time.Now()
		}
		size = now
		if time.Since(moved) > while && time.Since(looked) > while+blink {
			return best
		}
	}
}

// painted returns the number of characters with their own background.
func painted(s *screens.Screen) (n int) {
	for _, row := range s.Rows {
		for _, c := range row {
			if c.BG != vt10x.DefaultBG {
				n++
			}
		}
	}
	return n
}

// close compares, or records, the number of screens.
func (r *reel) close() {
	r.t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(r.file), 0o755); err != nil {
			r.t.Fatal(err)
		}
		encode := screens.Encode
		if r.changes {
			encode = screens.EncodeChanges
		}
		if err := os.WriteFile(r.file, []byte(encode(r.got)), 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
	if !*update && len(r.got) != len(r.want) {
		r.t.Errorf("%s: %d screens, recorded were %d", r.file, len(r.got), len(r.want))
	}
	r.t.Attr("screens", strconv.Itoa(len(r.got)))
}

// varying lists what differs between runs, and its fixed replacement.
var varying = []struct {
	pattern *regexp.Regexp
	words   func(string) string
}{
	{regexp.MustCompile(`(?:127\.0\.0\.1|localhost)(?::|%3A)\d+`), func(s string) string {
		return strings.TrimRight(s, "0123456789") + "45678"
	}},
	{regexp.MustCompile(`/[A-Z2-7]{26}/`), func(string) string { return "/7TR3FQTR7FRM7XUYB4BON22BLM/" }}, // the guide's path
	{regexp.MustCompile(`5a4db0c5-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`), func(s string) string {
		if strings.HasPrefix(s, "5a4db0c5-0000-") { // ids of the sandbox, which never change
			return s
		}
		return "5a4db0c5-7c1e-4f0a-9d52-3b8e61f0a9c4"
	}},
	{regexp.MustCompile(`^[\w-]+&`), func(s string) string { // the rest of a value at the top
		return strings.Repeat("EnXb7Jq2Wv0RtsYk", 4)[:len(s)-1] + "&"
	}},
	{regexp.MustCompile(`\w*(?:ate|nce|ge)=[\w-]{20,}`), func(s string) string {
		name, _, _ := strings.Cut(s, "=")
		return name + "=" + strings.Repeat("EnXb7Jq2Wv0RtsYk", 4)
	}},
	{regexp.MustCompile(`  [|/\\-] [^ …|][^…|]{5,75}…(?: \d+ s)?`), func(s string) string { // a spinner, and the seconds
		return "  |" + strings.TrimRight(s[3:], "0123456789 s")
	}},
}

// normal replaces what differs between runs.
func normal(s *screens.Screen) {
	for _, v := range varying {
		s.Replace(v.pattern, v.words)
	}
}

// looked is a language and a kind of terminal.
type looked struct {
	lang, ground  string
	columns, rows int
}

func (l looked) String() string {
	return fmt.Sprintf("%s-%dx%d-%s", l.lang, l.columns, l.rows, l.ground)
}

// together runs tests at the same time even with few processors, because they mostly
// wait.
func together(t *testing.T, tests map[string]func(*testing.T)) {
	t.Helper()
	var all sync.WaitGroup
	for name, test := range tests {
		all.Go(func() { t.Run(name, test) })
	}
	all.Wait()
}

// looks returns all combinations. Without -update, and outside the stage "scale", it
// returns one for each language, size and background.
func looks() (all []looked) {
	for _, lang := range []string{"fr", "en"} {
		for _, size := range [][2]int{{80, 24}, {120, 40}} {
			for _, ground := range []string{"dark", "light"} {
				french, small, dark := lang == "fr", size[0] == 80, ground == "dark"
				if !everyCase && !*update && (french != small || french != dark) {
					continue
				}
				all = append(all, looked{lang, ground, size[0], size[1]})
			}
		}
	}
	return all
}

// open starts the program on that terminal, with the sandbox of the bench if there is
// one.
func (l looked) open(t *testing.T, b *bench, program string, env []string, args ...string) *screen {
	t.Helper()
	dir := t.TempDir()
	if b != nil {
		b.cloud = filepath.Join(dir, "cloud.json")
		b.describe(b.box.Cloud())
		env = append(env, "OPENFIRE_O365_CLOUD=cloud.json")
	}
	env = append(env, "OPENFIRE_O365_DIR=tokens", "COLORFGBG="+map[string]string{"dark": "15;0", "light": "0;15"}[l.ground])
	return openIn(t, dir, l.columns, l.rows, env, append([]string{program, "--lang", l.lang}, args...)...)
}
