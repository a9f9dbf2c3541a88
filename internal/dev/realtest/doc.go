// Package realtest holds openfire-o365 against other people's software: Postfix
// and Dovecot, an OpenID provider, mail and OAuth clients, a browser, Windows'
// own API under Wine. It is a module of its own, so that none of this weighs on
// the program's go.mod; ./run installs what it needs and starts it.
package realtest
