package faults

// The AADSTS codes on which other packages act
// (learn.microsoft.com/entra/identity-platform/reference-error-codes).
const (
	// The directory and the application.
	UnknownTenant       = 90002
	UnknownApplication  = 700016
	MalformedClientID   = 700038
	ApplicationDisabled = 7000112
	NoServicePrincipal  = 7000229 // the application is not in this directory
	PublicClient        = 700025  // has no secret, and one was sent

	// Its client secret.
	MissingSecret = 7000218
	WrongSecret   = 7000215 // or a new one that is not replicated yet
	ExpiredSecret = 7000222

	// Its redirect URIs; RedirectUnregistered covers the first two.
	RedirectMismatch = 50011
	NoRedirect       = 500113 // none is registered
	MissingRedirect  = 900971 // none was sent
	OtherRedirect    = 500112 // not the one the code was issued for

	// The account, its consent, and policies.
	UnknownAccount       = 50034
	AccountOfOtherTenant = 50020
	NotAssigned          = 50105
	ConsentRequired      = 65001
	AdminConsentRequired = 90094
	BlockedByPolicy      = 53003
	NoSession            = 50058 // prompt=none, and nobody is signed in

	// Codes and refresh tokens.
	InvalidGrant  = 70000
	GrantExpired  = 70008
	GrantRevoked  = 50173
	CodeRedeemed  = 54005
	TokenInactive = 700082
	WrongVerifier = 501481

	// The request itself.
	MalformedRequest      = 9002313
	MissingParameter      = 900144
	ConflictingParameters = 90023
	UnsupportedGrantType  = 70003
	NotDefaultScope       = 1002012 // client credentials take resource/.default only
	InvalidInstance       = 50049
	RequestLoop           = 50196
	TransientError        = 90033
)

// RedirectUnregistered reports that the application does not have the redirect
// URI of the request.
func (f Fault) RedirectUnregistered() bool {
	return f.Code == RedirectMismatch || f.Code == NoRedirect
}
