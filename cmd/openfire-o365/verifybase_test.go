package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/base/orm"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
)

// baseCase is a base and what verify says of it.
type baseCase struct {
	odoo            string // 16.0 by default
	state           orm.State
	change          func(*bench) // after apply, which a base in another state does not get
	login, password string       // of the administrator by default
	lang            string       // English by default
	id, status, who string       // the check that is not ok, if any
	what, do        string       // words of its texts
	exit            problem.Exit
}

// write returns a change of the first record of a model.
func write(model, values string) func(*bench) {
	return func(b *bench) { b.inBase(model, "write", `[[1],`+values+`]`) }
}

// brokenBases are bases whose mail does not work, or not for long.
var brokenBases = map[string]baseCase{
	"wrong secret": {change: func(b *bench) {
		b.inBase(openfire.ParamModel, "set_param", `["microsoft_outlook_client_secret","wrong"]`)
	}, id: "base.values", status: "failed", who: "user", what: "microsoft_outlook_client_secret", do: "apply mabase", exit: problem.Mail},
	"wrong secret, token due": {change: func(b *bench) {
		b.inBase(openfire.ParamModel, "set_param", `["microsoft_outlook_client_secret","wrong"]`)
		write(openfire.MailModel, `{"microsoft_outlook_access_token":false}`)(b)
	}, id: "base.connected", status: "failed", who: "app_owner", what: "secret", do: "Certificates & secrets", exit: problem.Application},
	"wrong client id": {change: func(b *bench) {
		b.inBase(openfire.ParamModel, "set_param", `["microsoft_outlook_client_id","00000000-1111-4222-8333-444444444444"]`)
	}, id: "base.values", status: "failed", who: "user", what: "microsoft_outlook_client_id", do: "apply mabase", exit: problem.Mail},
	"endpoint elsewhere": {change: func(b *bench) {
		b.inBase(openfire.ParamModel, "set_param", `["microsoft_outlook.endpoint","https://login.example.com/common/oauth2/v2.0/"]`)
	}, id: "base.connected", status: "failed", who: "app_owner", what: "login.example.com", do: "renew the client secret", exit: problem.Safety},
	"module missing":                        {state: orm.NoModule, id: "base.module", status: "failed", who: "openfire_support", what: "not installed", do: "support@openfire.fr", exit: problem.Mail},
	"module missing in a French base":       {state: orm.NoModule, lang: "fr", id: "base.module", status: "failed", who: "openfire_support", what: "not installed", do: "support@openfire.fr", exit: problem.Mail},
	"module missing, seen by administrator": {state: orm.NoModule, id: "base.connected", status: "failed", who: "openfire_support", what: "not installed", do: "support@openfire.fr", exit: problem.Mail},
	"several databases":                     {state: orm.NoSelection, id: "base.module", status: "failed", who: "operator", what: "no open database for this name", do: "Check the name", exit: problem.Usage},
	"database missing":                      {state: orm.Missing, id: "base.connected", status: "failed", who: "operator", what: "no database called", do: "--db", exit: problem.Usage},
	"database closed":                       {state: orm.Closed, id: "base.connected", status: "failed", who: "openfire_support", what: "closed or does not answer", do: "Try again", exit: problem.Usage},
	"PostgreSQL down":                       {state: orm.Down, id: "base.connected", status: "failed", who: "openfire_support", what: "No such file or directory", do: "Try again", exit: problem.Usage},
	"database of another Odoo":              {state: orm.OtherOdoo, id: "base.connected", status: "failed", who: "operator", what: "does not belong to the version", do: "--db", exit: problem.Usage},
	"proxy alone":                           {state: orm.Maintenance, id: "base.reach", status: "failed", who: "openfire_support", what: "HTTP 502", do: "Try again", exit: problem.Temporary},
	"copy by OpenFire":                      {state: orm.Copied, id: "base.connected", status: "failed", who: "operator", what: "copy of another base", do: "55555", exit: problem.Safety},
	"neutralized copy":                      {state: orm.Neutralized, id: "base.connected", status: "failed", who: "operator", what: "copy of another base", do: "database.is_neutralized", exit: problem.Safety},
	"password instead of Outlook": {change: write(openfire.MailModel, `{"smtp_authentication":"login","smtp_pass":"x"}`),
		id: "base.connected", status: "failed", who: "user", what: "does not use Outlook", do: "apply mabase", exit: problem.Mail},
	"other host": {change: write(openfire.MailModel, `{"smtp_host":"smtp.outlook.com"}`),
		id: "base.values", status: "failed", who: "user", what: "smtp_host", do: "apply mabase", exit: problem.Mail},
	"host that does not exist": {change: write(openfire.MailModel, `{"smtp_host":"smtp.example.com"}`),
		id: "base.connected", status: "failed", who: "operator", what: "Name or service not known", exit: problem.Mail},
	"archived server": {change: write(openfire.MailModel, `{"active":false}`),
		id: "base.connected", status: "failed", who: "user", what: "archived", do: "apply mabase", exit: problem.Mail},
	"token of another account": {change: func(b *bench) {
		_, refresh := entra.Issue(time.Now(), "autre@client.fr", azure.Use{Odoo: 16, Incoming: true}.ConsentScopes()...)
		write(openfire.MailModel, fmt.Sprintf(`{"microsoft_outlook_access_token":false,"microsoft_outlook_refresh_token":%q}`, refresh))(b)
	}, id: "base.connected", status: "failed", who: "exchange_admin", what: "rejected its token", do: "--force", exit: problem.Mail},
	"dead token": {change: write(openfire.MailModel, `{"microsoft_outlook_access_token":false,"microsoft_outlook_refresh_token":"dead"}`),
		id: "base.connected", status: "failed", who: "user", do: "--force", exit: problem.SignIn},
	"no token": {change: write(openfire.MailModel, `{"microsoft_outlook_access_token":false,"microsoft_outlook_refresh_token":false}`),
		id: "base.connected", status: "failed", who: "user", what: "has no token", do: "apply mabase", exit: problem.Mail},
	"user without rights": {login: "demo", password: "sandbox-demo-password",
		id: "base.connected", status: "failed", who: "operator", what: "no administration rights", do: "Administration: Settings", exit: problem.Mail},
	"portal user in Odoo 19": {odoo: "19.0", login: "portal", password: "sandbox-portal-password",
		id: "base.connected", status: "failed", who: "operator", what: "Role / Administrator", do: "Role: Administrator", exit: problem.Mail},
	"wrong password": {password: "wrong",
		id: "base.connected", status: "failed", who: "operator", what: "does not accept the login admin", do: "API key", exit: problem.Mail},
	"password with two-factor authentication": {login: "totp", password: "sandbox-totp-password",
		id: "base.connected", status: "failed", who: "operator", what: "does not accept the login totp", do: "API key", exit: problem.Mail},
	"incoming server is a draft": {change: write(openfire.FetchModel, `{"state":"draft"}`),
		id: "base.connected", status: "failed", who: "user", what: "not confirmed", do: "apply mabase", exit: problem.Mail},
	"mail.default.from missing": {odoo: "16.0",
		id: "base.sender", status: "warning", who: "user", what: "their own address", do: "apply mabase"},
	"catchall domain set": {odoo: "14.0", change: func(b *bench) {
		b.inBase(openfire.ParamModel, "set_param", `["mail.catchall.domain","client.fr"]`)
	}, id: "base.sender", status: "warning", who: "user", what: "bounce@client.fr", do: "apply mabase"},
	"incoming server without a token": {change: write(openfire.FetchModel, `{"microsoft_outlook_refresh_token":false}`),
		id: "base.connected", status: "failed", who: "user", what: "no connected incoming mail server", do: "apply mabase", exit: problem.Mail},
}

// goodBases are bases in which nothing needs to be changed.
var goodBases = map[string]baseCase{
	"as after apply":      {},
	"address in capitals": {change: write(openfire.MailModel, `{"smtp_user":"Compta@Client.fr","from_filter":"COMPTA@client.fr"}`)},
	"filter is a domain":  {change: write(openfire.MailModel, `{"from_filter":"client.fr"}`)},
	"filter is a list":    {odoo: "17.0", change: write(openfire.MailModel, `{"from_filter":"compta@client.fr, autre.fr"}`)},
	"server of a user": {odoo: "19.0", change: func(b *bench) {
		b.inBase(openfire.MailModel, "create", `[{"name":"Bob","smtp_host":"smtp-mail.outlook.com","smtp_port":587,"smtp_encryption":"starttls",`+
			`"smtp_user":"bob@client.fr","from_filter":"bob@client.fr","smtp_authentication":"outlook","owner_user_id":2,"microsoft_outlook_refresh_token":"x","sequence":1}]`)
	}},
	"several servers": {change: func(b *bench) {
		b.inBase(openfire.MailModel, "create", `[{"name":"Relay","smtp_host":"smtp.example.com","smtp_port":25,"sequence":50}]`)
	}},
	"alias domain set": {odoo: "18.0", change: func(b *bench) {
		b.inBase("mail.alias.domain", "create", `[{"name":"client.fr","default_from":"compta"}]`)
		b.inBase("res.company", "write", `[[1],{"alias_domain_id":1}]`)
	}},
	"two companies":                          {change: func(b *bench) { b.inBase("res.company", "create", `[{"name":"Filiale"}]`) }},
	"API key with two-factor authentication": {login: "totp", password: "sandbox-totp-api-key"},
	"French administrator":                   {lang: "fr"},
}

// TestVerifyFindsWhatIsWrongInTheBase breaks a base in one way and looks at the check
// that must find it, who must act, and the advice.
func TestVerifyFindsWhatIsWrongInTheBase(t *testing.T) {
	t.Parallel()
	for name, c := range brokenBases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines, code := c.verify(t)
			line := lines[c.id]
			if line["status"] != c.status || line["who"] != c.who || code != c.exit {
				t.Errorf("%s is %v for %v, exit %d; want %s for %s, exit %d: %v", c.id, line["status"], line["who"], code, c.status, c.who, c.exit, line)
			}
			if !strings.Contains(toString(line["what"]), c.what) || !strings.Contains(toString(line["do"]), c.do) {
				t.Errorf("%q and %q are not in %v", c.what, c.do, line)
			}
		})
	}
}

// TestVerifyAcceptsGoodBases checks bases that differ from what apply writes, and work.
func TestVerifyAcceptsGoodBases(t *testing.T) {
	t.Parallel()
	for name, c := range goodBases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines, code := c.verify(t)
			for _, id := range []string{"base.reach", "base.module", "base.version", "base.connected", "base.values"} {
				if lines[id]["status"] != "ok" || code != problem.OK {
					t.Errorf("%s: %v, exit %d", id, lines[id], code)
				}
			}
		})
	}
}

// verify starts the base, applies the token file, changes the base, and runs verify.
func (c baseCase) verify(t *testing.T) (map[string]map[string]any, problem.Exit) {
	t.Helper()
	b := newBenchOn(t, sandbox.Options{Odoo: c.odoo, State: c.state})
	b.connectedTo(c.odoo, "compta@client.fr")
	if c.state == "" {
		if got := b.run("", "apply", "mabase", "--yes", "--no-input", "--login", "admin", "--api-key-file", b.keyFile()); got.code != problem.OK {
			t.Fatalf("apply: exit %d: %s", got.code, got.err)
		}
	}
	if c.change != nil {
		c.change(b)
	}
	login, key, lang := "admin", b.keyFile(), "en"
	if c.login != "" {
		login = c.login
	}
	if c.lang != "" {
		lang = c.lang
	}
	if c.password != "" {
		key = filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(key, []byte(c.password), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return b.checked("--lang", lang, "--login", login, "--api-key-file", key)
}
