package openfire

import "context"

// ConfirmLogin presses "Test & Confirm" of an incoming server, without which
// it never fetches. Its field state is then "done".
func (c *Client) ConfirmLogin(ctx context.Context, s Server) error {
	return c.call(ctx, s.Model, "button_confirm_login", []any{[]int{s.ID()}}, nil, nil)
}

// Set changes one field of a mail server.
func (c *Client) Set(ctx context.Context, s Server, field string, value any) error {
	return c.Write(ctx, s.Model, s.ID(), map[string]any{field: value})
}

// SignInURL asks the base for the address at which a server's account signs
// in at Microsoft: the field, or where it is empty the button.
func (c *Client) SignInURL(ctx context.Context, s Server) (string, error) {
	found, err := c.SearchRead(ctx, s.Model, []string{uriField}, []any{"id", "=", s.ID()})
	if err != nil {
		return "", err
	}
	if len(found) == 1 && found[0].Text(uriField) != "" {
		return found[0].Text(uriField), nil
	}
	var action Record
	err = c.call(ctx, s.Model, "open_microsoft_outlook_uri", []any{[]int{s.ID()}}, nil, &action)
	return action.Text("url"), err
}

// TokenExpiration returns when a connected server's access token expires, in
// Unix seconds; 0 without a token. It changes with each sign-in.
func (c *Client) TokenExpiration(ctx context.Context, s Server) (int64, error) {
	found, err := c.SearchRead(ctx, s.Model, []string{ExpirationField},
		[]any{"id", "=", s.ID()}, []any{RefreshTokenField, "!=", false})
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return found[0].Int(ExpirationField), nil
}

const mailModel = "mail.mail"

// MailState is what became of a message in the base.
type MailState struct {
	State     string // "outgoing", "sent", "received", "exception", "cancel"; "deleted" when the record is gone
	Reason    string // why it could not be sent
	MessageID string
}

// SendMail makes the base send a message to the sender itself, through one
// server, and returns the message's id.
func (c *Client) SendMail(ctx context.Context, through Server, address, subject, html string) (int, error) {
	id, err := c.Create(ctx, mailModel, map[string]any{"subject": subject, "body_html": html,
		"email_from": address, "email_to": address, "mail_server_id": through.ID(), "auto_delete": false})
	if err != nil {
		return 0, err
	}
	return id, c.call(ctx, mailModel, "send", []any{[]int{id}}, nil, nil)
}

// MailState returns the state of a message that SendMail made.
func (c *Client) MailState(ctx context.Context, id int) (MailState, error) {
	found, err := c.SearchRead(ctx, mailModel, []string{"state", "failure_reason", "message_id"}, []any{"id", "=", id})
	if err != nil {
		return MailState{}, err
	}
	if len(found) == 0 {
		return MailState{State: "deleted"}, nil
	}
	r := found[0]
	return MailState{State: r.Text("state"), Reason: r.Text("failure_reason"), MessageID: r.Text("message_id")}, nil
}
