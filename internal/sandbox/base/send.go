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

// sendMails is mail.mail.send, which records failures in the message.
func (o *outlook) sendMails(ctx context.Context, t *orm.Table, ids []int) error {
	for _, id := range ids {
		mail, err := t.Row(id)
		if err != nil {
			return err
		}
		if mail["state"] != "outgoing" {
			continue
		}
		mail["state"], mail["failure_reason"] = "sent", false
		if err := o.deliver(ctx, mail); err != nil {
			mail["state"], mail["failure_reason"] = "exception", err.Error()
		}
		if mail["state"] == "sent" && mail["auto_delete"] == true {
			delete(t.Rows, id)
		}
	}
	return nil
}

// serverFor returns the requested server, or the first one by sequence.
func (o *outlook) serverFor(mail orm.Row) (int, orm.Row) {
	servers := o.Tables[openfire.MailModel]
	if id, ok := mail["mail_server_id"].(int64); ok {
		return int(id), servers.Rows[int(id)]
	}
	best := 0
	for _, id := range servers.IDs() {
		r := servers.Rows[id]
		if r["active"] == true && (best == 0 || r["sequence"].(int64) < servers.Rows[best]["sequence"].(int64)) {
			best = id
		}
	}
	return best, servers.Rows[best]
}

// deliver is ir.mail_server.send_email.
func (o *outlook) deliver(ctx context.Context, mail orm.Row) error {
	id, server := o.serverFor(mail)
	if server == nil {
		return orm.UserError("Missing SMTP Server\n" +
			"Please define at least one SMTP server, or provide the SMTP parameters explicitly.")
	}
	c, err := o.connect(ctx, id, server)
	if err != nil {
		return err
	}
	defer c.Close()
	from := orm.Text(mail["email_from"])
	envelope := from
	if domain := o.Param("mail.catchall.domain"); domain != "" && !o.Supports(openfire.WriterEnvelope) {
		envelope = cmp.Or(o.Param("mail.bounce.alias"), "postmaster-odoo") + "@" + domain
	}
	body := fmt.Sprintf("From: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-Id: %s\r\nDate: %s\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: text/html; charset=utf-8\r\n\r\n%s\r\n",
		from, orm.Text(mail["email_to"]), orm.Text(mail["subject"]), orm.Text(mail["message_id"]),
		o.Now().UTC().Format(time.RFC1123Z), orm.Text(mail["body_html"]))
	if err := c.Mail(envelope); err != nil {
		return o.refused(server, "SMTPSenderRefused", err, ", '"+envelope+"'")
	}
	if err := c.Rcpt(orm.Text(mail["email_to"])); err != nil {
		return o.refused(server, "SMTPRecipientsRefused", err, "")
	}
	w, err := c.Data()
	if err == nil {
		_, _ = w.Write([]byte(body))
		err = w.Close()
	}
	if err != nil {
		return o.refused(server, "SMTPDataError", err, "")
	}
	return c.Quit()
}

// connect signs in like microsoft_outlook, which ignores the reply to AUTH.
func (o *outlook) connect(ctx context.Context, id int, server orm.Row) (*smtp.Client, error) {
	if !slices.Contains(microsofts, orm.Text(server["smtp_host"])) || server["smtp_port"] != int64(587) {
		return nil, orm.UserError("[Errno -2] Name or service not known")
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

// refused returns an SMTP error reply as smtplib and Odoo show it.
func (o *outlook) refused(server orm.Row, class string, err error, more string) error {
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		return orm.UserError("%v", err)
	}
	b := "b"
	if o.Major < 11 {
		b = "" // Python 2
	}
	return orm.NewException("odoo.addons.base.models.ir_mail_server.MailDeliveryException",
		"Mail delivery failed via SMTP server '%s'.\n%s: %d\n(%d, %s'%s'%s)",
		orm.Text(server["smtp_host"]), class, reply.Code, reply.Code, b, reply.Msg, more)
}

// testConnection is the button "Test Connection". Up to Odoo 13, success is an
// exception with a message that says so. Odoo 10 tests a password sign-in, which
// fails for an Outlook server.
func (o *outlook) testConnection(ctx context.Context, t *orm.Table, ids []int) (any, error) {
	for _, id := range ids {
		server, err := t.Row(id)
		if err != nil {
			return nil, err
		}
		c, err := o.connect(ctx, id, server)
		if err == nil {
			err = c.Mail(orm.Text(server["smtp_user"]))
			_ = c.Close()
		}
		if o.Major < 11 && orm.IsOutlook(server) {
			err = errors.New("(535, '5.7.139 Authentication unsuccessful, basic authentication is disabled.')")
		}
		if err != nil {
			return nil, orm.UserError("Connection Test Failed! Here is what we got instead:\n %s", err)
		}
	}
	if o.Major <= 13 {
		return nil, orm.UserError("Connection Test Succeeded! Everything seems properly set up!")
	}
	return map[string]any{"type": "ir.actions.client", "tag": "display_notification",
		"params": map[string]any{"message": "Connection Test Successful!", "type": "success"}}, nil
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
			return nil, err
		}
		box := exchange.Mailbox{Cloud: o.cloud, Address: orm.Text(r["user"]), Token: secret.New(token), Now: o.Now}
		if _, err := box.IMAP(ctx); err != nil {
			return nil, orm.UserError("Connection test failed: %v", err)
		}
		r["state"] = "done"
	}
	return true, nil
}
