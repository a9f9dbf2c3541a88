package check

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/exchange"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
)

// mailChecks are the checks of Exchange, in the order in which they are reported.
func mailChecks() []entry {
	return []entry{
		{id: SMTPConnect, title: i18n.T("SMTP server"), after: []ID{HostNetwork}, online: true, run: smtpConnect},
		{id: SMTPTLS, title: i18n.T("Encryption"), needs: []ID{SMTPConnect}, after: []ID{HostRoots, HostClock}, online: true,
			run: smtpTLS},
		{id: SMTPAuth, title: i18n.T("SMTP sign-in"), needs: []ID{TokenRefresh, SMTPTLS}, online: true, run: smtpAuth},
		{id: SMTPSend, title: i18n.T("Test message"), needs: []ID{SMTPAuth}, online: true, run: smtpSend},
		{id: IMAPAuth, title: i18n.T("IMAP sign-in"), needs: []ID{TokenRefresh}, online: true, run: imapAuth},
		{id: MailArrival, title: i18n.T("Message delivery"), needs: []ID{SMTPSend, IMAPAuth}, online: true,
			run: mailArrival},
	}
}

const (
	maxArrival = 30 * time.Second // how long mail.arrival waits for a test message
	justIssued = 5 * time.Minute  // how long after its issue a token cannot have expired
)

// sender returns the mailbox with the access token for SMTP.
func (r *run) sender() exchange.Mailbox {
	file, _ := r.live()
	return exchange.Mailbox{Cloud: r.Cloud, Address: file.Mailbox(), User: file.Mail.User, Token: file.Mail.Access, Timeout: r.Timeout,
		Now: r.Now}
}

// inbox returns the mailbox with the access token for IMAP, of a file with one.
func (r *run) inbox() exchange.Mailbox {
	file, _ := r.live()
	m := r.sender()
	m.Token, m.User = file.Fetch.Access, file.Fetch.User
	return m
}

// signIn signs in to SMTP once for the checks of its stages. Without a token it
// goes as far as EHLO after STARTTLS. A token that has expired by Exchange's
// clock is refreshed, and tried once more.
func (r *run) signIn(ctx context.Context) (exchange.Stage, error) {
	file, live := r.live()
	if !live {
		return r.sender().CheckSMTP(ctx)
	}
	stage, err := r.sender().SMTP(ctx, nil)
	refused, is := errors.AsType[*exchange.Error](err) // 535-5.7.3 is the answer to an expired token, among others
	age := r.Now().Sub(file.Azure.RefreshIssued).Abs()
	if !is || refused.Fault().ID != "535-5.7.3" || age <= justIssued {
		return stage, err
	}
	if file, failed := r.Valid(ctx, r.Base, tokens.Due{Refused: file.Mail.Access}); failed == nil {
		r.last.Store(&file)
		return r.sender().SMTP(ctx, nil)
	}
	return stage, err
}

// stage returns the result of one stage of the SMTP sign-in.
func (r *run) stage(want exchange.Stage, good i18n.Text) Result {
	reached, err := r.smtp()
	switch {
	case err == nil || reached > want:
		return ok(good)
	case reached < want:
		return skipped(i18n.T("the connection ended earlier."))
	}
	return r.trouble(err, azure.ServerName(r.Cloud.SMTP))
}

func smtpConnect(_ context.Context, r *run) Result {
	return r.stage(exchange.StageConnect, i18n.T("%s answers.", azure.ServerName(r.Cloud.SMTP)))
}

func smtpTLS(_ context.Context, r *run) Result {
	return r.stage(exchange.StageTLS, i18n.T("encrypted connection, certificate verified."))
}

func smtpAuth(_ context.Context, r *run) Result {
	if s := r.sender(); !strings.EqualFold(s.User, s.Address) {
		return r.stage(exchange.StageAuth,
			i18n.T("Exchange accepts the token of %s with the user %s.", s.Address, s.User))
	}
	return r.stage(exchange.StageAuth, i18n.T("Exchange accepts the token of %s.", r.sender().Address))
}

// smtpSend sends one message to each address of Env.Send, one after the other:
// Exchange accepts three connections at once and thirty messages a minute.
func smtpSend(ctx context.Context, r *run) Result {
	if len(r.Send) == 0 {
		return skipped(i18n.T("requires --send."))
	}
	for _, to := range r.Send {
		msg := exchange.TestMessage(r.Lang, r.Base.URL(), r.sender().Address)
		msg.From, msg.To = cmp.Or(r.From, msg.From), to
		if _, err := r.sender().SMTP(ctx, msg); err != nil {
			res := r.trouble(err, azure.ServerName(r.Cloud.SMTP))
			res.What = i18n.T("from %s to %s: %s", msg.From, to, res.What)
			return res
		}
		r.sent[strings.ToLower(to)] = msg.ID
	}
	return ok(i18n.T("Exchange accepted the message for %s.", strings.Join(r.Send, ", ")))
}

func imapAuth(ctx context.Context, r *run) Result {
	if file, _ := r.live(); file.Fetch == nil {
		return skipped(i18n.T("incoming mail is not connected."))
	}
	if _, err := r.inbox().IMAP(ctx); err != nil {
		return r.trouble(err, azure.ServerName(r.Cloud.IMAP))
	}
	return ok(i18n.T("the inbox can be opened."))
}

// mailArrival looks for a message that was sent to the mailbox itself, the
// only inbox that the token opens.
func mailArrival(ctx context.Context, r *run) Result {
	id, sent := r.sent[strings.ToLower(r.inbox().Address)]
	if !sent {
		return skipped(i18n.T("requires --send with the mailbox's own address, and incoming mail."))
	}
	found, err := network.Poll(ctx, maxArrival, 500*time.Millisecond, 5*time.Second,
		func(ctx context.Context) (bool, error) { return r.inbox().Arrived(ctx, id) })
	switch {
	case found:
		return ok(i18n.T("the test message has arrived."))
	case err != nil:
		return r.trouble(err, azure.ServerName(r.Cloud.IMAP))
	}
	return unknown(i18n.T("the test message did not arrive within %d s; it may still arrive.",
		int(maxArrival/time.Second)))
}
