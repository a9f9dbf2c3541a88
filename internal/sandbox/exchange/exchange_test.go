package exchange

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const message = "Subject: hello\r\nFrom: compta@client.fr\r\n\r\nHello,\r\n\r\nworld\r\n"

func TestFetchAnswersEachItemUnderItsOwnName(t *testing.T) {
	header, text, _ := strings.Cut(message, "\r\n\r\n")
	header += "\r\n\r\n"
	m := &stored{uid: 7, data: []byte(message), received: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	for item, want := range map[string]string{
		"UID": "UID 7", "FLAGS": "FLAGS ()", "RFC822.SIZE": "RFC822.SIZE 59",
		"RFC822": "RFC822 {59}\r\n" + message, "RFC822.HEADER": "RFC822.HEADER {42}\r\n" + header,
		"BODY[]": "BODY[] {59}\r\n" + message, "BODY.PEEK[]": "BODY[] {59}\r\n" + message,
		"BODY[HEADER]": "BODY[HEADER] {42}\r\n" + header, "BODY.PEEK[TEXT]": "BODY[TEXT] {17}\r\n" + text,
		"BODY.PEEK[HEADER.FIELDS (FROM DATE)]": "BODY[HEADER.FIELDS (FROM DATE)] {26}\r\nFrom: compta@client.fr\r\n\r\n",
		"BODY[HEADER.FIELDS.NOT (FROM)]":       "BODY[HEADER.FIELDS.NOT (FROM)] {18}\r\nSubject: hello\r\n\r\n",
		"INTERNALDATE":                         `INTERNALDATE "23-Nov-2026 09:00:00 +0000"`,
		"ENVELOPE": `ENVELOPE (NIL "hello" ((NIL NIL "compta" "client.fr")) ((NIL NIL "compta" "client.fr")) ` +
			`((NIL NIL "compta" "client.fr")) NIL NIL NIL NIL NIL)`,
		"BODYSTRUCTURE": "", "BODY[1.2]": "",
	} {
		if got := m.item(item); got != want {
			t.Errorf("%s: %q, want %q", item, got, want)
		}
	}
}

// mailboxOf returns a session of the mailbox with so many messages.
func mailboxOf(t *testing.T, messages int) *inbox {
	t.Helper()
	s := &Server{Options: Options{Now: time.Now}, boxes: map[string][]*stored{}, uids: map[string]int{}}
	for i := range messages {
		s.deliver(Message{To: []string{"Compta@client.fr"}, Data: fmt.Appendf(nil, "Message-ID: <%d@x>\r\n%s", i+1, message)})
	}
	return &inbox{session: session{Server: s, mailbox: "compta@client.fr"}}
}

// TestInboxServesTheCommandsOfAClient plays the dialogues of Odoo's fetchmail and of
// common clients. A line of a dialogue is a command and its responses.
func TestInboxServesTheCommandsOfAClient(t *testing.T) {
	for name, dialogue := range map[string][]string{
		"Odoo": {
			"SELECT INBOX|2 EXISTS|0 RECENT|FLAGS " + flagNames + "|OK [PERMANENTFLAGS " + flagNames + "] Permanent flags|" +
				"OK [UNSEEN 1] Is the first unseen message|OK [UIDVALIDITY 14] UIDVALIDITY value|OK [UIDNEXT 3] The next unique identifier value|OK [READ-WRITE] SELECT completed.",
			"SEARCH (UNSEEN)|SEARCH 1 2|OK SEARCH completed.",
			`STORE 1 -FLAGS (\Seen)|1 FETCH (FLAGS ())|OK STORE completed.`,
			`STORE 1 +FLAGS (\Seen)|1 FETCH (FLAGS (\Seen))|OK STORE completed.`,
			"SEARCH (UNSEEN)|SEARCH 2|OK SEARCH completed.",
			"CLOSE|OK CLOSE completed.",
			"SEARCH ALL|BAD Command received in Invalid state.",
		},
		"a mail program": {
			`NAMESPACE|NAMESPACE (("" "/")) NIL NIL|OK NAMESPACE completed.`,
			`LIST "" ""|LIST (\Noselect) "/" ""|OK LIST completed.`,
			`LIST "" "*"|LIST (\Marked \HasNoChildren) "/" INBOX|OK LIST completed.`,
			`LSUB "" "inb%"|LSUB (\Marked \HasNoChildren) "/" INBOX|OK LSUB completed.`,
			`LIST "" "Sent"|OK LIST completed.`,
			"STATUS INBOX (MESSAGES UNSEEN UIDNEXT)|STATUS INBOX (MESSAGES 2 UNSEEN 2 UIDNEXT 3)|OK STATUS completed.",
			"STATUS Sent (MESSAGES)|NO Sent doesn't exist.",
			"SELECT Sent|NO Sent doesn't exist.",
			"SELECT INBOX|…",
			"UID FETCH 1:* (FLAGS)|1 FETCH (UID 1 FLAGS ())|2 FETCH (UID 2 FLAGS ())|OK FETCH completed.",
			"FETCH 1 (UID FLAGS BODY.PEEK[HEADER.FIELDS (Message-ID)])|1 FETCH (UID 1 FLAGS () BODY[HEADER.FIELDS (MESSAGE-ID)] {21}\r\nMessage-ID: <1@x>\r\n\r\n)|OK FETCH completed.",
			"FETCH 1 (FLAGS BODYSTRUCTURE)|BAD Command Argument Error. 11",
			"UID FETCH 2 BODY[HEADER.FIELDS (SUBJECT)]|2 FETCH (UID 2 BODY[HEADER.FIELDS (SUBJECT)] {18}\r\nSubject: hello\r\n\r\n FLAGS (\\Seen))|OK FETCH completed.",
			`UID SEARCH HEADER Message-ID "<2@x>"|SEARCH 2|OK SEARCH completed.`,
			"SEARCH NOT SEEN 1:2|SEARCH 1|OK SEARCH completed.",
			"SEARCH UID 2 SUBJECT HELLO|SEARCH 2|OK SEARCH completed.",
			"SEARCH YOUNGER 3600|BAD Command Argument Error. 11",
			`UID STORE 1 +FLAGS.SILENT (\Deleted)|OK STORE completed.`,
			"EXPUNGE|1 EXPUNGE|OK EXPUNGE completed.",
			"SEARCH ALL|SEARCH 1|OK SEARCH completed.",
			"UID SEARCH ALL|SEARCH 2|OK SEARCH completed.",
			"NOOP|OK NOOP completed.",
			"COPY 1 Sent|BAD Command Error. 12",
		},
		"read only": {
			"EXAMINE INBOX|…", `STORE 1 +FLAGS (\Deleted)|1 FETCH (FLAGS ())|OK STORE completed.`, "EXPUNGE|OK EXPUNGE completed.",
			"FETCH 1 BODY[TEXT]|1 FETCH (BODY[TEXT] {17}\r\nHello,\r\n\r\nworld\r\n)|OK FETCH completed.", "FETCH 1 FLAGS|1 FETCH (FLAGS ())|OK FETCH completed.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := mailboxOf(t, 2)
			for _, line := range dialogue {
				command, want, _ := strings.Cut(line, "|")
				verb, rest, _ := strings.Cut(command, " ")
				status := v.work(verb, rest)
				got := strings.Join(append(v.untagged, status), "|")
				if v.untagged = nil; got != want && want != "…" {
					t.Errorf("%s\n%s\nwant\n%s", command, got, want)
				}
			}
		})
	}
}

func TestSessionsSeeNewAndExpungedMessages(t *testing.T) {
	first := mailboxOf(t, 3)
	second := &inbox{session: first.session}
	run := func(v *inbox, verb, rest string) string {
		status := v.work(verb, rest)
		all := append(v.untagged, status)
		v.untagged = nil
		return strings.Join(all, "|")
	}
	run(first, "SELECT", "INBOX")
	run(second, "SELECT", "INBOX")
	run(first, "STORE", `1:2 +FLAGS.SILENT (\Deleted)`)
	run(first, "UID", "EXPUNGE 2")
	first.deliver(Message{To: []string{"compta@client.fr"}, Data: []byte(message)})
	if got := run(second, "FETCH", "3 UID"); got != "3 FETCH (UID 3)|OK FETCH completed." {
		t.Errorf("the numbers changed without a report: %s", got)
	}
	if got := run(second, "NOOP", ""); got != "2 EXPUNGE|3 EXISTS|OK NOOP completed." {
		t.Error(got)
	}
	if got := run(second, "UID", "FETCH * UID"); got != "3 FETCH (UID 4)|OK FETCH completed." {
		t.Error(got)
	}
}

func TestSequenceSetsAreReadAsRFC3501Says(t *testing.T) {
	for set, want := range map[string]string{
		"1": "1", "2:4": "234", "4:2": "234", "3:*": "345", "*": "5", "1,3:4,9": "134", "1:*": "12345", "9:*": "5",
		"": "", "x": "", "0": "", "a:2": "",
	} {
		got := ""
		for n := 1; n <= 5; n++ {
			if within(set, n, 5) {
				got += string(rune('0' + n))
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", set, got, want)
		}
	}
}
