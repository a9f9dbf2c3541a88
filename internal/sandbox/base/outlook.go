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
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/base/orm"
)

// outlook simulates the module microsoft_outlook: it signs a mail server in at
// Microsoft, stores and refreshes its tokens, and sends mail with them.
type outlook struct {
	*orm.Database
	http  *network.Client
	cloud azure.Cloud
	key   []byte // database.secret
}

// endpoint returns the base URL of the authorization and token endpoints.
func (o *outlook) endpoint() string {
	param := ""
	if o.Supports(openfire.EndpointParam) {
		param = o.Param(openfire.ParamEndpoint)
	}
	return o.cloud.Endpoint(param)
}

func (o *outlook) redirectURI() string { return o.Param("web.base.url") + openfire.ConfirmPath }

func (o *outlook) scope(t *orm.Table) string {
	return azure.Use{Odoo: o.Major, Incoming: t.Name == openfire.FetchModel}.RefreshScope()
}

// csrf returns the token that binds a sign-in to one record.
func (o *outlook) csrf(model string, id int) string {
	h := hmac.New(sha256.New, o.key)
	fmt.Fprintf(h, "('microsoft_outlook_oauth', ('%s', %d))", model, id)
	return hex.EncodeToString(h.Sum(nil))
}

// signInURL is the field microsoft_outlook_uri. It returns false without a client
// id or secret.
func (o *outlook) signInURL(t *orm.Table, id int) any {
	client := o.Param(openfire.ParamClientID)
	if client == "" || o.Param(openfire.ParamSecret) == "" {
		return false
	}
	state, _ := json.Marshal(map[string]any{"model": t.Name, "id": id, "csrf_token": o.csrf(t.Name, id)})
	return o.endpoint() + "authorize?" + url.Values{
		"client_id": {client}, "response_type": {"code"}, "response_mode": {"query"},
		"redirect_uri": {o.redirectURI()}, "scope": {o.scope(t)}, "state": {string(state)},
	}.Encode()
}

// signInAction is the button "Connect your Outlook account".
func (o *outlook) signInAction(t *orm.Table, ids []int) (any, error) {
	if len(ids) != 1 || t.Rows[ids[0]] == nil {
		return nil, o.ValueError("Expected singleton: %s(%v)", t.Name, ids)
	}
	address := o.signInURL(t, ids[0])
	if address == false {
		return nil, orm.UserError("Please configure your Outlook credentials.")
	}
	action := map[string]any{"type": "ir.actions.act_url", "url": address}
	if o.Major >= 19 {
		action["target"] = "self"
	}
	return action, nil
}

// confirm is the redirect URI: it receives the code from Microsoft
// (controllers/main.py; Odoo 19 checks for an error first).
func (s *Server) confirm(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	refusal := q.Get("error_description")
	var state struct {
		Model string `json:"model"`
		ID    int    `json:"id"`
		CSRF  string `json:"csrf_token"`
	}
	bad := json.Unmarshal([]byte(q.Get("state")), &state) != nil
	t := s.Tables[state.Model]
	switch {
	case s.Major >= 19 && refusal != "":
		showLogin(w, r, refusal)
		return
	case bad, t == nil, t.Rows[state.ID] == nil,
		!hmac.Equal([]byte(state.CSRF), []byte(s.csrf(state.Model, state.ID))):
		http.Error(w, "Forbidden", http.StatusForbidden)
		return
	case refusal != "":
		showLogin(w, r, refusal)
		return
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {q.Get("code")}}
	if err := s.fetchTokens(r.Context(), t, state.ID, form); err != nil {
		showLogin(w, r, err.Error())
		return
	}
	to := fmt.Sprintf("/web#id=%d&model=%s&view_type=form", state.ID, state.Model)
	if s.Major >= 18 {
		to = fmt.Sprintf("/odoo/%s/%d", state.Model, state.ID)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

const fetchFailed = "An error occurred when fetching the access token."

// fetchTokens requests tokens from Microsoft and stores them.
func (o *outlook) fetchTokens(ctx context.Context, t *orm.Table, id int, form url.Values) error {
	form.Set("client_id", o.Param(openfire.ParamClientID))
	form.Set("client_secret", o.Param(openfire.ParamSecret))
	form.Set("scope", o.scope(t))
	form.Set("redirect_uri", o.redirectURI())
	failed := func(why string) error {
		return orm.UserError(fetchFailed+" %s", why)
	}
	req, err := http.NewRequest(http.MethodPost, o.endpoint()+"token", strings.NewReader(form.Encode()))
	if err != nil {
		return failed("Unknown error.")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := o.http.Do(ctx, req)
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
		return orm.NewException("builtins.KeyError", "refresh_token")
	}
	r := t.Rows[id]
	r[openfire.AccessTokenField] = got.Access
	r[openfire.ExpirationField] = o.Now().Unix() + got.Expires
	if form.Get("grant_type") == "authorization_code" || o.Supports(openfire.StoresRotatedToken) {
		r[openfire.RefreshTokenField] = got.Refresh
	}
	return nil
}

// token returns the record's access token, refreshed if necessary.
func (o *outlook) token(ctx context.Context, t *orm.Table, id int) (string, error) {
	r := t.Rows[id]
	expires, _ := r[openfire.ExpirationField].(int64)
	if r[openfire.AccessTokenField] != false && expires > o.Now().Unix() {
		return orm.Text(r[openfire.AccessTokenField]), nil
	}
	if r[openfire.RefreshTokenField] == false {
		if o.Major < 16 {
			return "", orm.UserError("Please login your Outlook mail server before using it.")
		}
		return "", orm.UserError("Please connect with your Outlook account before using it.")
	}
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {orm.Text(r[openfire.RefreshTokenField])}}
	err := o.fetchTokens(ctx, t, id, form)
	return orm.Text(r[openfire.AccessTokenField]), err
}
