package azure

// The resources whose permissions a mailbox needs, by their well-known ids.
const (
	GraphAppID    = "00000003-0000-0000-c000-000000000000" // Microsoft Graph
	ExchangeAppID = "00000002-0000-0ff1-ce00-000000000000" // Office 365 Exchange Online
)

// GraphCommandLine is the client id of "Microsoft Graph Command Line Tools", a
// public client that every tenant knows: it signs an administrator in before
// there is an application of one's own.
const GraphCommandLine = "14d82eec-204b-4c2f-b7e8-296a70dab67e"

// GraphResource is before the names of Graph's own scopes.
const GraphResource = "https://graph.microsoft.com/"
