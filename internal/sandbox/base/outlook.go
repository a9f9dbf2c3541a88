package base

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// outlook reports the switch of a mail server's record.
func outlook(r row) bool {
	return r["use_microsoft_outlook_service"] == true || r["smtp_authentication"] == "outlook" || r["server_type"] == "outlook"
}

// checkOutgoing is the constraint of microsoft_outlook's ir_mail_server.py.
func (s *Server) checkOutgoing(r row) error {
	if !outlook(r) {
		return nil
	}
	name := text(r["name"])
	switch {
	case r["smtp_pass"] != false:
		return s.fault("UserError", "Please leave the password field empty for Outlook mail server '%s'. The OAuth process does not require it", name)
	case r["smtp_encryption"] != "starttls":
		return s.fault("UserError", "Incorrect Connection Security for Outlook mail server '%s'. Please set it to \"TLS (STARTTLS)\".", name)
	case r["smtp_user"] == false && s.fields() >= 14:
		return s.fault("UserError", "Please fill the \"Username\" field with your Outlook/Office365 username (your email address). This should be the same account as the one used for the Outlook OAuthentication Token.")
	}
	return nil
}

// checkIncoming is the constraint of fetchmail_outlook, microsoft_outlook since 16.
func (s *Server) checkIncoming(r row) error {
	switch {
	case outlook(r) && r["is_ssl"] != true:
		return s.fault("UserError", "SSL is required for server '%s'.", text(r["name"]))
	case outlook(r) && r["password"] != false:
		return s.fault("UserError", "Please leave the password field empty for Outlook mail server '%s'. The OAuth process does not require it", text(r["name"]))
	}
	return nil
}

// endpoint is the base URL of authorize and token; only from 14 may a
// parameter change it.
func (s *Server) endpoint() string {
	param := ""
	if s.odoo() >= 14 {
		param = s.param("microsoft_outlook.endpoint")
	}
	return s.cloud.Endpoint(param)
}

func (s *Server) redirectURI() string { return s.param("web.base.url") + openfire.ConfirmPath }

// csrf ties a sign-in to one record, as each version does.
func (s *Server) csrf(model string, id int) string {
	message := fmt.Sprintf("('microsoft_outlook_oauth', ('%s', %d))", model, id)
	if s.odoo() < 14 {
		message = fmt.Sprintf("('%s', 'microsoft_outlook_oauth', '%s', %d)", s.DB, model, id)
	}
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(message))
	return hex.EncodeToString(h.Sum(nil))
}

// address is the field microsoft_outlook_uri; false without id or secret.
func (s *Server) address(t *table, id int) any {
	client := s.param("microsoft_outlook_client_id")
	if client == "" || s.param("microsoft_outlook_client_secret") == "" {
		return false
	}
	state, _ := json.Marshal(map[string]any{"model": t.name, "id": id, "csrf_token": s.csrf(t.name, id)}) // strings and a number always encode
	return s.endpoint() + "authorize?" + url.Values{"client_id": {client}, "response_type": {"code"}, "redirect_uri": {s.redirectURI()}, "response_mode": {"query"},
		"scope": {azure.Use{Odoo: s.odoo(), Incoming: t.name == "fetchmail.server"}.RefreshScope()}, "state": {string(state)}}.Encode()
}

// openAddress is the button "Connect your Outlook account".
func (s *Server) openAddress(t *table, ids []int) (any, error) {
	if len(ids) != 1 || t.rows[ids[0]] == nil {
		return nil, s.valueError("Expected singleton: %s(%v)", t.name, ids)
	}
	address := s.address(t, ids[0])
	if address == false {
		return nil, s.fault("UserError", "Please configure your Outlook credentials.")
	}
	return map[string]any{"type": "ir.actions.act_url", "url": address}, nil
}

// confirm takes the code that Microsoft sends the browser back with
// (controllers/main.py; 19 looks at the error first).
func (s *Server) confirm(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var state struct {
		Model string `json:"model"`
		ID    int    `json:"id"`
		CSRF  string `json:"csrf_token"`
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.odoo() >= 19 && q.Get("error_description") != "" {
		s.show(w, r, q.Get("error_description"))
		return
	}
	bad := json.Unmarshal([]byte(q.Get("state")), &state) != nil
	t := s.tables[state.Model]
	switch {
	case bad, t == nil, t.rows[state.ID] == nil, !hmac.Equal([]byte(state.CSRF), []byte(s.csrf(state.Model, state.ID))):
		http.Error(w, "Forbidden", http.StatusForbidden)
		return
	case q.Get("error_description") != "":
		s.show(w, r, q.Get("error_description"))
		return
	}
	if err := s.fetch(r.Context(), t, state.ID, url.Values{"grant_type": {"authorization_code"}, "code": {q.Get("code")}}); err != nil {
		s.show(w, r, err.Error())
		return
	}
	to := fmt.Sprintf("/web#id=%d&model=%s&view_type=form", state.ID, state.Model)
	if s.odoo() >= 18 {
		to = fmt.Sprintf("/odoo/%s/%d", state.Model, state.ID)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// fetch asks for tokens and stores them. A refresh token that came with a
// renewal is stored from 14 on only.
func (s *Server) fetch(ctx context.Context, t *table, id int, form url.Values) error {
	form.Set("client_id", s.param("microsoft_outlook_client_id"))
	form.Set("client_secret", s.param("microsoft_outlook_client_secret"))
	form.Set("scope", azure.Use{Odoo: s.odoo(), Incoming: t.name == "fetchmail.server"}.RefreshScope())
	form.Set("redirect_uri", s.redirectURI())
	failed := func(why string) error {
		return s.fault("UserError", "An error occurred when fetching the access token. %s", why)
	}
	req, err := http.NewRequest(http.MethodPost, s.endpoint()+"token", strings.NewReader(form.Encode()))
	if err != nil {
		return failed("Unknown error.")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := s.HTTP.Do(ctx, req)
	var got struct {
		Access      string `json:"access_token"`
		Refresh     string `json:"refresh_token"`
		Expires     int64  `json:"expires_in"`
		Description string `json:"error_description"`
	}
	switch {
	case err != nil || json.Unmarshal(answer.Body, &got) != nil:
		return failed("Unknown error.")
	case answer.Status != http.StatusOK:
		return failed(got.Description)
	case got.Refresh == "" || got.Access == "" || got.Expires == 0:
		return &raised{"builtins.KeyError", "refresh_token"}
	}
	r := t.rows[id]
	r["microsoft_outlook_access_token"] = got.Access
	r["microsoft_outlook_access_token_expiration"] = s.Now().Unix() + got.Expires
	if form.Get("grant_type") == "authorization_code" || s.odoo() >= 14 {
		r["microsoft_outlook_refresh_token"] = got.Refresh
	}
	return nil
}

// token is the record's access token, renewed if it must be.
func (s *Server) token(ctx context.Context, t *table, id int) (string, error) {
	r := t.rows[id]
	expires, _ := r["microsoft_outlook_access_token_expiration"].(int64)
	switch {
	case r["microsoft_outlook_access_token"] != false && expires > s.Now().Unix():
	case r["microsoft_outlook_refresh_token"] == false && s.odoo() < 16:
		return "", s.fault("UserError", "Please login your Outlook mail server before using it.")
	case r["microsoft_outlook_refresh_token"] == false:
		return "", s.fault("UserError", "Please connect with your Outlook account before using it.")
	default:
		if err := s.fetch(ctx, t, id, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {text(r["microsoft_outlook_refresh_token"])}}); err != nil {
			return "", err
		}
	}
	return text(r["microsoft_outlook_access_token"]), nil
}
