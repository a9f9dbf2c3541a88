package exchange

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// stored is a message in a mailbox.
type stored struct {
	uid      int
	received time.Time
	data     []byte
	flags    []string // sorted
	expunged bool
}

// deliver stores a message in the mailboxes of its recipients. The caller holds the
// lock.
func (s *Server) deliver(m Message) {
	s.messages = append(s.messages, m)
	for _, to := range m.To {
		box := strings.ToLower(tenant.AccountOf(to).Address)
		s.uids[box]++
		s.boxes[box] = append(s.boxes[box], &stored{uid: s.uids[box], received: s.Now(), data: m.Data})
	}
}

// flagNames are the flags that a client can change.
const flagNames = `(\Seen \Answered \Flagged \Deleted \Draft $MDNSent)`

// tokens splits the arguments of a command into words, strings and parentheses. The
// section of a message is one word.
func tokens(args string) (words []string) {
	token := regexp.MustCompile(`(?i)BODY(?:\.PEEK)?\[[^\]]*\](?:<[\d.]+>)?|"(?:[^"\\]|\\.)*"|[()]|[^\s()"]+`)
	for _, w := range token.FindAllString(args, -1) {
		if w[0] == '"' {
			w = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(strings.Trim(w, `"`))
		}
		words = append(words, w)
	}
	return words
}

// quote returns a quoted string.
func quote(s string) string { return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"` }

// work executes a command after the sign-in. The caller holds the lock.
func (v *inbox) work(verb, rest string) (status string) {
	if v.byUID = verb == "UID"; v.byUID {
		verb, rest, _ = strings.Cut(rest, " ")
		verb = strings.ToUpper(verb)
	}
	args := tokens(rest)
	switch verb {
	case "SELECT", "EXAMINE":
		return v.choose(verb, args)
	case "STATUS":
		return v.status(args)
	case "LIST", "LSUB":
		v.list(verb, args)
	case "NAMESPACE":
		v.answer(`NAMESPACE (("" "/")) NIL NIL`)
	case "NOOP", "CHECK":
		v.update()
	case "SUBSCRIBE", "UNSUBSCRIBE":
	default:
		if !v.selected {
			return "BAD Command received in Invalid state."
		}
		return v.inSelected(verb, args)
	}
	return completed(verb)
}

// inSelected executes a command on the selected inbox.
func (v *inbox) inSelected(verb string, args []string) (status string) {
	ok := true
	switch verb {
	case "SEARCH":
		ok = v.search(args)
	case "FETCH":
		ok = v.fetch(args)
	case "STORE":
		ok = v.store(args)
	case "EXPUNGE":
		v.expunge(func(m *stored) bool { return !v.byUID || len(args) > 0 && within(args[0], m.uid, v.lastUID()) })
		v.update()
	case "CLOSE", "UNSELECT":
		if verb == "CLOSE" {
			v.expunge(func(*stored) bool { return true })
		}
		v.selected, v.view = false, nil
	default:
		return "BAD Command Error. 12"
	}
	if !ok {
		return "BAD Command Argument Error. 11"
	}
	return completed(verb)
}

// choose selects the inbox, the only mailbox.
func (v *inbox) choose(verb string, args []string) (status string) {
	v.selected, v.view = false, nil
	if len(args) == 0 || !strings.EqualFold(args[0], "INBOX") {
		return "NO " + strings.Join(args, " ") + " doesn't exist."
	}
	v.selected, v.readOnly = true, verb == "EXAMINE"
	v.view = slices.Clone(v.box())
	v.answer("%d EXISTS", len(v.view))
	v.answer("0 RECENT")
	v.answer("FLAGS %s", flagNames)
	v.answer("OK [PERMANENTFLAGS %s] Permanent flags", flagNames)
	if i := slices.IndexFunc(v.view, func(m *stored) bool { return !m.has(`\Seen`) }); i >= 0 {
		v.answer("OK [UNSEEN %d] Is the first unseen message", i+1)
	}
	v.answer("OK [UIDVALIDITY 14] UIDVALIDITY value")
	v.answer("OK [UIDNEXT %d] The next unique identifier value", v.lastUID()+1)
	access := map[bool]string{false: "READ-WRITE", true: "READ-ONLY"}
	return fmt.Sprintf("OK [%s] %s completed.", access[v.readOnly], verb)
}

func (v *inbox) box() []*stored { return v.boxes[strings.ToLower(v.mailbox)] }

// lastUID returns the UID of the newest message, including expunged ones.
func (v *inbox) lastUID() int { return v.uids[strings.ToLower(v.mailbox)] }

func (v *inbox) status(args []string) string {
	if len(args) < 2 || !strings.EqualFold(args[0], "INBOX") {
		return "NO " + strings.Join(args[:min(len(args), 1)], "") + " doesn't exist."
	}
	unseen := 0
	for _, m := range v.box() {
		if !m.has(`\Seen`) {
			unseen++
		}
	}
	values := map[string]int{"MESSAGES": len(v.box()), "RECENT": 0, "UIDNEXT": v.lastUID() + 1, "UIDVALIDITY": 14,
		"UNSEEN": unseen}
	var items []string
	for _, item := range args[1:] {
		if n, known := values[strings.ToUpper(item)]; known {
			items = append(items, fmt.Sprintf("%s %d", strings.ToUpper(item), n))
		}
	}
	v.answer("STATUS INBOX (%s)", strings.Join(items, " "))
	return completed("STATUS")
}

// list answers LIST and LSUB: with the delimiter for an empty pattern, with the
// inbox if the pattern matches it.
func (v *inbox) list(verb string, args []string) {
	if len(args) < 2 || args[1] == "" {
		v.answer(`%s (\Noselect) "/" ""`, verb)
		return
	}
	pattern := strings.NewReplacer(`\*`, ".*", "%", "[^/]*").Replace(regexp.QuoteMeta(args[0] + args[1]))
	if matched, err := regexp.MatchString("(?i)^"+pattern+"$", "INBOX"); matched && err == nil {
		v.answer(`%s (\Marked \HasNoChildren) "/" INBOX`, verb)
	}
}

// update reports the messages that were expunged or received since the last one.
func (v *inbox) update() {
	if !v.selected {
		return
	}
	for i := len(v.view) - 1; i >= 0; i-- {
		if v.view[i].expunged {
			v.view = slices.Delete(v.view, i, i+1)
			v.answer("%d EXPUNGE", i+1)
		}
	}
	if all := v.box(); len(all) > len(v.view) {
		v.view = slices.Clone(all)
		v.answer("%d EXISTS", len(v.view))
	}
}

// expunge removes the matching messages with the flag \Deleted.
func (v *inbox) expunge(matches func(*stored) bool) {
	if v.readOnly {
		return
	}
	box := strings.ToLower(v.mailbox)
	v.boxes[box] = slices.DeleteFunc(slices.Clone(v.boxes[box]), func(m *stored) bool {
		m.expunged = m.expunged || m.has(`\Deleted`) && matches(m)
		return m.expunged
	})
}

// store changes flags (RFC 3501 section 6.4.6).
func (v *inbox) store(args []string) bool {
	if len(args) < 3 {
		return false
	}
	action, silent := strings.CutSuffix(strings.ToUpper(args[1]), ".SILENT")
	var flags []string
	for _, flag := range args[2:] {
		if flag != "(" && flag != ")" {
			flags = append(flags, flag)
		}
	}
	if !strings.HasSuffix(action, "FLAGS") {
		return false
	}
	v.each(args[0], func(n int, m *stored) {
		if !v.readOnly {
			m.change(action, flags)
		}
		if !silent {
			v.answer("%d FETCH (%s)", n, v.items(m, []string{"FLAGS"}))
		}
	})
	return true
}

// each calls f for the messages of a set of sequence numbers, or of UIDs.
func (v *inbox) each(set string, f func(n int, m *stored)) {
	for i, m := range v.view {
		if v.byUID && within(set, m.uid, v.lastUID()) || !v.byUID && within(set, i+1, len(v.view)) {
			f(i+1, m)
		}
	}
}

func (m *stored) has(flag string) bool {
	return slices.ContainsFunc(m.flags, func(f string) bool { return strings.EqualFold(f, flag) })
}

// change replaces, adds (+FLAGS) or removes (-FLAGS) flags.
func (m *stored) change(action string, flags []string) {
	if action == "FLAGS" {
		m.flags = nil
	}
	m.flags = slices.DeleteFunc(slices.Clone(m.flags), func(have string) bool {
		return slices.ContainsFunc(flags, func(f string) bool { return strings.EqualFold(f, have) })
	})
	if action[0] != '-' {
		m.flags = append(m.flags, flags...)
	}
	slices.Sort(m.flags)
}

// within reports whether n is in a sequence set such as 1, 2:4 or 3:*, where * is
// last.
func within(set string, n, last int) bool {
	for one := range strings.SplitSeq(strings.ReplaceAll(set, "*", strconv.Itoa(last)), ",") {
		from, to, ranged := strings.Cut(one, ":")
		if !ranged {
			to = from
		}
		a, _ := strconv.Atoi(from)
		b, _ := strconv.Atoi(to)
		if a > 0 && b > 0 && min(a, b) <= n && n <= max(a, b) {
			return true
		}
	}
	return false
}
