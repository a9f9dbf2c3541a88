// Package realtest tests openfire-o365 with third-party software: Postfix and
// Dovecot, an OpenID provider, mail and OAuth clients, a browser, and the Windows
// API of Wine. It is a separate module to keep its dependencies out of go.mod.
// ./run installs what it needs and runs it.
package realtest
