package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/base"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// patience is the time limit of every wait.
const patience = 20 * time.Second

// hasty lets a program built with -race end at once. It would sleep for a second
// (go.dev/doc/articles/race_detector).
const hasty = "GORACE=atexit_sleep_ms=0"

// flat replaces line breaks and unbreakable spaces by ordinary spaces.
func flat(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "\u00a0", " ").Replace(s)), " ")
}

// TestMain makes the test binary the program itself, and the browser that xdg-open
// starts: it signs in, consents, and stores what it was given.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"openfire-o365": main, "openfire-o365-then": thenMain, "openfire-o365-since": sinceMain, "xdg-open": browserMain})
}

// then is the date of the recorded screens.
var then = time.Date(2026, time.November, 23, 9, 0, 0, 0, time.UTC)

// thenMain is the program on that date.
func thenMain() { start(func() time.Time { return then }) }

// sinceMain is the program from that date on, with a running clock: keys that arrive
// too fast are recognized by their times.
func sinceMain() {
	began := time.Now()
	start(func() time.Time { return then.Add(time.Since(began)) })
}

// browserMain is a person at the pages of the sandbox.
func browserMain() {
	if note := os.Getenv("BROWSER_NOTE"); note != "" {
		_ = os.WriteFile(note, []byte(strings.Join(append(os.Args, os.Environ()...), "\n")), 0o600)
	}
	fmt.Println("\x1b[2Jnoise that must not reach the screen")
	switch os.Getenv("BROWSER_MOOD") {
	case "broken":
		os.Exit(3)
	case "idle":
		return
	}
	visit := func(ctx context.Context, address string) error {
		return visitAs(ctx, address, os.Getenv("BROWSER_ADMIN"))
	}
	if os.Getenv("BROWSER_MOOD") == "admin" {
		visit = sandbox.VisitAsAdmin
	}
	if err := visit(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// TestScripts runs the real program. Each script specifies one use. It has its own
// sandbox, and all output is searched for secrets.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			t.Attr("scripts", "1")
			e.Values["box"] = new(*sandbox.Sandbox) // the command "microsoft" starts it
			e.Vars = append(e.Vars, hasty)
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("OPENFIRE_O365_DIR", filepath.Join(e.WorkDir, "tokens"))
			e.Setenv("LC_ALL", "fr_FR.UTF-8")
			e.Setenv("DISPLAY", ":0")
			e.Setenv("BROWSER_NOTE", filepath.Join(e.WorkDir, "browser.txt"))
			e.Values[theBox{}] = &theBox{}
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond != "immutable" { // whether files here can be made immutable
				return false, fmt.Errorf("unknown condition %s", cond)
			}
			file := filepath.Join(t.TempDir(), "file")
			err := os.WriteFile(file, nil, 0o600)
			if err == nil {
				err = exec.Command("chattr", "+i", file).Run()
			}
			_ = exec.Command("chattr", "-i", file).Run()
			return err == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"o365": cmdO365, "microsoft": cmdMicrosoft, "edit": cmdEdit, "due": cmdDue, "perm": cmdPerm, "jsonlines": cmdJSONLines, "registered": cmdRegistered,
			"odoo": cmdOdoo, "sent": cmdSent, "held": cmdHeld,
		},
	})
}

// cmdO365 runs the program: o365 EXIT [<FILE] ARGS… It searches the output, and what
// the browser was given, for secrets.
func cmdO365(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec("openfire-o365", args[1:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	seen := ts.ReadFile("stdout") + ts.ReadFile("stderr")
	if note, err := os.ReadFile(ts.Getenv("BROWSER_NOTE")); err == nil {
		seen += string(note)
	}
	for _, canary := range canaries(ts) {
		if strings.Contains(seen, canary) {
			ts.Fatalf("%v: the secret %.16q… is in the output or in the browser's hands", args, canary)
		}
	}
	if got != want {
		ts.Fatalf("%v: exit code %d, want %d", args, got, want)
	}
}

// canaries returns the beginnings of all secrets: the client secret of the sandbox, and
// the tokens in the files.
func canaries(ts *testscript.TestScript) []string {
	found := []string{"sandbox-at.", "sandbox-rt.", "sbx8Q~"}
	for _, name := range []string{"secret.txt", "key.txt"} {
		if secret, err := os.ReadFile(filepath.Join(ts.Getenv("WORK"), name)); err == nil {
			found = append(found, strings.TrimSpace(string(secret)))
		}
	}
	return found
}

// cmdMicrosoft starts a sandbox for the script: microsoft [odoo=16.0] [fields=15] [strict] [STATE].
func cmdMicrosoft(ts *testscript.TestScript, _ bool, args []string) {
	o := sandbox.Options{CAFile: filepath.Join(ts.Getenv("WORK"), "ca.pem"), Now: time.Now, Lag: -1}
	for _, a := range args {
		switch {
		case a == "strict":
			o.Strict = true
		case strings.HasPrefix(a, "fields="):
			o.Fields, _ = strconv.Atoi(a[len("fields="):])
		case strings.HasPrefix(a, "odoo="):
			o.Odoo = a[len("odoo="):]
		default:
			o.State = base.State(a)
		}
	}
	box, err := sandbox.Start(context.Background(), o)
	ts.Check(err)
	ts.Defer(func() { _ = box.Close() })
	*ts.Value("box").(**sandbox.Sandbox) = box
	body, err := json.Marshal(box.Cloud())
	ts.Check(err)
	file := filepath.Join(ts.Getenv("WORK"), "cloud.json")
	ts.Check(os.WriteFile(file, body, 0o600))
	v := box.Values()
	ts.Setenv("OPENFIRE_O365_CLOUD", file)
	ts.Setenv("TENANT", v.TenantID)
	ts.Setenv("CLIENT_ID", v.ClientID)
	ts.Setenv("MAILBOX", v.Mailbox)
	ts.Setenv("LOGIN", v.Login)
	ts.Value(theBox{}).(*theBox).Sandbox = box
	ts.Check(os.WriteFile(filepath.Join(ts.Getenv("WORK"), "key.txt"), []byte(v.Password.Reveal()+"\n"), 0o600))
	secret := filepath.Join(ts.Getenv("WORK"), "secret.txt")
	ts.Check(os.WriteFile(secret, []byte(v.Secret.Reveal()+"\n"), 0o600))
}

// tokenFile reads, changes and writes the token file of the base.
func tokenFile(ts *testscript.TestScript, change func(*tokenfile.File)) {
	path := filepath.Join(ts.Getenv("OPENFIRE_O365_DIR"), "mabase.openfire.fr.json")
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		path = filepath.Join(ts.Getenv("OPENFIRE_O365_DIR"), "sandbox", "mabase.openfire.fr.json")
		data, err = os.ReadFile(path)
	}
	ts.Check(err)
	f, err := tokenfile.Decode(data)
	ts.Check(err)
	change(&f)
	data, err = f.Encode()
	ts.Check(err)
	ts.Check(os.WriteFile(path, data, 0o600))
}

// cmdDue makes the access tokens of the file expire.
func cmdDue(ts *testscript.TestScript, _ bool, _ []string) {
	tokenFile(ts, func(f *tokenfile.File) {
		for _, b := range f.Blocks() {
			b.Tokens.Expiration = time.Now().Add(-time.Minute).Unix()
		}
		for _, issued := range []*time.Time{&f.Azure.RefreshIssued, &f.Azure.BaseRefreshIssued} {
			if !issued.IsZero() {
				*issued = issued.Add(-time.Hour)
			}
		}
	})
}

// cmdRegistered counts the applications registered through Graph: registered 1.
func cmdRegistered(ts *testscript.TestScript, _ bool, args []string) {
	c := (*ts.Value("box").(**sandbox.Sandbox)).Directory().Census()
	if fmt.Sprint(c.Applications) != args[0] || c.Principals != c.Applications {
		ts.Fatalf("the directory holds %+v, want %s", c, args[0])
	}
}

// cmdEdit changes one value of the token file: edit secret|expires|tenant|revoked|left VALUE.
func cmdEdit(ts *testscript.TestScript, _ bool, args []string) {
	tokenFile(ts, func(f *tokenfile.File) {
		switch args[0] {
		case "secret":
			f.Client.Secret = secret.New(args[1])
		case "expires":
			f.Azure.SecretExpires = args[1]
		case "tenant":
			f.Azure.TenantID = args[1]
		case "revoked": // by that fault
			_, refresh := entra.Issue(time.Now(), args[1]+"@client.fr", azure.Use{Odoo: 16}.ConsentScopes()...)
			for _, b := range f.Blocks() {
				b.Tokens.Refresh = secret.New(refresh)
			}
		case "left":
			left, err := time.ParseDuration(args[1])
			ts.Check(err)
			for _, b := range f.Blocks() {
				b.Tokens.Expiration = time.Now().Add(left).Unix()
			}
		default:
			ts.Fatalf("edit: %s?", args[0])
		}
	})
}

// cmdPerm compares a file's mode: perm 600 FILE.
func cmdPerm(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}

// cmdJSONLines checks that stdout is JSON lines with a summary as the last one, with
// that exit code.
func cmdJSONLines(ts *testscript.TestScript, _ bool, args []string) {
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	var last map[string]any
	for {
		var line map[string]any
		err := dec.Decode(&line)
		if errors.Is(err, io.EOF) {
			break
		}
		ts.Check(err)
		if line["v"] != 1.0 || line["type"] == "" {
			ts.Fatalf("a line without v and type: %v", line)
		}
		last = line
	}
	if last["type"] != "summary" || fmt.Sprint(last["exit"]) != args[0] {
		ts.Fatalf("last line is %v, want a summary with exit %s", last, args[0])
	}
}
