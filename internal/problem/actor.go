package problem

import "github.com/openfire-fr/openfire-o365/internal/i18n"

// Actor is who must act.
type Actor string

// The actors.
const (
	Nobody        Actor = "nobody"
	User          Actor = "user"
	EntraAdmin    Actor = "entra_admin"
	AppOwner      Actor = "app_owner"
	ExchangeAdmin Actor = "exchange_admin"
	Support       Actor = "openfire_support"
	NetworkAdmin  Actor = "network_admin"
	Operator      Actor = "operator"
)

var actors = map[Actor]i18n.Text{
	Nobody:        i18n.T("nobody, just wait"),
	User:          i18n.T("the person who uses this mailbox"),
	EntraAdmin:    i18n.T("the Microsoft Entra administrator"),
	AppOwner:      i18n.T("the owner of the OpenFire application"),
	ExchangeAdmin: i18n.T("the Exchange administrator"),
	Support:       i18n.T("OpenFire support"),
	NetworkAdmin:  i18n.T("the administrator of this network"),
	Operator:      i18n.T("the administrator of this computer"),
}

// Text returns who the actor is, in words; for "" it returns the zero Text.
func (a Actor) Text() i18n.Text { return actors[a] }
