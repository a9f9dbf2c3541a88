package azure

import (
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/problem"

	"net/url"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// cloudFile writes a cloud file and returns its path.
func cloudFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cloud.json")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadCloudGood(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		content string
		change  func(*Cloud)
	}{
		"empty object is the public cloud": {`{}`, func(*Cloud) {}},
		"byte order mark and CRLF":         {"\xef\xbb\xbf{\r\n}\r\n", func(*Cloud) {}},
		"name":                             {`{"name":"gateway"}`, func(c *Cloud) { c.Name = "gateway" }},
		"https":                            {`{"login":"https://login.example.com"}`, func(c *Cloud) { c.Login = "https://login.example.com" }},
		"slash at the end":                 {`{"login":"https://login.example.com/","base":"https://b.example.com/"}`, func(c *Cloud) { c.Login, c.Base = "https://login.example.com", "https://b.example.com" }},
		"path":                             {`{"graph":"https://gw.example.com/graph"}`, func(c *Cloud) { c.Graph = "https://gw.example.com/graph" }},
		"plain http on loopback": {`{"login":"http://127.0.0.1:8080","graph":"http://localhost:1","base":"http://[::1]:2"}`, func(c *Cloud) {
			c.Login, c.Graph, c.Base = "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:2"
		}},
		"servers":       {`{"smtp":"127.0.0.1:2525","imap":"[::1]:1143"}`, func(c *Cloud) { c.SMTP, c.IMAP = "127.0.0.1:2525", "[::1]:1143" }},
		"implicit TLS":  {`{"smtp":"smtps://mail.example.com:465","imap":"imaps://mail.example.com:993"}`, func(c *Cloud) { c.SMTP, c.IMAP = "smtps://mail.example.com:465", "imaps://mail.example.com:993" }},
		"no base":       {`{"base":""}`, func(*Cloud) {}},
		"no extra root": {`{"ca_file":""}`, func(*Cloud) {}},
	} {
		want := Public()
		c.change(&want)
		got, err := LoadCloud(cloudFile(t, c.content))
		gotJSON, _ := json.Marshal(got)
		wantJSON, _ := json.Marshal(want)
		if err != nil || string(gotJSON) != string(wantJSON) {
			t.Errorf("%s: %s, %v", name, gotJSON, err)
		}
	}
}

func TestLoadCloudBad(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ content, names string }{
		"empty":                     {``, ""},
		"blank":                     {" \n", ""},
		"cut":                       {`{"login":"https://a`, ""},
		"no JSON":                   {`login = https://a.example.com`, ""},
		"a list":                    {`[]`, ""},
		"a string":                  {`"https://a.example.com"`, ""},
		"trailing comma":            {`{"name":"x",}`, ""},
		"comment":                   {"{ // here\n}", ""},
		"UTF-16":                    {"\xff\xfe{\x00}\x00", ""},
		"unknown key":               {`{"logon":"https://a.example.com"}`, "logon"},
		"wrong type":                {`{"smtp":25}`, "smtp"},
		"null inside a list":        {`{"login":[null]}`, "login"},
		"login by http":             {`{"login":"http://login.example.com"}`, "login"},
		"login by http, look-alike": {`{"login":"http://127.0.0.1.example.com"}`, "login"},
		"login empty":               {`{"login":""}`, "login"},
		"login without scheme":      {`{"login":"login.example.com"}`, "login"},
		"login only a scheme":       {`{"login":"https://"}`, "login"},
		"login with a password":     {`{"login":"https://u:p@login.example.com"}`, "login"},
		"login with a query":        {`{"login":"https://login.example.com?x=1"}`, "login"},
		"login with a fragment":     {`{"login":"https://login.example.com#x"}`, "login"},
		"login no address":          {`{"login":"https://a b"}`, "login"},
		"login with a line break":   {`{"login":"https://a\nb"}`, "login"},
		"graph by ftp":              {`{"graph":"ftp://graph.example.com"}`, "graph"},
		"portal a script":           {`{"portal":"javascript:alert(1)"}`, "portal"},
		"base a file":               {`{"base":"file:///etc/passwd"}`, "base"},
		"smtp without port":         {`{"smtp":"mail.example.com"}`, "smtp"},
		"smtp without host":         {`{"smtp":":25"}`, "smtp"},
		"smtp with an empty port":   {`{"smtp":"mail.example.com:"}`, "smtp"},
		"smtp an address":           {`{"smtp":"https://mail.example.com:25"}`, "smtp"},
		"smtp empty":                {`{"smtp":""}`, "smtp"},
		"imap bare IPv6":            {`{"imap":"::1:143"}`, "imap"},
		"imap without port":         {`{"imap":"imaps://mail.example.com"}`, "imap"},
		"null":                      {`null`, ""},
		"something behind":          {`{} {}`, ""},
		"text behind":               {`{"name":"x"} x`, ""},
		"login without host":        {`{"login":"https://:443"}`, "login"},
		"login with an empty query": {`{"login":"https://login.example.com?"}`, "login"},
		"smtp with imaps":           {`{"smtp":"imaps://mail.example.com:993"}`, "smtp"},
		"imap with smtps":           {`{"imap":"smtps://mail.example.com:465"}`, "imap"},
		"smtp twice a scheme":       {`{"smtp":"smtps://imaps://mail.example.com:465"}`, "smtp"},
		"smtp port by name":         {`{"smtp":"mail.example.com:smtp"}`, "smtp"},
		"smtp port too large":       {`{"smtp":"mail.example.com:99999"}`, "smtp"},
		"smtp port 0":               {`{"smtp":"mail.example.com:0"}`, "smtp"},
		"smtp with a path":          {`{"smtp":"mail/x:25"}`, "smtp"},
		"H9 escapes in smtp":        {`{"smtp":"\u001b[2J\u202e"}`, "<1B>"},
		"H9 escapes in a key":       {`{"\u001b[2J":1}`, ""},
		"ca_file is the cloud file": {`{"ca_file":"cloud.json"}`, "PEM"},
		"ca_file absent":            {`{"ca_file":"nowhere.pem"}`, "ca_file"},
		"ca_file a folder":          {`{"ca_file":"."}`, "ca_file"},
	} {
		path := cloudFile(t, c.content)
		_, err := LoadCloud(path)
		var p *problem.Problem
		if !errors.As(err, &p) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, half := range []string{p.What.In(i18n.French), p.What.In(i18n.English)} {
			if strings.ContainsAny(half, "\x1b\u202e") {
				t.Errorf("%s: %+q", name, half)
			}
			if p.Exit != problem.Usage || p.ID != "cloud.file" || !strings.Contains(half, path) || !strings.Contains(half, c.names) || p.Do.IsZero() {
				t.Errorf("%s: exit %d, %q", name, p.Exit, half)
			}
		}
	}
	if _, err := LoadCloud(filepath.Join(t.TempDir(), "absent.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent file: %v", err)
	}
}

func TestLoadCloudTakesTheRootBesideTheFile(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	path := cloudFile(t, `{"login":"`+s.URL+`","ca_file":"ca.pem"}`)
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "ca.pem"), root, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := LoadCloud(path)
	if err != nil || string(c.CA) != string(root) || !filepath.IsAbs(c.CAFile) {
		t.Fatalf("%+v %v", c, err)
	}
	if conf, err := network.TLS(c.CA, nil); err != nil || conf.RootCAs == nil {
		t.Errorf("%v", err)
	}
	body, err := json.Marshal(c)
	if again, err2 := LoadCloud(cloudFile(t, string(body))); err != nil || err2 != nil || again.Login != c.Login || string(again.CA) != string(c.CA) {
		t.Errorf("the printed file does not load: %v %v", err, err2)
	}
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	sandbox := Cloud{Login: "http://127.0.0.1:8080"}
	for _, c := range []struct {
		cloud       Cloud
		param, want string
	}{
		{Public(), "", "https://login.microsoftonline.com/common/oauth2/v2.0/"},
		{Public(), "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/", "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/"},
		{Public(), "https://login.microsoftonline.com/contoso.com/oauth2/v2.0", "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/"},
		{Public(), "https://gateway.example.com/x", "https://gateway.example.com/x/"},
		{sandbox, "", "http://127.0.0.1:8080/common/oauth2/v2.0/"},
		{sandbox, "https://login.microsoftonline.com/organizations/oauth2/v2.0/", "http://127.0.0.1:8080/organizations/oauth2/v2.0/"},
		{sandbox, "https://login.microsoftonline.com", "http://127.0.0.1:8080/"},
		{sandbox, "HTTPS://Login.MicrosoftOnline.com/common/", "http://127.0.0.1:8080/common/"},
		{sandbox, "https://login.microsoftonline.com.example.com/x", "https://login.microsoftonline.com.example.com/x/"},
	} {
		if got := c.cloud.Endpoint(c.param); got != c.want {
			t.Errorf("Endpoint(%q) = %s, want %s", c.param, got, c.want)
		}
	}
	if got := Public().MetadataURL("contoso.com"); got != "https://login.microsoftonline.com/contoso.com/v2.0/.well-known/openid-configuration" {
		t.Error(got)
	}
	if got := Public().TenantTokenURL("contoso.com"); got != "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token" {
		t.Error(got)
	}
	for _, tenant := range []string{"a/../../b", "a?x=1", "a#b", "a b", "%2e%2e"} {
		got := strings.TrimPrefix(Public().TenantTokenURL(tenant), "https://login.microsoftonline.com/")
		if strings.Count(got, "/") != 3 || strings.ContainsAny(got, "?# ") {
			t.Errorf("tenant %q changes the path: %s", tenant, got)
		}
	}
}

// The strings are exactly those of Odoo: _OUTLOOK_SCOPE in
// ir_mail_server.py and fetchmail_server.py, and the mixin's prefix.
func TestRefreshScopeIsWhatTheBaseSends(t *testing.T) {
	t.Parallel()
	for _, odoo := range []int{10, 12, 14, 16, 18} {
		if got := (Use{Odoo: odoo}).RefreshScope(); got != "offline_access https://outlook.office.com/SMTP.Send" {
			t.Errorf("Odoo %d outgoing: %q", odoo, got)
		}
		if got := (Use{Odoo: odoo, Incoming: true}).RefreshScope(); got != "offline_access https://outlook.office.com/IMAP.AccessAsUser.All" {
			t.Errorf("Odoo %d incoming: %q", odoo, got)
		}
	}
	for _, odoo := range []int{19, 20} {
		if got := (Use{Odoo: odoo}).RefreshScope(); got != "openid email offline_access https://outlook.office.com/User.read https://outlook.office.com/SMTP.Send" {
			t.Errorf("Odoo %d outgoing: %q", odoo, got)
		}
		if got := (Use{Odoo: odoo, Incoming: true}).RefreshScope(); got != "openid email offline_access https://outlook.office.com/User.read https://outlook.office.com/IMAP.AccessAsUser.All" {
			t.Errorf("Odoo %d incoming: %q", odoo, got)
		}
	}
}

// Entra rejects a renewal that requests more scopes than were consented to.
func TestConsentCoversEveryRefresh(t *testing.T) {
	t.Parallel()
	for odoo := 10; odoo <= 20; odoo++ {
		consent := strings.Join(Use{Odoo: odoo, Incoming: true}.ConsentScopes(), " ")
		for _, incoming := range []bool{false, true} {
			if miss := MissingScopes(consent, strings.Fields(Use{Odoo: odoo, Incoming: incoming}.RefreshScope())...); miss != nil {
				t.Errorf("Odoo %d, incoming %v: not consented: %v", odoo, incoming, miss)
			}
		}
		if slices.Contains(Use{Odoo: odoo}.ConsentScopes(), ScopeIMAP) {
			t.Errorf("Odoo %d: IMAP is requested without incoming mail", odoo)
		}
	}
	if got := (Use{Odoo: 16}).ConsentScopes(); !slices.Equal(got, []string{"offline_access", "openid", "email", "profile", "https://outlook.office.com/SMTP.Send"}) {
		t.Error(got)
	}
}

func TestMissingScopes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		granted string
		wanted  []string
		missing []string
	}{
		{"", nil, nil},
		{"", []string{ScopeSMTP}, []string{ScopeSMTP}},
		{ScopeSMTP, []string{ScopeSMTP}, nil},
		{"https://outlook.office.com/smtp.send", []string{ScopeSMTP}, nil},
		{"https://outlook.office365.com/SMTP.Send", []string{ScopeSMTP}, nil},
		{ScopeIMAP + "  openid\n" + ScopeSMTP, []string{ScopeSMTP, ScopeIMAP}, nil},
		{ScopeSMTP + " openid", []string{ScopeSMTP, ScopeIMAP}, []string{ScopeIMAP}},
		{"https://graph.microsoft.com/SMTP.Send", []string{ScopeSMTP}, []string{ScopeSMTP}},
		{"https://outlook.office.com/SMTP.SendAsApp", []string{ScopeSMTP}, []string{ScopeSMTP}},
		{"https://evil.example/https://outlook.office.com/SMTP.Send", []string{ScopeSMTP}, []string{ScopeSMTP}},
	} {
		if got := MissingScopes(c.granted, c.wanted...); !slices.Equal(got, c.missing) {
			t.Errorf("granted %q: missing %v, want %v", c.granted, got, c.missing)
		}
	}
}

// FuzzCloudFile checks that an accepted cloud file names its servers and uses https,
// except on loopback.
func FuzzCloudFile(f *testing.F) {
	for _, s := range []string{"{}", `{"name":"gateway","login":"https://login.example","graph":"https://graph.example/","smtp":"mail.example:587","imap":"imaps://mail.example:993","portal":"https://p.example","base":"http://localhost:8069"}`, `{"login":"http://login.example"}`, `{"login":"https://u:p@h"}`, `{"smtp":"smtps://[::1]:465","imap":"h:0"}`, `{"imap":"smtps://h:1"}`, `{"Login":"x"}`, "null", "{}{}", "\ufeff{}", `{"ca_file":"\u001b[2J"}`} {
		f.Add([]byte(s))
	}
	path := filepath.Join(f.TempDir(), "cloud.json")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := LoadCloud(path)
		if err != nil {
			var p *problem.Problem
			if !errors.As(err, &p) || p.Exit != problem.Usage {
				t.Errorf("%T %v", err, err)
			} else if said := p.What.In(i18n.French) + p.What.In(i18n.English) + p.Do.In(i18n.French) + p.Do.In(i18n.English); said != sanitize.Text(said) {
				t.Errorf("%+q is not printable", said)
			}
			return
		}
		for _, address := range []string{c.Login, c.Graph, c.Portal, c.Endpoint(""), c.Endpoint(PublicLogin), c.TenantTokenURL("x"), c.MetadataURL("x")} {
			u, err := url.Parse(address)
			if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && !network.IsLoopback(u.Hostname()) {
				t.Errorf("%q of %q: %v", address, data, err)
			}
		}
		for _, server := range []string{c.SMTP, c.IMAP} {
			if host, port, _, err := SplitServer(server); err != nil || host == "" || port == "" {
				t.Errorf("%q of %q", server, data)
			}
		}
	})
}
