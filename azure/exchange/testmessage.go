package exchange

import "github.com/openfire-fr/openfire-o365/internal/i18n"

// TestMessage returns a message from the mailbox that proves that the base, by
// its URL, can send.
func TestMessage(lang i18n.Lang, base, mailbox string) *Message {
	subject := i18n.T("OpenFire: test message")
	body := i18n.T("Hello,\n\nThis message proves that the base %s sends its mail through Microsoft 365 with the mailbox %s.\nThere is nothing for you to do.\n\nopenfire-o365\n",
		base, mailbox)
	return &Message{From: mailbox, Subject: subject.In(lang), Body: body.In(lang)}
}
