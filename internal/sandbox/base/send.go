package base

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/exchange"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/base/orm"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// microsofts are the host names at which Exchange accepts mail. Servers with other
// names do not exist.
var microsofts = []string{"smtp.office365.com", "smtp.outlook.com", "smtp-mail.outlook.com"}

// french is the language of the context in which Odoo's messages are in French.
const french = "fr_FR"

// sendMails is mail.mail.send, which records failures in the message.
func (o *outlook) sendMails(ctx context.Context, t *orm.Table, ids []int, lang string) error {
	for _, id := range ids {
		mail, err := t.Row(id)
		if err != nil {
			return err
		}
		if mail["state"] != "outgoing" {
			continue
		}
		mail["state"], mail["failure_reason"] = "sent", false
		if err := o.deliver(ctx, mail, lang); err != nil {
			mail["state"], mail["failure_reason"] = "exception", err.Error()
			if lang == french {
				mail["failure_reason"] = strings.Replace(err.Error(), fetchFailed+" ",
					"Une erreur s'est produite lors de la récupération du jeton d'accès.", 1)
			}
		}
		if mail["state"] == "sent" && mail["auto_delete"] == true {
			delete(t.Rows, id)
		}
	}
	return nil
}

// deliver is ir.mail_server.send_email.
func (o *outlook) deliver(ctx context.Context, mail orm.Row, lang string) error {
	from := orm.Text(mail["email_from"])
	server, smtpFrom := o.findServer(from)
	if id, ok := mail["mail_server_id"].(int64); ok {
		server, smtpFrom = outgoing{int(id), o.Tables[openfire.MailModel].Rows[int(id)]}, from
	}
	if server.Row == nil {
		return orm.UserError("Missing SMTP Server\n" +
			"Please define at least one SMTP server, or provide the SMTP parameters explicitly.")
	}
	c, err := o.connect(ctx, server.id, server.Row)
	if err != nil {
		return err
	}
	defer c.Close()
	header, envelope := o.senders(server, from, smtpFrom)
	body := fmt.Sprintf("From: %s\r\nReply-To: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-Id: %s\r\nDate: %s\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: text/html; charset=utf-8\r\n\r\n%s\r\n",
		header, from, orm.Text(mail["email_to"]), orm.Text(mail["subject"]), orm.Text(mail["message_id"]),
		o.Now().UTC().Format(time.RFC1123Z), orm.Text(mail["body_html"]))
	if err := c.Mail(envelope); err != nil {
		return o.refused("SMTPSenderRefused", err, envelope, lang)
	}
	if err := c.Rcpt(orm.Text(mail["email_to"])); err != nil {
		return o.refused("SMTPRecipientsRefused", err, orm.Text(mail["email_to"]), lang)
	}
	w, err := c.Data()
	if err == nil {
		_, _ = w.Write([]byte(body))
		err = w.Close()
	}
	if err != nil {
		return o.refused("SMTPDataError", err, "", lang)
	}
	return c.Quit()
}

// errNoHost is Python's error for the name of a host that does not exist.
var errNoHost = errors.New("-2\nName or service not known")

// connect signs in like microsoft_outlook, which ignores the reply to AUTH.
func (o *outlook) connect(ctx context.Context, id int, server orm.Row) (*smtp.Client, error) {
	if !slices.Contains(microsofts, orm.Text(server["smtp_host"])) || server["smtp_port"] != int64(587) {
		return nil, errNoHost
	}
	var token string
	var err error
	if orm.IsOutlook(server) {
		if token, err = o.token(ctx, o.Tables[openfire.MailModel], id); err != nil {
			return nil, err
		}
	}
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", o.cloud.SMTP)
	if err != nil {
		return nil, orm.UserError("%v", err)
	}
	host, _, _ := net.SplitHostPort(o.cloud.SMTP)
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return nil, orm.UserError("%v", err)
	}
	conf, err := network.TLS(o.cloud.CA, o.Now)
	if err != nil {
		return nil, err
	}
	conf.ServerName = host
	if server["smtp_encryption"] == "starttls" {
		if err := c.StartTLS(conf); err != nil {
			return nil, orm.UserError("%v", err)
		}
	}
	if token != "" {
		text := "user=" + orm.Text(server["smtp_user"]) + "\x01auth=Bearer " + token + "\x01\x01"
		_ = c.Text.PrintfLine("AUTH XOAUTH2 %s", base64.StdEncoding.EncodeToString([]byte(text)))
		_, _, _ = c.Text.ReadResponse(0)
	}
	return c, nil
}

// refused returns an SMTP error reply as smtplib and Odoo show it. The server is None,
// because mail.mail.send passes a session. Up to 17 the arguments of the exception
// follow on lines of their own (odoo/loglevels.py).
func (o *outlook) refused(class string, err error, who, lang string) error {
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		return orm.UserError("%v", err)
	}
	text := o.bytes(reply.Msg)
	switch {
	case class == "SMTPRecipientsRefused":
		text = fmt.Sprintf("{'%s': (%d, %s)}", who, reply.Code, text)
	case o.Major < 18:
		text = strings.TrimSuffix(fmt.Sprintf("%d\n%s\n%s", reply.Code, reply.Msg, who), "\n")
	case who == "":
		text = fmt.Sprintf("(%d, %s)", reply.Code, text)
	default:
		text = fmt.Sprintf("(%d, %s, '%s')", reply.Code, text, who)
	}
	title, frame := "Mail Delivery Failed", "Mail delivery failed via SMTP server 'None'."
	if lang == french {
		word, space := "email", " "
		if o.Major >= 18 {
			word, space = "e-mail", ""
		}
		title, frame = "Échec d'envoi de l'"+word, "Échec de l'envoi de l'"+word+" via le serveur SMTP "+space+"'None'."
	}
	return orm.NewException("odoo.addons.base.models.ir_mail_server.MailDeliveryException",
		"%s\n%s\n%s: %s", title, frame, class, text)
}

// bytes returns a reply as Python prints it.
func (o *outlook) bytes(reply string) string {
	if o.Major < 11 { // Python 2
		return "'" + reply + "'"
	}
	return "b'" + strings.ReplaceAll(reply, "\n", `\n`) + "'"
}

// testConnection is the button "Test Connection". Up to Odoo 13, success is an
// exception with a message that says so (not measured). Odoo 10 tests a password
// sign-in, which fails for an Outlook server (not measured).
func (o *outlook) testConnection(ctx context.Context, t *orm.Table, ids []int) (any, error) {
	for _, id := range ids {
		server, err := t.Row(id)
		if err != nil {
			return nil, err
		}
		if o.Major < 11 && orm.IsOutlook(server) {
			err = errors.New("(535, '5.7.139 Authentication unsuccessful, basic authentication is disabled.')")
		} else {
			err = o.testServer(ctx, id, server)
		}
		if err != nil && o.Major < 16 {
			err = orm.UserError("Connection Test Failed! Here is what we got instead:\n %s", err)
		}
		if err != nil {
			return nil, err
		}
	}
	if o.Major <= 13 {
		return nil, orm.UserError("Connection Test Succeeded! Everything seems properly set up!")
	}
	params := map[string]any{"message": "Connection Test Successful!", "type": "success", "sticky": false}
	if o.Major >= 18 {
		params["next"] = map[string]any{"type": "ir.actions.act_window_close"}
	}
	return map[string]any{"type": "ir.actions.client", "tag": "display_notification", "params": params}, nil
}

// testServer begins a message without sending it.
func (o *outlook) testServer(ctx context.Context, id int, server orm.Row) error {
	c, err := o.connect(ctx, id, server)
	if errors.Is(err, errNoHost) {
		return orm.UserError("No response received. Check server address and port number.\n %s", err)
	}
	if err != nil {
		return err
	}
	defer c.Close()
	const recipient = "noreply@odoo.com"
	sender := cmp.Or(orm.Text(server["from_filter"]), orm.Text(server["smtp_user"]))
	for _, step := range []struct {
		do   func() error
		what string
	}{
		{func() error { return c.Mail(sender) }, "sender address (" + sender + ")"},
		{func() error { return c.Rcpt(recipient) }, "test recipient (" + recipient + ")"},
		{func() error { _, err := c.Data(); return err }, "test connection"},
	} {
		if reply, refused := errors.AsType[*textproto.Error](step.do()); refused {
			return orm.UserError("The server refused the %s with error %s", step.what, o.bytes(reply.Msg))
		}
	}
	return nil
}

// fetchMail is fetch_mail, which logs errors, except in Odoo 18. It fetches nothing.
func (o *outlook) fetchMail(ctx context.Context, t *orm.Table, ids []int) (any, error) {
	for _, id := range ids {
		if _, err := o.token(ctx, t, id); err != nil && o.Major == 18 {
			return nil, orm.Raise("ValidationError",
				"Couldn't get your emails. Check out the error message below for more info:\n%v", err)
		}
	}
	if o.Major >= 19 {
		return nil, nil
	}
	return true, nil
}

// confirmLogin is the button "Test & Confirm" of an incoming server.
func (o *outlook) confirmLogin(ctx context.Context, t *orm.Table, ids []int) (any, error) {
	for _, id := range ids {
		r, err := t.Row(id)
		if err != nil {
			return nil, err
		}
		host := orm.Text(r["server"])
		if !orm.IsOutlook(r) || !strings.HasSuffix(host, ".office365.com") && !strings.HasSuffix(host, ".outlook.com") {
			return nil, orm.UserError("Connection test failed: [Errno -2] Name or service not known")
		}
		token, err := o.token(ctx, t, id)
		if err != nil {
			return nil, orm.UserError("Connection test failed: %v", err)
		}
		box := exchange.Mailbox{Cloud: o.cloud, Address: orm.Text(r["user"]), Token: secret.New(token), Now: o.Now}
		if _, err := box.IMAP(ctx); err != nil {
			return nil, orm.UserError("Connection test failed: %v", err)
		}
		r["state"] = "done"
	}
	return true, nil
}
