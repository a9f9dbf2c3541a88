package exchange

import (
	"bytes"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"
)

// A composed message parses to what was written, and its lines are short enough for
// every server.
func TestComposedMessageParsesBack(t *testing.T) {
	t.Parallel()
	subjects := []string{"x", "é" + strings.Repeat("x", 50), strings.Repeat("a ", 30), "Message de test", "OpenFire : test de https://mabase.openfire.fr", strings.Repeat("très long ", 40) + "!", strings.Repeat("é", 300), "?= =?", "✉ 💌", ""}
	bodies := []string{"", "x", "Bonjour,\n\nÇa marche.\n", ".\n..\n.x\n", strings.Repeat("x", 3000), "a \nb\t\n", "From x\n=41=", "1\n\n\n2"}
	for _, subject := range subjects {
		for _, body := range bodies {
			msg := Message{From: "compta@société.fr", To: "anna@client.fr", Subject: subject, Body: body}
			now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.FixedZone("CET", 3600))
			encoded, err := msg.compose(now)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.SplitSeq(string(encoded), "\r\n") {
				if len(line) > 76 || strings.ContainsFunc(line, func(r rune) bool { return r > '~' || r < ' ' && r != '\t' }) {
					t.Errorf("%q: a line of %d: %q", subject, len(line), line)
				}
			}
			read, err := mail.ReadMessage(bytes.NewReader(encoded))
			if err != nil {
				t.Fatalf("%q: %v", subject, err)
			}
			got, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject"))
			if want := strings.TrimSpace(subject); err != nil || got != want {
				t.Errorf("subject %q, want %q, %v", got, want, err)
			}
			text, err := io.ReadAll(quotedprintable.NewReader(read.Body))
			if err != nil || strings.ReplaceAll(string(text), "\r\n", "\n") != body {
				t.Errorf("body %q, want %q, %v", text, body, err)
			}
			if when, err := read.Header.Date(); err != nil || !when.Equal(now) {
				t.Errorf("date %v, %v", when, err)
			}
			if from, err := read.Header.AddressList("From"); err != nil || from[0].Address != "compta@xn--socit-esab.fr" || read.Header.Get("Message-ID") != msg.ID {
				t.Errorf("from %v, %v, ID %s", from, err, msg.ID)
			}
		}
	}
}
