package main

import "github.com/openfire-fr/openfire-o365/internal/check"

// checkEnv is what the checks work with, but for the base.
func (p *program) checkEnv(v verifyFlags) check.Env {
	return check.Env{Refresher: p.refresher(), Account: v.credentials, Margin: verifyMargin, FixPermissions: v.fixPerms,
		Timeout: p.flags.timeout, Lang: p.lang, Offline: v.offline, Send: v.send}
}
