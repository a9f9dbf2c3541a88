package apply

import (
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// CheckWritable returns an error if nothing may be written into this base: it is a
// neutralized copy of another base (OpenFire's of_sanitize_query.xml, Odoo's
// neutralize.sql), or web.base.url is not its address, so that the redirect URI
// would not match.
func CheckWritable(c openfire.MailConfig, b openfire.Base) error {
	copied := slices.ContainsFunc(c.Outgoing, func(o openfire.Server) bool {
		return o.Text("smtp_host") == "none" || o.Int("smtp_port") == 55555
	})
	neutral := c.Params[openfire.ParamNeutral] != "" && !strings.EqualFold(c.Params[openfire.ParamNeutral], "false")
	url := strings.TrimSuffix(c.Params[openfire.ParamBaseURL], "/")
	switch {
	case copied, neutral:
		p := &problem.Problem{Exit: problem.Safety, ID: "base.copy",
			What: i18n.T("%s is a copy of another base, and sending is disabled in it. With this change it would send "+
				"real messages.", b.Host()),
			Do: i18n.T("If this base should send mail, first delete its \"none\" servers (port 55555) in Technical > " +
				"Outgoing Mail Servers.")}
		if neutral {
			p.Do = i18n.T("If this base should send mail, first delete the system parameter database.is_neutralized and " +
				"the outgoing mail server \"neutralization - disable emails\" (host \"invalid\") in Technical.")
		}
		return p
	case !strings.EqualFold(url, b.URL()):
		return &problem.Problem{Exit: problem.Mail, ID: "base.url",
			What: i18n.T(
				"The system parameter web.base.url is \"%s\", not %s. The redirect URI in the application would "+
					"not match.", url, b.URL()),
			Do: i18n.T("Correct web.base.url and add web.base.url.freeze = True (Technical > System Parameters), or " +
				"enter the other address as BASE.")}
	}
	return nil
}
