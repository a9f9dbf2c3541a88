package entra

import (
	"net/http"
	"slices"

	"github.com/openfire-fr/openfire-o365/azure/faults"
)

// protocolErrors are the errors of a program, not of a person, which the
// catalogue leaves out. Their texts are those of
// learn.microsoft.com/entra/identity-platform/reference-error-codes.
var protocolErrors = []faults.Fault{
	{Code: faults.MalformedRequest, Error: "invalid_grant", Sample: "Invalid request. Request is malformed or invalid."},
	{Code: faults.MalformedClientID, Error: "unauthorized_client",
		Sample: "{appid} is not a valid application identifier."},
	{Code: faults.MissingParameter, Error: "invalid_request",
		Sample: "The request body must contain the following parameter: 'scope'."},
	{Code: faults.ConflictingParameters, Error: "invalid_request",
		Sample: "login_hint and prompt=select_account conflict."},
	{Code: faults.NoSession, Error: "login_required",
		Sample: "A silent sign-in request was sent but no user is signed in."},
	{Code: faults.MissingSecret, Error: "invalid_client", Status: http.StatusUnauthorized,
		Sample: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."},
	{Code: faults.UnsupportedGrantType, Error: "unsupported_grant_type",
		Sample: "The app requested an unsupported grant type."},
	{Code: faults.InvalidGrant, Error: "invalid_grant", Sample: "Provided grant is invalid or malformed."},
	{Code: faults.GrantExpired, Error: "invalid_grant",
		Sample: "The provided authorization code or refresh token has expired due to inactivity. " +
			"Send a new interactive authorization request for this user and resource."},
	{Code: faults.CodeRedeemed, Error: "invalid_grant", Sample: "OAuth2 Authorization code was already redeemed, " +
		"please retry with a new valid code or use an existing refresh token."},
	{Code: faults.OtherRedirect, Error: "invalid_client",
		Sample: "The reply address does not match the reply address provided when requesting the authorization code."},
	{Code: faults.WrongVerifier, Error: "invalid_grant",
		Sample: "The Code_Verifier does not match the code_challenge supplied in the authorization request."},
	{Code: faults.TransientError, Error: "temporarily_unavailable", Status: http.StatusServiceUnavailable,
		Sample: "A transient error has occurred. Please try again."},
	{Code: faults.InvalidInstance, Error: "invalid_instance", Sample: "Unknown or invalid instance."},
}

// fault returns the error with that code.
func fault(code int) faults.Fault {
	if i := slices.IndexFunc(protocolErrors, func(f faults.Fault) bool { return f.Code == code }); i >= 0 {
		f := protocolErrors[i]
		f.Sample = f.Name() + ": " + f.Sample
		return f
	}
	f, _ := faults.ByCode(code)
	return f
}
