package base_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/base"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
)

// The transcripts in testdata/transcripts/VERSION/*.http are requests of this program
// and the answers of a real Odoo (community builds 16.0-20230301, 17.0-20240709,
// 18.0-20250520 and 19.0-20251227). With -record the requests are sent to a real base
// again and the answers are written into the files. Its file has the values of the
// variables: "version", "base" (URL), "db", "login", …, and in "STATE.db" and so on
// those for transcripts of a base in that state.
var record = flag.String("record", "", "send the requests to the base that this JSON `file` describes")

// exchange is one request and its answer. Directives "# {{name}} = REGEXP" before the
// request say what varies in the answer: the group of the expression.
type exchange struct {
	title, comment, method, path string
	header, body                 string
	status                       int
	answer                       string // headers that matter
	content                      string // JSON, or a part of another body
}

// parse reads a transcript: "### title", comments, the request as in HTTP/1.1, and
// after an empty line the answer, which begins with "HTTP/1.1".
func parse(t *testing.T, text string) (head string, list []exchange) {
	t.Helper()
	parts := strings.Split(text, "### ")
	for _, part := range parts[1:] {
		var e exchange
		e.title, part, _ = strings.Cut(part, "\n")
		for strings.HasPrefix(part, "# ") {
			line, rest, _ := strings.Cut(part, "\n")
			e.comment, part = e.comment+line+"\n", rest
		}
		request, answer, answered := strings.Cut(part, "HTTP/1.1 ")
		line, request, _ := strings.Cut(request, "\n")
		e.method, e.path, _ = strings.Cut(line, " ")
		e.header, e.body, _ = strings.Cut(request, "\n\n")
		e.body = strings.TrimSpace(e.body)
		if answered {
			line, answer, _ := strings.Cut(answer, "\n")
			var err error
			if e.status, err = strconv.Atoi(line); err != nil {
				t.Fatalf("%s: %v", e.title, err)
			}
			e.answer, e.content, _ = strings.Cut(answer, "\n\n")
			e.content = strings.TrimSpace(e.content)
		}
		list = append(list, e)
	}
	return parts[0], list
}

// String returns the exchange as parse reads it.
func (e exchange) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n%s%s %s\n%s\n\n", e.title, e.comment, e.method, e.path, strings.TrimSpace(e.header))
	if e.body != "" {
		b.WriteString(e.body + "\n\n")
	}
	fmt.Fprintf(&b, "HTTP/1.1 %d\n%s\n\n", e.status, strings.TrimSpace(e.answer))
	if e.content != "" {
		b.WriteString(e.content + "\n\n")
	}
	return b.String()
}

// target is a base, real or simulated, and the variables of its transcripts.
type target struct {
	url, host string
	variables map[string]string // given
	seen      map[string]string // in the latest answers
}

// fill replaces the variables in a request.
func (g target) fill(text string) string {
	for name, value := range g.seen {
		text = strings.ReplaceAll(text, "{{"+name+"}}", value)
	}
	return g.given(text)
}

// given replaces the given variables in an answer.
func (g target) given(text string) string {
	for name, value := range g.variables {
		text = strings.ReplaceAll(text, "{{"+name+"}}", value)
	}
	return text
}

// answerHeaders are the headers that are compared.
var answerHeaders = []string{"Content-Type", "Location", "X-Content-Type-Options"}

// send sends the request and returns status, headers that matter, and body.
func (g target) send(t *testing.T, e exchange) (int, string, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), e.method, g.url+g.fill(e.path), strings.NewReader(g.fill(e.body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Host = g.host
	for _, line := range strings.Split(strings.TrimSpace(e.header), "\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			request.Header.Set(name, g.fill(value))
		}
	}
	client := http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var header strings.Builder
	for _, name := range answerHeaders {
		if value := response.Header.Get(name); value != "" {
			fmt.Fprintf(&header, "%s: %s\n", name, value)
		}
	}
	return response.StatusCode, header.String(), string(body)
}

// directive is "{{name}} = REGEXP" in a comment.
var directive = regexp.MustCompile(`(?m)^# (\{\{.*?\}\}) = (.*)$`)

// traceback is what varies in every error.
const traceback = `# {{*}} = "debug": ("(?:[^"\\]|\\.)*")` + "\n"

// masked returns the body of a real answer with what varies replaced, and keeps the
// values as variables.
func (g target) masked(t *testing.T, e exchange, body string) string {
	t.Helper()
	for _, d := range directive.FindAllStringSubmatch(traceback+e.comment, -1) {
		for _, at := range slices.Backward(regexp.MustCompile(d[2]).FindAllStringSubmatchIndex(body, -1)) {
			value := body[at[2]:at[3]]
			name := d[1]
			if name != "{{*}}" {
				g.seen[strings.Trim(name, "{}")] = strings.Trim(value, `"`)
			}
			if _, err := strconv.Atoi(value); err == nil || value == "false" || strings.HasPrefix(value, `"`) {
				name = strconv.Quote(name)
			}
			body = body[:at[2]] + name + body[at[3]:]
		}
	}
	return regexp.MustCompile(`\b`+regexp.QuoteMeta(g.variables["db"])+`\b`).ReplaceAllString(body, "{{db}}")
}

// TestTranscripts sends the requests of the transcripts to the simulated base and
// compares its answers with those of a real one.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	real := map[string]string{"version": "*"}
	if *record != "" {
		data, err := os.ReadFile(*record)
		if err == nil {
			err = json.Unmarshal(data, &real)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob("testdata/transcripts/" + real["version"] + "/*.http")
	if err != nil || *record == "" && len(files) < 40 {
		t.Fatalf("%d transcripts, %v", len(files), err)
	}
	for _, file := range files {
		version := filepath.Base(filepath.Dir(file))
		t.Run(version+"/"+filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			head, list := parse(t, string(data))
			state := ""
			if found := regexp.MustCompile(`(?m)^# state: (\w+)`).FindStringSubmatch(head); found != nil {
				state = found[1]
			}
			if *record != "" {
				recordFile(t, file, head, list, realBase(real, state))
				return
			}
			t.Parallel()
			g := simulated(t, version, state)
			for _, e := range list {
				g.compare(t, e)
			}
		})
	}
}

// realBase returns the base of the -record file for a state.
func realBase(values map[string]string, state string) target {
	g := target{variables: maps.Clone(values), seen: map[string]string{}}
	for name, value := range values {
		if short, ok := strings.CutPrefix(name, state+"."); ok && state != "" {
			g.variables[short] = value
		}
	}
	g.url = g.variables["base"]
	g.host = strings.TrimPrefix(g.url, "https://")
	return g
}

func recordFile(t *testing.T, file, head string, list []exchange, g target) {
	t.Helper()
	var out bytes.Buffer
	out.WriteString(head)
	for _, e := range list {
		part := strings.TrimSpace(e.content)
		status, header, body := g.send(t, e)
		e.status = status
		e.answer = regexp.MustCompile(`\b`+regexp.QuoteMeta(g.variables["db"])+`\b`).ReplaceAllString(header, "{{db}}")
		switch {
		case strings.Contains(header, "json"):
			e.content = g.masked(t, e, body)
		case !strings.Contains(body, part):
			t.Errorf("%s: the body no longer contains %q", e.title, part)
		}
		out.WriteString(e.String())
	}
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// simulated starts a simulated base with the accounts of the transcripts.
func simulated(t *testing.T, version, state string) target {
	t.Helper()
	s, err := sandbox.Start(t.Context(), sandbox.Options{Odoo: version + ".0", State: base.State(state), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	variables := map[string]string{"db": "mabase", "login": base.Admin, "password": base.AdminPassword, "key": "sandbox-api-key"}
	for _, login := range []string{"demo", "portal", "archived", "totp"} {
		variables[login], variables[login+"-password"] = login, "sandbox-"+login+"-password"
	}
	variables["totp-key"], variables["demo-key"], variables["nothing"] = "sandbox-totp-api-key", "sandbox-demo-api-key", "nothing"
	variables["client-id"], variables["secret"], variables["mailbox"] = entra.ClientID, entra.Secret, entra.Mailbox
	major, _ := strconv.Atoi(version)
	_, variables["refresh"] = entra.Issue(time.Now(), entra.Mailbox, strings.Fields(azure.Use{Odoo: major}.RefreshScope())...)
	_, variables["refresh-imap"] = entra.Issue(time.Now(), entra.Mailbox, strings.Fields(azure.Use{Odoo: major, Incoming: true}.RefreshScope())...)
	return target{url: s.Cloud().Base, host: "mabase.openfire.fr", variables: variables, seen: map[string]string{}}
}

// compare sends one request and compares the answer with the recorded one.
func (g target) compare(t *testing.T, e exchange) {
	t.Helper()
	status, header, body := g.send(t, e)
	header = strings.ReplaceAll(header, ";charset", "; charset") // werkzeug writes both
	if want := strings.ReplaceAll(g.given(e.answer), ";charset", "; charset"); status != e.status || strings.TrimSpace(header) != strings.TrimSpace(want) {
		t.Errorf("%s: %d %q, recorded %d %q", e.title, status, header, e.status, want)
	}
	want := g.given(e.content)
	if !strings.Contains(e.answer, "json") {
		if !strings.Contains(body, want) {
			t.Errorf("%s: %q does not contain %q", e.title, body, want)
		}
		return
	}
	if err := g.sameJSON(want, body); err != nil {
		t.Errorf("%s: %v\n got  %s\n want %s", e.title, err, body, want)
	}
}

// sameJSON compares two answers and sets the variables that want names. The order of
// keys matters in the description of an exception only.
func (g target) sameJSON(want, got string) error {
	var a, b any
	for i, to := range []*any{&a, &b} {
		d := json.NewDecoder(strings.NewReader([]string{want, got}[i]))
		d.UseNumber()
		if err := d.Decode(to); err != nil {
			return err
		}
	}
	if x, y := dataKeys(want), dataKeys(got); !slices.Equal(x, y) {
		return fmt.Errorf("keys of error.data in the order %v, want %v", y, x)
	}
	return g.same("", a, b)
}

// variable is a part of a recorded value that varies.
var variable = regexp.MustCompile(`\{\{([\w-]+|\*)\}\}`)

// same compares two decoded values.
func (g target) same(path string, want, got any) error {
	switch want := want.(type) {
	case map[string]any:
		have, ok := got.(map[string]any)
		for name := range have {
			if _, known := want[name]; !known {
				return fmt.Errorf("%s.%s is superfluous", path, name)
			}
		}
		for name, value := range want {
			if _, known := have[name]; !ok || !known {
				return fmt.Errorf("%s.%s is missing", path, name)
			}
			if err := g.same(path+"."+name, value, have[name]); err != nil {
				return err
			}
		}
		return nil
	case []any:
		have, _ := got.([]any)
		if len(have) != len(want) {
			return fmt.Errorf("%s has %d elements, want %d", path, len(have), len(want))
		}
		for i, value := range want {
			if err := g.same(fmt.Sprintf("%s[%d]", path, i), value, have[i]); err != nil {
				return err
			}
		}
		return nil
	case string:
		if !strings.Contains(want, "{{") {
			break
		}
		literals := variable.Split(want, -1)
		for i := range literals {
			literals[i] = regexp.QuoteMeta(literals[i])
		}
		found := regexp.MustCompile("(?s)^" + strings.Join(literals, "(.*)") + "$").FindStringSubmatch(fmt.Sprint(got))
		if found == nil {
			break
		}
		for i, name := range variable.FindAllStringSubmatch(want, -1) {
			if name[1] != "*" {
				g.seen[name[1]] = found[i+1]
			}
		}
		return nil
	}
	if !reflect.DeepEqual(want, got) {
		return fmt.Errorf("%s is %v, want %v", path, got, want)
	}
	return nil
}

// dataKeys returns the keys of error.data in their order.
func dataKeys(answer string) (keys []string) {
	var a struct {
		Error struct{ Data json.RawMessage }
	}
	_ = json.Unmarshal([]byte(answer), &a)
	d := json.NewDecoder(bytes.NewReader(a.Error.Data))
	depth, isKey := 0, false
	for {
		token, err := d.Token()
		if err != nil {
			return keys
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
			isKey = depth == 1
			continue
		case json.Delim('}'), json.Delim(']'):
			depth--
			isKey = depth == 1
			continue
		}
		if depth == 1 && isKey {
			keys = append(keys, fmt.Sprint(token))
		}
		if depth == 1 {
			isKey = !isKey
		}
	}
}
