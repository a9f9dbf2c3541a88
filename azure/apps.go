package azure

// The well-known application ids of the resources whose permissions are used.
const (
	GraphAppID    = "00000003-0000-0000-c000-000000000000" // Microsoft Graph
	ExchangeAppID = "00000002-0000-0ff1-ce00-000000000000" // Office 365 Exchange Online
)

// GraphCommandLine is the client id of "Microsoft Graph Command Line Tools", a
// public client that exists in every tenant. It signs the administrator in who
// registers the application.
const GraphCommandLine = "14d82eec-204b-4c2f-b7e8-296a70dab67e"

// GraphResource is the prefix of Microsoft Graph's scopes.
const GraphResource = "https://graph.microsoft.com/"
