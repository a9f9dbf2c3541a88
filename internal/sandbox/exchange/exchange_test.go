package exchange

import (
	"strings"
	"testing"
)

const message = "Subject: hello\r\nFrom: compta@client.fr\r\n\r\nHello,\r\n\r\nworld\r\n"

func TestFetchAnswersEachItemUnderItsOwnName(t *testing.T) {
	header, text, _ := strings.Cut(message, "\r\n\r\n")
	header += "\r\n\r\n"
	for item, want := range map[string]string{
		"UID": "UID 7", "FLAGS": "FLAGS ()", "RFC822.SIZE": "RFC822.SIZE 59",
		"RFC822": "RFC822 {59}\r\n" + message, "RFC822.HEADER": "RFC822.HEADER {42}\r\n" + header,
		"BODY[]": "BODY[] {59}\r\n" + message, "BODY.PEEK[]": "BODY[] {59}\r\n" + message,
		"BODY[HEADER]": "BODY[HEADER] {42}\r\n" + header, "BODY.PEEK[TEXT]": "BODY[TEXT] {17}\r\n" + text,
		"ENVELOPE": "", "BODY[1.2]": "",
	} {
		if got := part(item, 7, []byte(message)); got != want {
			t.Errorf("%s: %q, want %q", item, got, want)
		}
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
