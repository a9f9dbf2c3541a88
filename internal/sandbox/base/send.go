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
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// microsofts are the names under which Exchange takes mail; a server of
// another name is nowhere.
var microsofts = []string{"smtp.office365.com", "smtp.outlook.com", "smtp-mail.outlook.com"}

// sendMails is mail.mail.send: what fails is told in the record.
func (s *Server) sendMails(ctx context.Context, t *table, ids []int) error {
	for _, id := range ids {
		mail, ok := t.rows[id]
		if !ok {
			return s.fault("MissingError", "Record does not exist or has been deleted.")
		}
		if mail["state"] != "outgoing" {
			continue
		}
		mail["state"], mail["failure_reason"] = "sent", false
		if err := s.deliver(ctx, mail); err != nil {
			mail["state"], mail["failure_reason"] = "exception", err.Error()
		}
		if mail["state"] == "sent" && mail["auto_delete"] == true {
			delete(t.rows, id)
		}
	}
	return nil
}

// serverFor is the one asked for, or the first by sequence.
func (s *Server) serverFor(mail row) (int, row) {
	servers := s.tables["ir.mail_server"]
	if id, ok := mail["mail_server_id"].(int64); ok {
		return int(id), servers.rows[int(id)]
	}
	best := 0
	for _, id := range servers.ids() {
		r := servers.rows[id]
		if r["active"] == true && (best == 0 || r["sequence"].(int64) < servers.rows[best]["sequence"].(int64)) {
			best = id
		}
	}
	return best, servers.rows[best]
}

// deliver is ir.mail_server.send_email.
func (s *Server) deliver(ctx context.Context, mail row) error {
	id, server := s.serverFor(mail)
	if server == nil {
		return s.fault("UserError", "Missing SMTP Server\nPlease define at least one SMTP server, or provide the SMTP parameters explicitly.")
	}
	c, err := s.connect(ctx, id, server)
	if err != nil {
		return err
	}
	defer c.Close()
	from := text(mail["email_from"])
	envelope := from
	if domain := s.param("mail.catchall.domain"); domain != "" && s.odoo() <= 14 {
		envelope = cmp.Or(s.param("mail.bounce.alias"), "postmaster-odoo") + "@" + domain
	}
	body := fmt.Sprintf("From: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-Id: %s\r\nDate: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n%s\r\n",
		from, text(mail["email_to"]), text(mail["subject"]), text(mail["message_id"]), s.Now().UTC().Format(time.RFC1123Z), text(mail["body_html"]))
	if err := c.Mail(envelope); err != nil {
		return s.refused(server, "SMTPSenderRefused", err, ", '"+envelope+"'")
	}
	if err := c.Rcpt(text(mail["email_to"])); err != nil {
		return s.refused(server, "SMTPRecipientsRefused", err, "")
	}
	w, err := c.Data()
	if err == nil {
		_, _ = w.Write([]byte(body))
		err = w.Close()
	}
	if err != nil {
		return s.refused(server, "SMTPDataError", err, "")
	}
	return c.Quit()
}

// connect signs in as microsoft_outlook does: the reply to AUTH is not looked at.
func (s *Server) connect(ctx context.Context, id int, server row) (*smtp.Client, error) {
	if !slices.Contains(microsofts, text(server["smtp_host"])) || server["smtp_port"] != int64(587) {
		return nil, s.fault("UserError", "[Errno -2] Name or service not known")
	}
	var token string
	var err error
	if outlook(server) {
		if token, err = s.token(ctx, s.tables["ir.mail_server"], id); err != nil {
			return nil, err
		}
	}
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", s.cloud.SMTP)
	if err != nil {
		return nil, s.fault("UserError", "%v", err)
	}
	host, _, _ := net.SplitHostPort(s.cloud.SMTP)
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return nil, s.fault("UserError", "%v", err)
	}
	conf, err := network.TLS(s.cloud.CA, s.Now)
	if err != nil {
		return nil, err
	}
	conf.ServerName = host
	if server["smtp_encryption"] == "starttls" {
		if err := c.StartTLS(conf); err != nil {
			return nil, s.fault("UserError", "%v", err)
		}
	}
	if token != "" {
		text := "user=" + text(server["smtp_user"]) + "\x01auth=Bearer " + token + "\x01\x01"
		_ = c.Text.PrintfLine("AUTH XOAUTH2 %s", base64.StdEncoding.EncodeToString([]byte(text)))
		_, _, _ = c.Text.ReadResponse(0)
	}
	return c, nil
}

// refused is a reply as smtplib's exceptions show it, inside Odoo's own.
func (s *Server) refused(server row, class string, err error, more string) error {
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		return s.fault("UserError", "%v", err)
	}
	b := "b"
	if s.odoo() < 11 {
		b = "" // Python 2
	}
	return &raised{"odoo.addons.base.models.ir_mail_server.MailDeliveryException",
		fmt.Sprintf("Mail delivery failed via SMTP server '%s'.\n%s: %d\n(%d, %s'%s'%s)", text(server["smtp_host"]), class, reply.Code, reply.Code, b, reply.Msg, more)}
}

// testConnection: until 13 success is an exception that says so. On 10 what is
// tested is a connection with the record's password, and it has none.
func (s *Server) testConnection(ctx context.Context, t *table, ids []int) (any, error) {
	for _, id := range ids {
		server, ok := t.rows[id]
		if !ok {
			return nil, s.fault("MissingError", "Record does not exist or has been deleted.")
		}
		c, err := s.connect(ctx, id, server)
		if err == nil {
			err = c.Mail(text(server["smtp_user"]))
			_ = c.Close()
		}
		if s.odoo() < 11 && outlook(server) {
			err = errors.New("(535, '5.7.139 Authentication unsuccessful, basic authentication is disabled.')")
		}
		if err != nil {
			return nil, s.fault("UserError", "Connection Test Failed! Here is what we got instead:\n %s", err)
		}
	}
	if s.odoo() <= 13 {
		return nil, s.fault("UserError", "Connection Test Succeeded! Everything seems properly set up!")
	}
	return map[string]any{"type": "ir.actions.client", "tag": "display_notification", "params": map[string]any{"message": "Connection Test Successful!", "type": "success"}}, nil
}

// confirmLogin is the button "Test & Confirm" of an incoming server.
func (s *Server) confirmLogin(ctx context.Context, t *table, ids []int) (any, error) {
	for _, id := range ids {
		r, ok := t.rows[id]
		if !ok {
			return nil, s.fault("MissingError", "Record does not exist or has been deleted.")
		}
		host := text(r["server"])
		if !outlook(r) || !strings.HasSuffix(host, ".office365.com") && !strings.HasSuffix(host, ".outlook.com") {
			return nil, s.fault("UserError", "Connection test failed: [Errno -2] Name or service not known")
		}
		token, err := s.token(ctx, t, id)
		if err != nil {
			return nil, err
		}
		if _, err := (exchange.Mailbox{Cloud: s.cloud, Address: text(r["user"]), Token: secret.New(token), Now: s.Now}).IMAP(ctx); err != nil {
			return nil, s.fault("UserError", "Connection test failed: %v", err)
		}
		r["state"] = "done"
	}
	return true, nil
}
