package base

import (
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/base/orm"
)

// user is an account of the base.
type user struct {
	id                   int
	login, password, key string
	admin                bool // has base.group_system
}

// users are the accounts: an administrator, a user and a portal user without rights,
// and an administrator with two-factor authentication, whose password the API does
// not accept.
var users = []user{
	{orm.AdminUID, Admin, AdminPassword, "sandbox-api-key", true},
	{6, "demo", "sandbox-demo-password", "sandbox-demo-api-key", false},
	{7, "portal", "sandbox-portal-password", "", false},
	{8, "totp", "", "sandbox-totp-api-key", true},
}

// userWith returns the first account for which is holds, the zero user without one.
func userWith(is func(user) bool) user {
	for _, u := range users {
		if is(u) {
			return u
		}
	}
	return user{}
}

// uid returns the id of the user with that login and password or, from Odoo 14 on,
// API key. It returns 0 if they are wrong.
func (s *Server) uid(login, password string) int {
	return userWith(func(u user) bool {
		right := password == u.password || s.Supports(openfire.APIKeys) && password == u.key
		return u.login == login && password != "" && right
	}).id
}
