package exchange

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// IMAP signs in with XOAUTH2 and opens the inbox. It returns the stage that
// failed, or StageDone. A refusal is an *Error.
func (m Mailbox) IMAP(ctx context.Context) (Stage, error) {
	return m.imap(ctx, func(*imapConn) error { return nil })
}

// Arrived reports whether a message is in the inbox, by its Message-ID.
func (m Mailbox) Arrived(ctx context.Context, messageID string) (found bool, err error) {
	_, err = m.imap(ctx, func(d *imapConn) error {
		found, err = d.search(strings.Trim(messageID, "<>"))
		return err
	})
	return found, err
}

// imap opens the inbox and calls work.
func (m Mailbox) imap(ctx context.Context, work func(*imapConn) error) (Stage, error) {
	if err := m.validate(); err != nil {
		return StageConnect, err
	}
	conn, conf, reached, stop, err := m.dial(ctx, m.Cloud.IMAP)
	if err != nil {
		return reached, contextError(ctx, err)
	}
	defer stop()
	d := &imapConn{conn: conn}
	for _, step := range []struct {
		stage Stage
		do    func() error
	}{
		{StageConnect, d.readGreeting},
		{StageTLS, func() error { return d.startTLS(ctx, reached, conf) }},
		{StageAuth, func() error { return d.authenticate(&xoauth2{address: m.user(), token: m.Token}) }},
		{StageSend, func() error { return d.command("EXAMINE INBOX", nil) }},
		{StageSend, func() error { return work(d) }},
	} {
		d.stage = step.stage
		if err := step.do(); err != nil {
			return step.stage, contextError(ctx, err)
		}
	}
	_ = d.command("LOGOUT", nil)
	return StageDone, nil
}

// imapConn sends IMAP commands (RFC 9051) one at a time and reads their answers
// line by line, within the deadline of its connection.
type imapConn struct {
	conn  *limitedConn
	stage Stage
	tags  int
}

func (d *imapConn) writeLine(text string) error {
	_, err := io.WriteString(d.conn, text+"\r\n")
	return err
}

// readReply reads a line byte by byte, so that it does not consume the TLS handshake
// that may follow. It returns "*", "+" or the tag at its beginning, the first word of
// the rest in capitals, and the rest. The replies to the commands used here contain no
// literals.
func (d *imapConn) readReply() (mark, word, rest string, err error) {
	var line []byte
	for b := make([]byte, 1); len(line) == 0 || line[len(line)-1] != '\n'; {
		if _, err := io.ReadFull(d.conn, b); err != nil {
			return "", "", "", err
		}
		line = append(line, b[0])
	}
	mark, rest, _ = strings.Cut(strings.TrimRight(string(line), "\r\n"), " ")
	word, _, _ = strings.Cut(rest, " ")
	return mark, strings.ToUpper(word), rest, nil
}

// command sends a command and reads up to its tagged response; one that is not OK is
// an error. It passes untagged data ("*") and continuation requests ("+") to heard,
// unless that is nil.
func (d *imapConn) command(text string, heard func(mark, text string) error) error {
	d.tags++
	tag := "a" + strconv.Itoa(d.tags)
	if err := d.writeLine(tag + " " + text); err != nil {
		return err
	}
	for {
		mark, word, rest, err := d.readReply()
		switch {
		case err != nil:
			return err
		case mark == tag, mark == "*" && word == "BYE":
			return d.verdict(rest)
		case mark != "*" && (mark != "+" || heard == nil):
			return protocolError(mark + " " + rest)
		case heard != nil:
			if err := heard(mark, rest); err != nil {
				return err
			}
		}
	}
}

// verdict returns nil for OK, an *Error for NO, BAD and BYE (RFC 9051 section 7.1),
// else errGarbled.
func (d *imapConn) verdict(answer string) error {
	word, text, _ := strings.Cut(answer, " ")
	e := &Error{Where: faults.FromIMAP, Stage: d.stage, Verdict: strings.ToUpper(word), Text: sanitize.Line(text)}
	if code, words, found := strings.Cut(text, "]"); found && strings.HasPrefix(code, "[") {
		code, _, _ = strings.Cut(code[1:], " ")
		e.Response, e.Text = strings.ToUpper(code), sanitize.Line(strings.TrimSpace(words))
	}
	switch e.Verdict {
	case "OK":
		return nil
	case "NO", "BAD", "BYE":
		return e
	}
	return protocolError(answer)
}

func protocolError(line string) error {
	return fmt.Errorf("%w: %s", errGarbled, cmp.Or(sanitize.Line(line), "an empty line"))
}

// readGreeting reads the greeting. PREAUTH is an error: the connection is already
// authenticated, as an unknown user.
func (d *imapConn) readGreeting() error {
	mark, word, rest, err := d.readReply()
	switch {
	case err != nil:
		return err
	case mark == "*" && word == "PREAUTH":
		return errInjected
	case mark == "*" && (word == "BYE" || word == "OK"):
		return d.verdict(rest)
	}
	return protocolError(mark + " " + rest)
}

// startTLS encrypts a connection that is not encrypted yet (RFC 9051 section
// 6.2.1). Every answer but OK, even a temporary refusal, counts as errNoSTARTTLS,
// because an attacker can send it as well. Text injected after OK makes the handshake
// fail.
func (d *imapConn) startTLS(ctx context.Context, reached Stage, conf *tls.Config) error {
	if reached != StageConnect {
		return nil
	}
	err := d.command("STARTTLS", nil)
	if _, refused := errors.AsType[*Error](err); refused || errors.Is(err, errGarbled) {
		return fmt.Errorf("%w: %s", errNoSTARTTLS, sanitize.Line(err.Error()))
	}
	if err != nil {
		return err
	}
	secure := tls.Client(d.conn, conf)
	d.conn = &limitedConn{Conn: secure}
	return secure.HandshakeContext(ctx)
}

// authenticate signs in. Like Odoo's Python, it sends the token after the server's
// continuation request. OK before that is a protocol error.
func (d *imapConn) authenticate(auth *xoauth2) error {
	err := d.command("AUTHENTICATE XOAUTH2", func(mark, text string) error {
		if mark != "+" {
			return nil
		}
		challenge, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
		if err != nil {
			return protocolError(text)
		}
		response, _ := auth.Next(challenge, true)
		return d.writeLine(base64.StdEncoding.EncodeToString(response))
	})
	if err == nil {
		_, err = auth.Next(nil, false)
	}
	return auth.explain(err)
}

// search reports whether the open mailbox has a message with a Message-ID.
func (d *imapConn) search(id string) (found bool, err error) {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(id)
	err = d.command(`UID SEARCH HEADER Message-ID "`+quoted+`"`, func(_, text string) error {
		words := strings.Fields(text)
		found = found || len(words) > 1 && strings.EqualFold(words[0], "SEARCH")
		return nil
	})
	return found && err == nil, err
}
