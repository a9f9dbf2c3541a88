package check

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/exchange"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// arrivalPatience is how long a test message may take into its own mailbox.
const arrivalPatience = 30 * time.Second

// mailbox is the sending mailbox with the token that is live now.
func (r *run) mailbox(incoming bool) exchange.Mailbox {
	file, _ := r.live()
	m := exchange.Mailbox{Cloud: r.Cloud, Address: file.Mailbox(), Token: file.Mail.Access, Timeout: r.Timeout, Now: r.Now}
	if incoming && file.Fetch != nil {
		m.Token = file.Fetch.Access
	}
	return m
}

// converse signs in to SMTP once for the checks that look at its stages;
// without a live token it goes as far as one can go without. A token that has
// ended by Exchange's clock is renewed, and tried once more.
func (r *run) converse(ctx context.Context) (exchange.Stage, error) {
	file, live := r.live()
	if !live {
		return r.mailbox(false).SMTPHello(ctx)
	}
	stage, err := r.mailbox(false).SMTP(ctx, nil)
	if r.Renew == nil || !r.mayHaveEnded(file, err) {
		return stage, err
	}
	if file, failed := r.Renew(ctx, file); failed == nil {
		r.renewed.Store(&file)
		return r.mailbox(false).SMTP(ctx, nil)
	}
	return stage, err
}

// justRenewed is how long after its issue a token's refusal is not its age's,
// and how often at most a refusal makes a run ask for another.
const justRenewed = 5 * time.Minute

// mayHaveEnded reports the refusal that an ended token gets, among others.
func (r *run) mayHaveEnded(file tokenfile.File, err error) bool {
	var refused *exchange.Error
	return errors.As(err, &refused) && refused.Fault().ID == "535-5.7.3" && r.Now().Sub(file.Azure.RefreshIssued).Abs() > justRenewed
}

// stage is the result of one stage of the SMTP conversation.
func (r *run) stage(want exchange.Stage, good i18n.Text) Result {
	reached, err := r.smtp()
	switch {
	case err == nil || reached > want:
		return ok(good)
	case reached < want:
		return skipped(i18n.T("not checked: the conversation ended before."))
	}
	return r.trouble(err, r.Cloud.SMTP)
}

func smtpConnect(_ context.Context, r *run) Result {
	return r.stage(exchange.StageConnect, i18n.T("%s answers.", r.Cloud.SMTP))
}

func smtpTLS(_ context.Context, r *run) Result {
	return r.stage(exchange.StageTLS, i18n.T("encrypted connection, certificate verified."))
}

func smtpAuth(_ context.Context, r *run) Result {
	return r.stage(exchange.StageAuth, i18n.T("Exchange accepts the token of %s.", r.mailbox(false).Address))
}

// smtpSend sends one message to each address asked for, one after the other:
// Exchange takes three at once and thirty a minute.
func smtpSend(ctx context.Context, r *run) Result {
	if len(r.Send) == 0 {
		return skipped(i18n.T("not asked for (--send)."))
	}
	for _, to := range r.Send {
		msg := r.message(to)
		if _, err := r.mailbox(false).SMTP(ctx, msg); err != nil {
			res := r.trouble(err, r.Cloud.SMTP)
			res.What = i18n.T("from %s to %s: %s", msg.From, to, res.What)
			return res
		}
		r.sent[strings.ToLower(to)] = msg.ID
	}
	return ok(i18n.T("message accepted for %s.", strings.Join(r.Send, ", ")))
}

// message is the test message, in the language of whoever runs the check.
func (r *run) message(to string) *exchange.Message {
	mailbox := r.mailbox(false).Address
	from := cmp.Or(r.From, mailbox)
	subject := i18n.T("OpenFire: test message")
	body := i18n.T("Hello,\n\nThis message proves that the base %s sends its mail through Microsoft 365 with the mailbox %s.\nThere is nothing for you to do.\n\nopenfire-o365\n")
	return &exchange.Message{From: from, To: to, Subject: subject.In(r.Lang), Body: body.With(r.Base.URL(), mailbox).In(r.Lang)}
}

func imapAuth(ctx context.Context, r *run) Result {
	if file, _ := r.live(); file.Fetch == nil {
		return skipped(i18n.T("incoming mail is not connected."))
	}
	if _, err := r.mailbox(true).IMAP(ctx); err != nil {
		return r.trouble(err, r.Cloud.IMAP)
	}
	return ok(i18n.T("the inbox opens."))
}

// mailArrival looks for a message that was sent to the mailbox itself, the
// only inbox there is a token for.
func mailArrival(ctx context.Context, r *run) Result {
	id, sent := r.sent[strings.ToLower(r.mailbox(true).Address)]
	if !sent {
		return skipped(i18n.T("nothing to look for: it takes a message sent to the mailbox itself, and incoming mail connected."))
	}
	ctx, cancel := context.WithTimeout(ctx, arrivalPatience)
	defer cancel()
	for wait := 500 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		found, err := r.mailbox(true).Arrived(ctx, id)
		switch {
		case found:
			return ok(i18n.T("the test message has arrived."))
		case err != nil && !errors.Is(err, context.DeadlineExceeded):
			return r.trouble(err, r.Cloud.IMAP)
		}
		select {
		case <-ctx.Done():
			return unknown(i18n.T("the test message has not arrived within %d s; it may still come.", int(arrivalPatience/time.Second)))
		case <-time.After(wait):
		}
	}
}
