package schedule

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/problem"
)

var update = flag.Bool("update", false, "write testdata anew")

// ordinary returns a typical job.
func ordinary() Job {
	return Job{Program: "/usr/local/bin/openfire-o365",
		Args:   []string{"token", "refresh", "--all", "--dir", "/var/lib/openfire-o365", "--lang", "fr"},
		Folder: "/var/lib/openfire-o365", Offset: 7*60 + 23}
}

// hostile contains words with special characters of one of the schedulers.
var hostile = []string{
	"a b", "it's", `say "no"`, "100%", "%i", `\`, `a\`, `C:\Program Files\x\`, `\\host\é`, "$HOME",
	"${HOME}", "$$", "a&b", "<b>", "é€", "!", "#", ";", "`id`", "*", "~", "", "-", "--", "a\u00a0b",
	"=", "&amp;",
}

func hostileJob() Job {
	return Job{Program: "/opt/pro g&é%$/openfire-o365",
		Args:   append([]string{"token", "refresh", "--dir", "/srv/d'accord & \"co\" 5%/é"}, hostile...),
		Folder: "/srv/d'accord & \"co\" 5%/é", Offset: 14*60 + 59}
}

// systems returns all schedulers, as on Linux, macOS and Windows.
func systems(folder string) map[string]System {
	return map[string]System{
		"systemd-user": Systemd{Folder: folder, User: true}, "systemd-system": Systemd{Folder: folder},
		"launchd": Launchd{Folder: folder, Domain: "gui/501"}, "cron": Cron{},
		"task":          Task{Account: "compta", SID: "S-1-5-21-1-2-3-1001"},
		"task-elevated": Task{Account: "compta", SID: "S-1-5-21-1-2-3-1001", Elevated: true},
	}
}

func TestEntriesMatchTheGoldenFiles(t *testing.T) {
	t.Parallel()
	for name, s := range systems("/folder") {
		files, err := s.Entry(ordinary())
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for _, f := range files {
			got.WriteString("== " + filepath.ToSlash(f.Where) + "\n" + f.Text)
		}
		golden := filepath.Join("testdata", name+".golden")
		if *update {
			if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || got.String() != string(want) {
			t.Errorf("%s, %v:\n%s", golden, err, got.String())
		}
	}
}

func TestControlCharactersAreRefused(t *testing.T) {
	t.Parallel()
	for name, s := range systems(t.TempDir()) {
		for _, word := range []string{"a\nb", "a\rb", "a\x00b", "\x1b[2J", "a\xffb"} {
			j := ordinary()
			j.Args = append(j.Args, word)
			_, err := s.Entry(j)
			var prob *problem.Problem
			if !errors.As(err, &prob) || prob.Exit != problem.Usage {
				t.Errorf("%s takes %q: %v", name, word, err)
			}
		}
	}
}

func TestShellReadsTheWordsOfCronsLine(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no cron on Windows")
	}
	dir := filepath.Join(t.TempDir(), "pro g'é%$&\"\\")
	j := hostileJob()
	j.Program = filepath.Join(dir, "program")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\nprintf '%s\\0' \"$0\" \"$@\"\n"
	if err := os.WriteFile(j.Program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	files, err := Cron{}.Entry(j)
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.SplitN(strings.TrimSuffix(files[0].Text, "\n"), " ", 6)
	if got := strings.Join(fields[:5], " "); got != "14,29,44,59 * * * *" {
		t.Errorf("times: %s", got)
	}
	out, err := exec.Command("/bin/sh", "-c", unpercent(fields[5])).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); !slices.Equal(got, j.words()) {
		t.Errorf("the shell saw\n%q, want\n%q", got, j.words())
	}
}

// unpercent returns what cron passes to the shell: an unescaped % ends the command.
func unpercent(line string) string {
	var b strings.Builder
	for i := 0; i < len(line); i++ {
		switch {
		case strings.HasPrefix(line[i:], `\%`):
		case line[i] == '%' && (i == 0 || line[i-1] != '\\'):
			return b.String()
		default:
			b.WriteByte(line[i])
		}
	}
	return b.String()
}

func TestSystemdAcceptsTheUnits(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("no systemd-analyze here")
	}
	for name, job := range map[string]Job{"ordinary": ordinary(), "hostile": hostileJob()} {
		dir := t.TempDir()
		job.Program = filepath.Join(dir, "pro g&é%$", "openfire-o365")
		if err := errors.Join(os.Mkdir(filepath.Dir(job.Program), 0o755),
			os.WriteFile(job.Program, []byte("#!/bin/sh\n"), 0o755)); err != nil {
			t.Fatal(err)
		}
		for _, user := range []bool{true, false} {
			units := filepath.Join(dir, map[bool]string{true: "user", false: "system"}[user])
			s := Systemd{Folder: units, User: user}
			files, err := s.Entry(job)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(units, 0o755); err != nil {
				t.Fatal(err)
			}
			args := []string{"verify"}
			for _, f := range files {
				args = append(args, f.Where)
				if err := os.WriteFile(f.Where, []byte(f.Text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if out, err := exec.Command("systemd-analyze", args...).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%s, user %t: %v\n%s", name, user, err, out)
			}
		}
	}
}

func TestSystemdStartsNoProgramWithQuotesInItsPath(t *testing.T) {
	t.Parallel()
	for _, mark := range []string{`'`, `"`, `\`} {
		j := ordinary()
		j.Program = "/opt/a" + mark + "b/openfire-o365"
		if _, err := (Systemd{Folder: t.TempDir()}).Entry(j); err == nil {
			t.Errorf("a program's path with %s is taken", mark)
		}
	}
}

// plist is the part of the property list format that the entries use.
type plist struct {
	Dict struct {
		Keys  []string `xml:"key"`
		Array []struct {
			Strings []string `xml:"string"`
			Dicts   []struct {
				Key     string `xml:"key"`
				Integer int    `xml:"integer"`
			} `xml:"dict"`
		} `xml:"array"`
		Strings []string `xml:"string"`
	} `xml:"dict"`
}

func TestPropertyListHoldsTheWordsAndMinutes(t *testing.T) {
	t.Parallel()
	for _, j := range []Job{ordinary(), hostileJob()} {
		files, err := Launchd{Folder: t.TempDir()}.Entry(j)
		if err != nil {
			t.Fatal(err)
		}
		var got plist
		if err := xml.Unmarshal([]byte(files[0].Text), &got); err != nil {
			t.Fatal(err)
		}
		want := []string{"Label", "ProgramArguments", "StartCalendarInterval", "ProcessType", "Umask"}
		if !slices.Equal(got.Dict.Keys, want) {
			t.Errorf("keys %q", got.Dict.Keys)
		}
		if words := got.Dict.Array[0].Strings; !slices.Equal(words, j.words()) {
			t.Errorf("launchd would start\n%q, want\n%q", words, j.words())
		}
		if got.Dict.Strings[0]+".plist" != filepath.Base(files[0].Where) {
			t.Errorf("the label %s is not the file's name", got.Dict.Strings[0])
		}
		times := got.Dict.Array[1].Dicts
		for i, at := range times {
			if at.Key != "Minute" || at.Integer != j.Offset/60+i*15 {
				t.Errorf("time %d is %+v", i, at)
			}
		}
		if len(times) != 4 {
			t.Errorf("%d times an hour", len(times))
		}
	}
}

// taskSchema contains the order of child elements where the task schema requires
// one, and the elements allowed elsewhere (MS-TSCH 2.5).
var taskSchema = map[string]string{
	"Task":             "RegistrationInfo Triggers Principals Settings Actions",
	"RegistrationInfo": "Description",
	"Triggers":         "TimeTrigger",
	"TimeTrigger":      "Enabled StartBoundary EndBoundary Repetition ExecutionTimeLimit RandomDelay",
	"Repetition":       "Interval Duration StopAtDurationEnd",
	"Principals":       "Principal",
	"Principal":        "UserId LogonType RunLevel",
	"Settings":         "MultipleInstancesPolicy DisallowStartIfOnBatteries StopIfGoingOnBatteries AllowHardTerminate StartWhenAvailable RunOnlyIfNetworkAvailable Enabled Hidden RunOnlyIfIdle WakeToRun ExecutionTimeLimit",
	"Actions":          "Exec",
	"Exec":             "Command Arguments WorkingDirectory",
}

// outOfOrder returns the elements of a document that the schema does not allow at
// their position.
func outOfOrder(text string) (faults []string, leaves map[string]string) {
	leaves = map[string]string{}
	type level struct {
		name string
		at   int
	}
	var path []level
	dec := xml.NewDecoder(strings.NewReader(strings.Replace(text, `encoding="UTF-16"`, `encoding="UTF-8"`, 1)))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return faults, leaves
		}
		if err != nil {
			return append(faults, err.Error()), leaves
		}
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			if len(path) > 0 {
				in := &path[len(path)-1]
				at := slices.Index(strings.Fields(taskSchema[in.name]), name)
				if at < in.at {
					faults = append(faults, in.name+"/"+name)
				}
				in.at = at
			}
			path = append(path, level{name: name})
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			if len(path) > 0 && strings.TrimSpace(string(token)) != "" {
				leaves[path[len(path)-1].name] += string(token)
			}
		}
	}
}

// splitWindows is CommandLineToArgvW for the arguments after the program's name.
func splitWindows(line string) (words []string) {
	var word strings.Builder
	inside, begun, slashes := false, false, 0
	for _, r := range line + " " {
		if r == '\\' {
			slashes, begun = slashes+1, true
			continue
		}
		if r == '"' {
			word.WriteString(strings.Repeat(`\`, slashes/2))
			if slashes%2 == 1 {
				word.WriteRune('"')
			} else {
				inside = !inside
			}
			slashes, begun = 0, true
			continue
		}
		word.WriteString(strings.Repeat(`\`, slashes))
		slashes = 0
		switch {
		case r == ' ' && !inside:
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	return words
}

func TestWindowsReadsTheWordsOfTheTask(t *testing.T) {
	t.Parallel()
	for _, elevated := range []bool{false, true} {
		for _, j := range []Job{ordinary(), hostileJob()} {
			j.Program = `C:\Users\Zoé & Co\100% sûr\openfire-o365.exe`
			task := Task{Account: "compta", SID: "S-1-5-21-1-2-3-1001", Elevated: elevated}
			files, err := task.Entry(j)
			if err != nil {
				t.Fatal(err)
			}
			faults, leaves := outOfOrder(files[0].Text)
			if len(faults) > 0 {
				t.Errorf("not as the schema: %v", faults)
			}
			want := append([]string{"--headless"}, j.words()...)
			command, logon := `%SystemRoot%\System32\conhost.exe`, "InteractiveToken"
			if elevated {
				want, command, logon = j.Args, j.Program, "S4U"
			}
			if got := splitWindows(leaves["Arguments"]); !slices.Equal(got, want) || leaves["Command"] != command ||
				leaves["LogonType"] != logon {
				t.Errorf("Windows would start %s as %s with\n%q, want\n%q", leaves["Command"], leaves["LogonType"],
					got, want)
			}
		}
	}
	broken, _ := outOfOrder(`<Task><Triggers><TimeTrigger><Repetition/><StartBoundary/></TimeTrigger></Triggers><Other/></Task>`)
	if !slices.Equal(broken, []string{"TimeTrigger/StartBoundary", "Task/Other"}) {
		t.Errorf("the schema of this test sees %v", broken)
	}
}

func TestTaskRefusesVariables(t *testing.T) {
	t.Parallel()
	j := ordinary()
	j.Args = append(j.Args, `C:\%USERNAME%\x`)
	if _, err := (Task{}).Entry(j); err == nil {
		t.Error("a path with a variable in it is taken")
	}
}

func TestOffsetsAreSpreadOverTheQuarterAndStable(t *testing.T) {
	t.Parallel()
	counts := make([]int, Every)
	for i := range 9000 {
		of := []string{"host" + strings.Repeat("x", i%7), string(rune('a' + i%26)),
			filepath.Join("/srv", string(rune(0x100+i)))}
		at := SpreadOffset(of...)
		if at != SpreadOffset(of...) || at < 0 || at >= Every*60 {
			t.Fatalf("%q: %d", of, at)
		}
		counts[at/60]++
	}
	if slices.Min(counts) < 450 || slices.Max(counts) > 750 {
		t.Errorf("9000 machines, 600 a minute wanted: %v", counts)
	}
	if SpreadOffset("ab", "c") == SpreadOffset("a", "bc") {
		t.Error("what is drawn from runs together")
	}
}
