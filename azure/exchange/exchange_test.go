package exchange

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// Words of a script that are actions, not replies.
const (
	hangUp  = "\x00hang up"
	silence = "\x00silence"
	drip    = "\x00drip"   // sends a letter at a time, without end
	flood   = "\x00flood " // followed by a line, which is sent as 300 MB
)

// script holds a mail server's replies by what they answer: "greeting", a command
// without TLS in lower case, a command under TLS in upper case, "RESPONSE" for the
// response to a challenge ("REASON" for that to IMAP's second one), "." for the end of
// DATA. {tag} stands for IMAP's tag. Other commands are answered normally.
type script map[string]string

var (
	honestSMTP = script{"greeting": "220 mail.example.com ESMTP", "ehlo": "250-mail.example.com\r\n250 STARTTLS", "starttls": "220 2.0.0 begin", "EHLO": "250-mail.example.com\r\n250-SIZE 1000000\r\n250 AUTH LOGIN XOAUTH2",
		"AUTH": "235 2.7.0 Authentication successful", "BARE": "334 ", "RESPONSE": "235 2.7.0 Authentication successful", "MAIL": "250 2.1.0 ok", "RCPT": "250 2.1.5 ok", "DATA": "354 go on", ".": "250 2.0.0 queued", "QUIT": "221 2.0.0 bye"}
	honestIMAP = script{"greeting": "* OK ready", "starttls": "{tag} OK begin", "AUTHENTICATE": "+ ", "RESPONSE": "{tag} OK welcome", "REASON": "{tag} NO AUTHENTICATE failed.",
		"EXAMINE": "* 0 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n{tag} OK [READ-ONLY] done", "SELECT": "* 0 EXISTS\r\n{tag} OK done", "LOGOUT": "* BYE\r\n{tag} OK bye"}
)

// scripted is a mail server that follows a script and records what it receives.
type scripted struct {
	script, honest script
	imap, implicit bool        // implicit: TLS from the first byte
	conf           *tls.Config // of the server
	address        string
	ca             []byte
	conns, said    atomic.Int64 // connections; bytes of a flood

	mu            sync.Mutex
	clear, secure []string // lines in the clear, lines under TLS
	data          string
}

func startScripted(t *testing.T, imap bool, s script) *scripted {
	t.Helper()
	return startCertified(t, &scripted{script: s, imap: imap})
}

func startCertified(t *testing.T, v *scripted) *scripted {
	t.Helper()
	web := httptest.NewUnstartedServer(nil) // for its certificate of 127.0.0.1
	web.StartTLS()
	web.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if v.honest, v.address = honestSMTP, l.Addr().String(); v.imap {
		v.honest = honestIMAP
	}
	if v.conf == nil {
		v.conf, v.ca = web.TLS, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw})
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			v.conns.Add(1)
			go func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(time.Minute))
				v.converse(conn)
			}()
		}
	}()
	return v
}

func (v *scripted) converse(conn net.Conn) {
	if v.implicit {
		conn = tls.Server(conn, v.conf)
	}
	if !v.say(conn, "greeting", "") {
		return
	}
	in, encrypted, inData, challenged, key := bufio.NewReader(conn), v.implicit, false, false, ""
	for {
		line, err := in.ReadString('\n')
		v.hear(line, encrypted, inData)
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		if inData && line != "." {
			continue
		}
		var tag string
		if key, tag = v.key(line, challenged, key); !encrypted {
			key = strings.ToLower(key)
		}
		if !v.say(conn, key, tag) {
			return
		}
		answer := v.answer(key)
		inData = key == "DATA" && strings.HasPrefix(answer, "354")
		challenged = slices.Contains([]string{"AUTH", "BARE", "AUTHENTICATE", "RESPONSE", "REASON"}, key) && (strings.HasPrefix(answer, "334") || strings.HasPrefix(answer, "+"))
		if key == "starttls" && (strings.HasPrefix(answer, "220") || strings.HasPrefix(answer, "{tag} OK")) {
			secure := tls.Server(conn, v.conf)
			conn, in, encrypted = secure, bufio.NewReader(secure), true
		}
	}
}

// key returns the key of a line in a script.
func (v *scripted) key(line string, challenged bool, before string) (key, tag string) {
	switch {
	case challenged && v.imap && before != "AUTHENTICATE":
		return "REASON", v.lastTag()
	case challenged:
		return "RESPONSE", v.lastTag()
	}
	if v.imap {
		tag, line, _ = strings.Cut(line, " ")
	}
	verb, _, _ := strings.Cut(line, " ")
	if line == "AUTH XOAUTH2" && v.script["AUTH"] == "" {
		verb = "BARE" // a normal server sends a challenge for the missing response
	}
	return strings.ToUpper(verb), tag
}

func (v *scripted) hear(line string, encrypted, inData bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case line == "":
	case inData:
		v.data += line
	case encrypted:
		v.secure = append(v.secure, strings.TrimRight(line, "\r\n"))
	default:
		v.clear = append(v.clear, strings.TrimRight(line, "\r\n"))
	}
}

func (v *scripted) answer(key string) string {
	return cmp.Or(v.script[key], v.honest[key], "{tag} BAD unknown")
}

// say sends a reply; false ends the connection.
func (v *scripted) say(conn net.Conn, key, tag string) bool {
	answer := v.answer(key)
	switch {
	case answer == hangUp:
		return false
	case answer == silence:
		return true
	case answer == drip:
		for tick := time.NewTicker(20 * time.Millisecond); ; <-tick.C {
			if _, err := io.WriteString(conn, "x"); err != nil {
				return false
			}
		}
	case strings.Contains(answer, flood):
		first, endless, _ := strings.Cut(answer, flood)
		line := bytes.Repeat([]byte(endless), 1+4096/len(endless))
		_, _ = io.WriteString(conn, first)
		for v.said.Load() < 300<<20 {
			n, err := conn.Write(line)
			v.said.Add(int64(n))
			if err != nil {
				return false
			}
		}
		return false
	}
	_, err := io.WriteString(conn, strings.ReplaceAll(answer, "{tag}", tag)+"\r\n")
	return err == nil
}

// lastTag is the tag of the AUTHENTICATE that a response belongs to.
func (v *scripted) lastTag() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := len(v.secure) - 1; i >= 0; i-- {
		if tag, rest, _ := strings.Cut(v.secure[i], " "); strings.HasPrefix(rest, "AUTHENTICATE") {
			return tag
		}
	}
	return "?"
}

// heard returns the lines received without and with TLS, and the message.
func (v *scripted) heard() (clear, secure []string, data string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.clear, v.secure, v.data
}

const accessCanary = "CANARY-access-token"

func (v *scripted) mailbox() Mailbox {
	return Mailbox{Cloud: azure.Cloud{SMTP: v.address, IMAP: v.address, CA: v.ca}, Address: "compta@client.fr", Token: secret.New(accessCanary), Timeout: 20 * time.Second, Now: time.Now}
}

// noSecretInTheClear fails the test if a sign-in, or a part of it, was sent before TLS.
func (v *scripted) noSecretInTheClear(t *testing.T) {
	t.Helper()
	clear, _, _ := v.heard()
	for _, line := range clear {
		upper := strings.ToUpper(line)
		if strings.Contains(upper, "AUTH") || strings.Contains(upper, "LOGIN") || strings.Contains(line, accessCanary) || strings.Contains(line, "dXNlcj") || strings.Contains(line, base64.StdEncoding.EncodeToString([]byte(accessCanary))[:16]) {
			t.Errorf("in the clear: %q", line)
		}
	}
}

// exitOf returns the exit code of an error of a mail server; 70 if it is not
// explained.
func exitOf(err error, where string) problem.Exit {
	if err == nil {
		return problem.OK
	}
	if refused, is := faults.AsRefusal(err); is {
		return refused.Exit()
	}
	if p, is := Problem(err, where); is {
		return p.Exit
	}
	return problem.Bug
}

// mailCase is a faulty mail server and the expected error.
type mailCase struct {
	name  string
	words script
	stage Stage
	exit  problem.Exit
	fault string // of the catalogue; may be empty
	says  string // part of the error; may be empty
}

func smtpCases() []mailCase {
	long := strings.Repeat("x", 1<<20)
	challenge := base64.StdEncoding.EncodeToString([]byte(`{"status":"400","schemes":"Bearer"}`))
	return []mailCase{
		{"banner 421", script{"greeting": "421 4.3.2 Service not available"}, StageConnect, problem.Temporary, "", "421"},
		{"banner 554", script{"greeting": "554 5.7.1 no service"}, StageConnect, problem.Mail, "", "554"},
		{"banner of IMAP", script{"greeting": "* OK IMAP4rev1 ready"}, StageConnect, problem.Temporary, "", ""},
		{"banner of HTTP", script{"greeting": "HTTP/1.1 400 Bad Request"}, StageConnect, problem.Temporary, "", ""},
		{"banner empty", script{"greeting": "\r\n"}, StageConnect, problem.Temporary, "", ""},
		{"banner cut", script{"greeting": hangUp}, StageConnect, problem.Temporary, "", ""},
		{"banner 1 MiB", script{"greeting": "220 " + long}, StageConnect, problem.Temporary, "", errTooMuch.Error()},
		{"banner binary", script{"greeting": "\x16\x03\x01\x00\xff\x00"}, StageConnect, problem.Temporary, "", ""},
		{"no STARTTLS", script{"ehlo": "250 mail.example.com"}, StageTLS, problem.Safety, "", ""},
		{"STARTTLS misspelt", script{"ehlo": "250-mail.example.com\r\n250 XXXXXXXA"}, StageTLS, problem.Safety, "", ""},
		{"AUTH in the clear instead", script{"ehlo": "250-mail.example.com\r\n250 AUTH XOAUTH2 PLAIN LOGIN"}, StageTLS, problem.Safety, "", ""},
		{"EHLO refused, HELO taken", script{"ehlo": "502 5.5.1 what", "helo": "250 hello"}, StageTLS, problem.Safety, "", ""},
		{"EHLO and HELO refused", script{"ehlo": "502 5.5.1 what", "helo": "502 5.5.1 what"}, StageConnect, problem.Mail, "", ""},
		{"EHLO cut", script{"ehlo": hangUp}, StageConnect, problem.Temporary, "", ""},
		{"STARTTLS 454", script{"starttls": "454 4.7.0 TLS not available"}, StageTLS, problem.Safety, "", "454"},
		{"STARTTLS 500", script{"starttls": "500 5.5.1 what"}, StageTLS, problem.Safety, "", "500"},
		{"STARTTLS 250", script{"starttls": "250 2.0.0 fine"}, StageTLS, problem.Safety, "", "250"},
		{"STARTTLS 235, as if signed in", script{"starttls": "235 2.7.0 welcome"}, StageTLS, problem.Safety, "", ""},
		{"STARTTLS cut", script{"starttls": hangUp}, StageTLS, problem.Temporary, "", ""},
		{"EHLO answer behind 220", script{"starttls": "220 begin\r\n250-evil\r\n250 AUTH PLAIN"}, StageTLS, problem.Safety, "", errInjected.Error()},
		{"sign-in accepted behind 220", script{"starttls": "220 begin\r\n250 AUTH XOAUTH2\r\n235 welcome"}, StageTLS, problem.Safety, "", errInjected.Error()},
		{"one byte behind 220", script{"starttls": "220 begin\r\nx"}, StageTLS, problem.Safety, "", errInjected.Error()},
		{"two lines of 220", script{"starttls": "220-begin\r\n220 begin"}, StageTLS, problem.Safety, "", errInjected.Error()},
		{"text instead of TLS", script{"starttls": "220 begin\r\n" + long[:5000]}, StageTLS, problem.Safety, "", errInjected.Error()},
		{"AUTH only before TLS", script{"ehlo": "250-x\r\n250-AUTH XOAUTH2\r\n250 STARTTLS", "EHLO": "250 x"}, StageAuth, problem.Mail, "", errNoXOAUTH2.Error()},
		{"EHLO refused under TLS", script{"EHLO": "502 5.5.1 what"}, StageTLS, problem.Mail, "", "502"},
		{"no AUTH", script{"EHLO": "250-x\r\n250 SIZE 1000"}, StageAuth, problem.Mail, "", errNoXOAUTH2.Error()},
		{"AUTH without XOAUTH2", script{"EHLO": "250-x\r\n250 AUTH LOGIN PLAIN"}, StageAuth, problem.Mail, "", errNoXOAUTH2.Error()},
		{"a longer name", script{"EHLO": "250-x\r\n250 AUTH XOAUTH2-PLUS XXOAUTH2"}, StageAuth, problem.Mail, "", errNoXOAUTH2.Error()},
		{"334 with JSON, then 535", script{"AUTH": "334 " + challenge, "RESPONSE": "535 5.7.3 Authentication unsuccessful"}, StageAuth, problem.Mail, "535-5.7.3", `{"status":"400","schemes":"Bearer"}`},
		{"334 that is not base64", script{"AUTH": "334 %%%"}, StageAuth, problem.Temporary, "", ""},
		{"334 without end", script{"AUTH": "334 " + challenge, "RESPONSE": "334 " + challenge + "\r\n" + strings.Repeat("334 "+challenge+"\r\n", 10) + "535 5.7.3 no"}, StageAuth, problem.Mail, "535-5.7.3", ""},
		{"535 5.7.3", script{"AUTH": "535 5.7.3 Authentication unsuccessful [x]"}, StageAuth, problem.Mail, "535-5.7.3", ""},
		{"tenant", script{"AUTH": "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."}, StageAuth, problem.Mail, "535-5.7.139-tenant", ""},
		{"mailbox", script{"AUTH": "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox."}, StageAuth, problem.Mail, "535-5.7.139-mailbox", ""},
		{"security defaults", script{"AUTH": "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy."}, StageAuth, problem.Mail, "535-5.7.139-defaults", ""},
		{"other policy", script{"AUTH": "535 5.7.139 Authentication unsuccessful, something new."}, StageAuth, problem.Mail, "535-5.7.139", ""},
		{"no enhanced code", script{"AUTH": "535 no"}, StageAuth, problem.Mail, "535-5.7.3", ""},
		{"cut", script{"AUTH": hangUp}, StageAuth, problem.Temporary, "", ""},
		{"454", script{"AUTH": "454 4.7.0 Temporary authentication failure"}, StageAuth, problem.Temporary, "", "454 4.7.0"},
		{"451", script{"AUTH": "451 4.7.0 Temporary server error. Please try again later. PRX4"}, StageAuth, problem.Temporary, "451-4.7.0", ""},
		{"421 4.3.2", script{"AUTH": "421 4.3.2 Service not available"}, StageAuth, problem.Temporary, "", ""},
		{"421 4.4.2", script{"MAIL": "421 4.4.2 Connection timed out"}, StageSend, problem.Temporary, "", ""},
		{"432 concurrency", script{".": "432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending"}, StageSend, problem.Temporary, "", "432 4.3.2"},
		{"MAIL 550", script{"MAIL": "550 5.7.1 no"}, StageSend, problem.Mail, "", "550 5.7.1"},
		{"RCPT 550", script{"RCPT": "550 5.1.10 RESOLVER.ADR.RecipientNotFound"}, StageSend, problem.Mail, "", "550 5.1.10"},
		{"DATA 503", script{"DATA": "503 5.5.1 no"}, StageSend, problem.Mail, "", "503 5.5.1"},
		{"Send As denied at the end", script{".": "554 5.2.252 SendAsDenied; compta@client.fr not allowed to send as anna@client.fr"}, StageSend, problem.Mail, "554-5.2.252", "compta@client.fr not allowed to send as anna@client.fr"},
		{"5.7.60 at the end", script{".": "550 5.7.60 SMTP; Client does not have permissions to send as this sender"}, StageSend, problem.Mail, "", "5.7.60"},
		{"cut at RCPT", script{"RCPT": hangUp}, StageSend, problem.Temporary, "", ""},
		{"cut at DATA", script{"DATA": hangUp}, StageSend, problem.Temporary, "", ""},
		{"endless 250-", script{"EHLO": flood + "250-SIZE\r\n"}, StageTLS, problem.Temporary, "", errTooMuch.Error()},
		{"endless 250- in the clear", script{"ehlo": flood + "250-SIZE\r\n"}, StageConnect, problem.Temporary, "", errTooMuch.Error()},
		{"one line of 300 MB", script{"AUTH": flood + "2"}, StageAuth, problem.Temporary, "", errTooMuch.Error()},
		{"300 MB at the end of AUTH", script{"AUTH": flood + "535-5.7.3 no\r\n"}, StageAuth, problem.Temporary, "", errTooMuch.Error()},
		{"escapes", script{"AUTH": "535 5.7.3 \x1b[2J\x1b]0;x\x07 \xff\xfe\u202e end"}, StageAuth, problem.Mail, "535-5.7.3", "<1B>[2J"},
		{"NUL and a bare LF", script{"AUTH": "535-5.7.3 a\x00b\n535 5.7.3 c"}, StageAuth, problem.Mail, "535-5.7.3", "a<00>b c"},
		{"a bare CR", script{"AUTH": "535 5.7.3 a\rb"}, StageAuth, problem.Mail, "535-5.7.3", "a b"},
	}
}

func TestSMTPConversationsEndInTheRightStageAndFault(t *testing.T) {
	t.Parallel()
	for _, tc := range smtpCases() {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			server := startScripted(t, false, tc.words)
			stage, err := server.mailbox().SMTP(context.Background(), &Message{From: "compta@client.fr", To: "anna@client.fr", Subject: "x", Body: "y"})
			tc.judge(t, server, stage, err)
		})
	}
}

func (tc mailCase) judge(t *testing.T, server *scripted, stage Stage, err error) {
	t.Helper()
	if err == nil || stage != tc.stage || exitOf(err, server.address) != tc.exit {
		t.Errorf("stage %d, exit %d (%T): %.300v", stage, exitOf(err, server.address), err, err)
	}
	told := fmt.Sprint(err)
	if refused, is := faults.AsRefusal(err); is {
		if told += " " + refused.Detail; tc.fault != "" && refused.ID != tc.fault {
			t.Errorf("fault %s", refused.ID)
		}
	} else if tc.fault != "" {
		t.Errorf("no refusal: %v", err)
	} else if p, is := Problem(err, server.address); is {
		told = p.What.In(i18n.English) + told
		if strings.ContainsAny(p.What.In(i18n.English)+p.What.In(i18n.French), "\x1b\x00\r\n\u202e") {
			t.Errorf("%q", p.What.In(i18n.English))
		}
	}
	if !strings.Contains(told, tc.says) || strings.Contains(told, accessCanary) {
		t.Errorf("%.300q lacks %q, or has the token", told, tc.says)
	}
	if n := server.said.Load(); n > 64<<20 { // the limit, and the buffers of the kernel
		t.Errorf("%d bytes were read", n)
	}
	if n := server.conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
	server.noSecretInTheClear(t)
}

func imapCases() []mailCase {
	challenge := base64.StdEncoding.EncodeToString([]byte(`{"status":"400"}`))
	refused := "{tag} NO AUTHENTICATE failed."
	return []mailCase{
		{"PREAUTH", script{"greeting": "* PREAUTH welcome"}, StageConnect, problem.Safety, "", ""},
		{"BYE", script{"greeting": "* BYE too busy"}, StageConnect, problem.Temporary, "mail-temporary", "too busy"},
		{"BYE to this person", script{"greeting": "* BYE [AUTHORIZATIONFAILED] not you"}, StageConnect, problem.Mail, "imap-authenticate-failed", "not you"},
		{"BYE to a token", script{"RESPONSE": "* BYE [ALERT] too many sessions"}, StageAuth, problem.Temporary, "mail-temporary", "too many sessions"},
		{"BYE to a refused token", script{"RESPONSE": "* BYE [AUTHENTICATIONFAILED] no"}, StageAuth, problem.Mail, "imap-authenticate-failed", "no"},
		{"BYE instead of an inbox", script{"EXAMINE": "* BYE Connection closed. 14"}, StageSend, problem.Temporary, "mail-temporary", "closed"},
		{"none", script{"greeting": hangUp}, StageConnect, problem.Temporary, "", ""},
		{"of SMTP", script{"greeting": "220 mail"}, StageConnect, problem.Temporary, "", "not a mail server"},
		{"empty", script{"greeting": "\r\n"}, StageConnect, problem.Temporary, "", "an empty line"},
		{"NO", script{"greeting": "* NO not now"}, StageConnect, problem.Temporary, "", ""},
		{"1 MiB", script{"greeting": "* OK " + strings.Repeat("x", 1<<20)}, StageConnect, problem.Temporary, "", errTooMuch.Error()},
		{"cut at STARTTLS", script{"starttls": hangUp}, StageTLS, problem.Temporary, "", ""},
		{"STARTTLS refused", script{"starttls": "{tag} NO not here"}, StageTLS, problem.Safety, "", ""},
		{"capabilities behind OK", script{"starttls": "{tag} OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN"}, StageTLS, problem.Safety, "", ""},
		{"endless before OK", script{"starttls": flood + "* x\r\n"}, StageTLS, problem.Temporary, "", errTooMuch.Error()},
		{"BYE to STARTTLS", script{"starttls": "* BYE later"}, StageTLS, problem.Safety, "", ""},
		{"JSON, then NO", script{"RESPONSE": "+ " + challenge, "REASON": refused}, StageAuth, problem.Mail, "imap-authenticate-failed", `{"status":"400"}`},
		{"NO", script{"RESPONSE": refused}, StageAuth, problem.Mail, "imap-authenticate-failed", ""},
		{"for a while", script{"RESPONSE": "{tag} NO [UNAVAILABLE] Temporary authentication failure."}, StageAuth, problem.Temporary, "imap-busy", "Temporary authentication failure"},
		{"welcome without a sign-in", script{"AUTHENTICATE": "{tag} OK welcome"}, StageAuth, problem.Temporary, "", "success before authentication"},
		{"challenge that is not base64", script{"RESPONSE": "+ %%%"}, StageAuth, problem.Temporary, "", ""},
		{"NO at once", script{"AUTHENTICATE": refused}, StageAuth, problem.Mail, "imap-authenticate-failed", ""},
		{"cut", script{"AUTHENTICATE": hangUp}, StageAuth, problem.Temporary, "", ""},
		{"escapes", script{"AUTHENTICATE": "{tag} NO \x1b[2J end"}, StageAuth, problem.Mail, "imap-authenticate-failed", "<1B>[2J"},
		{"literal of 4 GiB", script{"EXAMINE": "* LIST () \"/\" {4294967295}\r\n" + flood + "x"}, StageSend, problem.Temporary, "", ""},
		{"literal in a flag", script{"AUTHENTICATE": "* CAPABILITY {4294967295}\r\n" + flood + "x"}, StageAuth, problem.Temporary, "", ""},
		{"endless untagged", script{"EXAMINE": flood + "* 1 EXISTS\r\n"}, StageSend, problem.Temporary, "", errTooMuch.Error()},
		{"one line of 300 MB", script{"EXAMINE": "* OK " + flood + "x"}, StageSend, problem.Temporary, "", errTooMuch.Error()},
		{"a challenge out of turn", script{"EXAMINE": "+ go on"}, StageSend, problem.Temporary, "", ""},
		{"wrong tag", script{"EXAMINE": "Z9 OK done"}, StageSend, problem.Temporary, "", ""},
		{"no IMAP", script{"EXAMINE": "\xff\xfe\x00"}, StageSend, problem.Temporary, "", ""},
		{"not connected", script{"EXAMINE": "{tag} BAD User is authenticated but not connected."}, StageSend, problem.Mail, "imap-not-connected", ""},
		{"no such mailbox", script{"EXAMINE": "{tag} NO Mailbox does not exist"}, StageSend, problem.Mail, "", "Mailbox does not exist"},
	}
}

func TestIMAPConversationsEndInTheRightStageAndFault(t *testing.T) {
	t.Parallel()
	for _, tc := range imapCases() {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			server := startScripted(t, true, tc.words)
			stage, err := server.mailbox().IMAP(context.Background())
			tc.judge(t, server, stage, err)
		})
	}
	if n := len(smtpCases()) + len(imapCases()); n < 40 {
		t.Errorf("%d cases", n)
	}
}

// A connection ends with its timeout, as a temporary error, whatever the server sends
// or omits at any point. The reply to CAPABILITY makes go-imap loop.
func TestMailConversationEndsInTime(t *testing.T) {
	t.Parallel()
	endless := map[string]script{
		"smtp challenges": {"AUTH": "334 ", "RESPONSE": "334 e30="},
		"imap challenges": {"RESPONSE": "+ e30=", "REASON": "+ e30="},
		"imap circles":    {"greeting": "* OK [CAPABILITY IMAP4rev1 ( SASL-IR] x", "starttls": "* CAPABILITY (\r\n{tag} OK x", "AUTHENTICATE": "* CAPABILITY (\r\n+ ", "RESPONSE": "* CAPABILITY IMAP4rev1  ("},
		"imap data":       {"EXAMINE": "* 1 FETCH ((((((("},
	}
	for verb := range honestSMTP {
		if verb != "BARE" && verb != "RESPONSE" && verb != "QUIT" {
			endless["smtp silent at "+verb], endless["smtp dripping at "+verb] = script{verb: silence}, script{verb: drip}
		}
	}
	for _, verb := range []string{"greeting", "starttls", "AUTHENTICATE", "RESPONSE", "EXAMINE", "UID"} {
		endless["imap silent at "+verb], endless["imap dripping at "+verb] = script{verb: silence}, script{verb: drip}
	}
	var all sync.WaitGroup // in parallel, because they only wait
	for name, words := range endless {
		server, imap := startScripted(t, strings.HasPrefix(name, "imap"), words), strings.HasPrefix(name, "imap")
		all.Go(func() {
			ended := make(chan error, 1)
			go func() { ended <- server.attempt(context.Background(), imap, time.Second) }()
			select {
			case err := <-ended:
				p, is := Problem(err, server.address)
				var unsure *unconfirmedError
				if !is || p.Exit != problem.Temporary || !errors.As(err, &unsure) && !strings.Contains(p.What.In(i18n.English), "in time") {
					t.Errorf("%s: %v, %v", name, err, p)
				}
			case <-time.After(25 * time.Second):
				t.Errorf("%s: the call did not return", name)
			}
		})
	}
	all.Wait()
}

// attempt does as much as possible: it sends a message, or searches for one.
func (v *scripted) attempt(ctx context.Context, imap bool, limit time.Duration) error {
	m := v.mailbox()
	m.Timeout = limit
	if imap {
		_, err := m.Arrived(ctx, "x@client.fr")
		return err
	}
	_, err := m.SMTP(ctx, &Message{From: "compta@client.fr", To: "anna@client.fr", Subject: "x", Body: "y"})
	return err
}

// A message has arrived if the server's search returns one.
func TestIMAPArrived(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		answer string
		found  bool
		exit   problem.Exit
	}{
		{"* 3 EXISTS\r\n* SEARCH 4\r\n{tag} OK done", true, problem.OK},
		{"* SEARCH\r\n{tag} OK done", false, problem.OK},
		{"{tag} OK done", false, problem.OK},
		{"* SEARCH 4\r\n{tag} NO done", false, problem.Mail},
	} {
		server := startScripted(t, true, script{"UID": tc.answer})
		found, err := server.mailbox().Arrived(context.Background(), "<a\"b@client.fr>")
		if found != tc.found || exitOf(err, server.address) != tc.exit {
			t.Errorf("%q: %v, %v", tc.answer, found, err)
		}
		if _, secure, _ := server.heard(); !slices.Contains(secure, `a4 UID SEARCH HEADER Message-ID "a\"b@client.fr"`) {
			t.Errorf("%q", secure)
		}
	}
}

// The error names the message, which may have been sent and is not sent again. A
// connection lost after the reply 250 is not an error.
func TestConnectionLostAfterTheFinalDotLeavesTheMessageUnconfirmed(t *testing.T) {
	t.Parallel()
	server := startScripted(t, false, script{".": hangUp})
	msg := &Message{From: "compta@client.fr", To: "anna@client.fr", Subject: "x", Body: "y"}
	stage, err := server.mailbox().SMTP(context.Background(), msg)
	var unsure *unconfirmedError
	if stage != StageSend || !errors.As(err, &unsure) || msg.ID == "" || unsure.MessageID != msg.ID {
		t.Fatalf("stage %d: %v", stage, err)
	}
	p, is := Problem(err, server.address)
	if !is || p.Exit != problem.Temporary || !strings.Contains(p.What.In(i18n.English), strings.Trim(msg.ID, "<>")) || !strings.Contains(p.What.In(i18n.English), "may have been sent") {
		t.Errorf("%v", p)
	}
	if _, _, data := server.heard(); server.conns.Load() != 1 || strings.Count(data, "Message-ID") != 1 {
		t.Errorf("%d connections, %q", server.conns.Load(), data)
	}
	for _, end := range []string{hangUp, "500 5.5.1 what", "\xff"} {
		if stage, err := startScripted(t, false, script{"QUIT": end}).mailbox().SMTP(context.Background(), msg); stage != StageDone || err != nil {
			t.Errorf("QUIT answered by %q: stage %d, %v", end, stage, err)
		}
	}
}

// commands returns the commands received, in order.
func commands(lines []string) (verbs []string) {
	for _, line := range lines {
		verb, _, _ := strings.Cut(line, " ")
		verbs = append(verbs, verb)
	}
	return verbs
}

// The extensions announced under TLS count. A short sign-in text is sent with AUTH, a
// long one after the challenge, and a server may request either differently.
func TestSignInTextAndChallengesOverSMTPAndIMAP(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("t0ken.", 8<<10/6)
	for _, tc := range []struct {
		name, token string
		words       script
		verbs       string // under TLS
	}{
		{"more before TLS", "short", script{"ehlo": "250-x\r\n250-AUTH PLAIN\r\n250 STARTTLS"}, "EHLO AUTH QUIT"},
		{"at once", "short", nil, "EHLO AUTH QUIT"},
		{"after the challenge", long[:400], nil, "EHLO AUTH {text} QUIT"},
		{"8 KiB after the challenge", long, nil, "EHLO AUTH {text} QUIT"},
	} {
		server := startScripted(t, false, tc.words)
		m := server.mailbox()
		m.Token = secret.New(tc.token)
		if stage, err := m.SMTP(context.Background(), nil); stage != StageDone || err != nil {
			t.Errorf("%s: stage %d, %v", tc.name, stage, err)
		}
		text := base64.StdEncoding.EncodeToString([]byte("user=compta@client.fr\x01auth=Bearer " + tc.token + "\x01\x01"))
		_, secure, _ := server.heard()
		if got := strings.Join(commands(secure), " "); got != strings.ReplaceAll(tc.verbs, "{text}", text) {
			t.Errorf("%s: %.200q", tc.name, got)
		}
		if all := strings.Join(secure, "\n"); strings.Count(all, text) != 1 {
			t.Errorf("%s: the sign-in text was sent %d times", tc.name, strings.Count(all, text))
		}
		for _, line := range secure {
			if strings.HasPrefix(line, "AUTH ") && len(line)+2 > maxCommand {
				t.Errorf("%s: a command of %d bytes", tc.name, len(line)+2)
			}
		}
	}
}

// hostileValues are addresses, names and subjects that try to inject a further field.
func hostileValues() []string {
	values := []string{"", " ", "@", "x", "a@", "@b.fr", "<>", "a@b.fr>", "<a@b.fr", "a@b.fr> SIZE=1", "a@b.fr,c@d.fr", "a@b.fr;c@d.fr", "a@b.fr c@d.fr", "é@b.fr", "аnna@b.fr", "a@b.fr\x01auth=Bearer x", "\"a b\"@c.fr", "\"a\\\"> RCPT TO:<x@y.fr>\"@c.fr", "a@[127.0.0.1]", "a@b.fr BODY=8BITMIME",
		"=?utf-8?q?x=0d=0aBcc:_evil@example.com?=", "a@b.fr\u2028", "\u202ea@b.fr", "\ufeffa@b.fr", "a@b.fr\u200b", "\xff@b.fr", strings.Repeat("a", 5000) + "@b.fr", "a@" + strings.Repeat("b", 5000), "a@b.fr (comment)", "Anna <a@b.fr>, Evil <e@example.com>", "group: a@b.fr, e@example.com;", "*", "+", "{5}"}
	for _, tail := range []string{"\r\nRCPT TO:<evil@example.com>", "\nBcc: evil@example.com", "\rBcc: evil@example.com", "\r\n.\r\nMAIL FROM:<evil@example.com>", "\r\n\r\nbody", "\x00", "\x01", "\x0b", "\x0c", "\x1b[2J", "\x7f", "\u0085", "\t"} {
		values = append(values, "a@b.fr"+tail, tail+"a@b.fr")
	}
	return values
}

// A hostile sender, recipient, subject or mailbox is rejected before the connection,
// or sent as one value: the server receives no additional command or header.
func TestHostileAddressesAndSubjectsAddNoCommandAndNoHeader(t *testing.T) {
	t.Parallel()
	if n := len(hostileValues()); n < 60 {
		t.Fatalf("%d values", n)
	}
	for _, field := range []string{"from", "to", "subject", "user"} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			for _, value := range hostileValues() {
				server := startScripted(t, false, nil)
				m, msg := server.mailbox(), &Message{From: "compta@client.fr", To: "anna@client.fr", Subject: "subject", Body: "body"}
				*map[string]*string{"from": &msg.From, "to": &msg.To, "subject": &msg.Subject, "user": &m.Address}[field] = value
				stage, err := m.SMTP(context.Background(), msg)
				_, secure, data := server.heard()
				if err != nil {
					if stage != StageConnect || server.conns.Load() != 0 {
						t.Errorf("%.80q: stage %d, %v", value, stage, err)
					}
					continue
				}
				if got := strings.Join(commands(secure), " "); got != "EHLO AUTH MAIL RCPT DATA QUIT" && (len(secure) != 7 || got != "EHLO AUTH "+secure[2]+" MAIL RCPT DATA QUIT") {
					t.Errorf("%.80q: %.300q", value, secure)
				}
				head, _, _ := strings.Cut(data, "\r\n\r\n")
				for line := range strings.SplitSeq(head, "\r\n") {
					name, _, _ := strings.Cut(line, ":")
					if !strings.HasPrefix(line, " ") && !slices.Contains([]string{"Date", "MIME-Version", "Message-ID", "Subject", "From", "To", "Content-Type", "Content-Transfer-Encoding"}, name) {
						t.Errorf("%.80q: header %.200q", value, line)
					}
				}
				if all := head + strings.Join(secure, ""); strings.ContainsFunc(all, func(r rune) bool { return r > '~' || r < ' ' && r != '\r' && r != '\n' }) {
					t.Errorf("%.80q: %.500q is not printable ASCII", value, all)
				}
			}
		})
	}
}

// A token or an address that would add a field to the sign-in text is not sent.
func TestTokenWithForbiddenCharacterIsNotSent(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"", "a\rb", "a\nb", "a\x01b", "a\x01\x01user=evil@example.com", "a b", "a\x00", "é", "a\x7f"} {
		for _, imap := range []bool{false, true} {
			server := startScripted(t, imap, nil)
			m := server.mailbox()
			m.Token = secret.New(token)
			_, err := m.SMTP(context.Background(), nil)
			if imap {
				_, err = m.IMAP(context.Background())
			}
			if exitOf(err, server.address) != problem.Temporary || server.conns.Load() != 0 || token != "" && strings.Contains(err.Error(), token) {
				t.Errorf("%q: %v, %d connections", token, err, server.conns.Load())
			}
		}
	}
}

// A domain is sent in its ASCII form, whatever the server offers, and a local part
// that is not ASCII is not sent.
func TestInternationalDomainIsSentInASCII(t *testing.T) {
	t.Parallel()
	for _, hello := range []string{"250-x\r\n250 AUTH XOAUTH2", "250-x\r\n250-SMTPUTF8\r\n250-8BITMIME\r\n250 AUTH XOAUTH2"} {
		server := startScripted(t, false, script{"EHLO": hello})
		if stage, err := server.mailbox().SMTP(context.Background(), &Message{From: "compta@société.fr", To: "anna@münchen.example", Subject: "é", Body: "é"}); err != nil {
			t.Fatalf("stage %d: %v", stage, err)
		}
		_, secure, data := server.heard()
		all := strings.Join(secure, "\n") + data
		if strings.ContainsFunc(all, func(r rune) bool { return r > '~' }) || !strings.Contains(all, "MAIL FROM:<compta@xn--socit-esab.fr>") || !strings.Contains(all, "RCPT TO:<anna@xn--mnchen-3ya.example>") {
			t.Errorf("%q", all)
		}
	}
	server := startScripted(t, false, nil)
	if _, err := server.mailbox().SMTP(context.Background(), &Message{From: "comptabilité@client.fr", To: "anna@client.fr"}); err == nil || server.conns.Load() != 0 {
		t.Errorf("%v, %d connections", err, server.conns.Load())
	}
}
