package exchange

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// imapServer serves one IMAP connection: it sends the greeting and the answer to
// STARTTLS without TLS, then rejects the sign-in under TLS as Dovecot does. It
// returns the lines received.
func imapServer(t *testing.T, greeting, answer string) (azure.Cloud, <-chan string) {
	t.Helper()
	web := httptest.NewUnstartedServer(nil) // for its certificate of 127.0.0.1
	web.StartTLS()
	web.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	lines := make(chan string, 20)
	go func() {
		defer close(lines)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprintf(conn, "%s\r\n", greeting)
		line, _ := bufio.NewReader(conn).ReadString('\n')
		lines <- strings.TrimSpace(line)
		fmt.Fprintf(conn, "%s\r\n", answer)
		secure := tls.Server(conn, web.TLS)
		for in := bufio.NewScanner(secure); in.Scan(); {
			lines <- in.Text()
			tag, command, _ := strings.Cut(in.Text(), " ")
			switch {
			case command == "AUTHENTICATE XOAUTH2":
				fmt.Fprintf(secure, "+ \r\n")
				in.Scan()
				fmt.Fprintf(secure, "+ eyJzdGF0dXMiOiI0MDEifQ==\r\n")
				if in.Scan() && in.Text() == "" {
					fmt.Fprintf(secure, "%s NO [AUTHENTICATIONFAILED] Authentication failed.\r\n", tag)
				} else {
					fmt.Fprintf(secure, "%s BAD Invalid base64 data in continued response\r\n", tag)
				}
			}
		}
	}()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw})
	return azure.Cloud{IMAP: l.Addr().String(), CA: ca}, lines
}

// The client signs in only after a correct answer to STARTTLS, under TLS, and a
// refusal keeps the server's words.
func TestIMAPRequiresSTARTTLS(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		greeting, answer string
		want             error // nil: a refused sign-in; at the greeting or at STARTTLS otherwise
	}{
		"honest":    {"* OK ready", "a1 OK begin", nil},
		"untagged":  {"* OK ready", "* OK wait\r\na1 OK begin", nil},
		"refused":   {"* OK ready", "a1 NO not here", errNoSTARTTLS},
		"bad":       {"* OK ready", "a1 BAD what", errNoSTARTTLS},
		"other tag": {"* OK ready", "b OK begin", errNoSTARTTLS},
		"preauth":   {"* PREAUTH you are in", "a1 OK begin", errInjected},
		"no imap":   {"220 mail.example.com ESMTP", "a1 OK begin", errGarbled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cloud, lines := imapServer(t, tc.greeting, tc.answer)
			stage, err := Mailbox{Cloud: cloud, Address: "compta@client.fr", Token: secret.New("token"), Timeout: 10 * time.Second, Now: time.Now}.IMAP(context.Background())
			var refused *Error
			switch {
			case tc.want != nil && (stage > StageTLS || !errors.Is(err, tc.want)):
				t.Errorf("stage %d: %v", stage, err)
			case tc.want == nil && (stage != StageAuth || !errors.As(err, &refused) || refused.Text != `Authentication failed. {"status":"401"}`):
				t.Errorf("stage %d: %v", stage, err)
			}
			if clear := <-lines; clear != "a1 STARTTLS" && clear != "" {
				t.Errorf("in the clear: %q", clear)
			}
		})
	}
}

// Text injected after the answer to STARTTLS is read as a TLS record, and the
// handshake fails (CVE-2011-0411).
func TestIMAPRejectsTextInjectedAfterSTARTTLS(t *testing.T) {
	t.Parallel()
	cloud, _ := imapServer(t, "* OK ready", "a1 OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN")
	stage, err := Mailbox{Cloud: cloud, Address: "compta@client.fr", Token: secret.New("token"), Timeout: 10 * time.Second, Now: time.Now}.IMAP(context.Background())
	if prob, is := Problem(err, cloud.IMAP); stage != StageTLS || !is || prob.ID != "tls" {
		t.Errorf("stage %d: %v", stage, err)
	}
}

// A BYE as the greeting is a refusal, not an attack.
func TestIMAPByeAsGreetingIsARefusal(t *testing.T) {
	t.Parallel()
	cloud, _ := imapServer(t, "* BYE too many connections", "")
	_, err := Mailbox{Cloud: cloud, Address: "compta@client.fr", Token: secret.New("token"), Timeout: 10 * time.Second, Now: time.Now}.IMAP(context.Background())
	var refused *Error
	if !errors.As(err, &refused) || refused.Text != "too many connections" {
		t.Errorf("%v", err)
	}
}
