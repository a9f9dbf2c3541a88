package check

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/check/expiry"
	"github.com/openfire-fr/openfire-o365/internal/check/folder"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
)

// tokenChecks are the checks of the token file and its tokens, in the order in which they are reported.
func tokenChecks() []entry {
	return []entry{
		{id: TokenFile, title: i18n.T("Token file"), needs: []ID{BaseName}, run: tokenFile},
		{id: tokenAddress, title: i18n.T("Token endpoint"), needs: []ID{TokenFile}, run: tokenEndpoint},
		{id: TokenRefresh, title: i18n.T("Token refresh"),
			needs: []ID{TokenFile, tokenAddress}, https: true, run: tokenRefresh},
		{id: "token.scopes", title: i18n.T("Token permissions"), needs: []ID{TokenRefresh}, run: tokenScopes},
		{id: "token.account", title: i18n.T("Signed-in account"), needs: []ID{TokenFile}, run: tokenAccount},
		{id: "token.age", title: i18n.T("Token age"), needs: []ID{TokenFile}, run: tokenAge},
	}
}

// tokenFile checks the token file and its folder.
func tokenFile(_ context.Context, r *run) Result {
	file, err := r.file()
	switch {
	case errors.Is(err, fs.ErrNotExist) && r.Store.Rescued(r.Base) != "":
		return r.trouble(r.Problem(err), r.Base.FileName())
	case errors.Is(err, fs.ErrNotExist):
		return failed(problem.Usage, i18n.T("there is no token file for this base."),
			i18n.T("Run \"openfire-o365 setup %s\".", r.Base.Name()), faults.User)
	case err != nil:
		return r.trouble(err, r.Base.FileName())
	}
	copies, rescued := folder.StrayCopies(r.copies, r.Store, r.Base)
	switch {
	case len(r.fixed) > 0:
		return warning(i18n.T("other accounts on this machine could read or change the tokens. This was corrected: %s.",
			strings.Join(r.fixed, " ; ")),
			i18n.T(
				"If other people use this machine, create a new client secret and run setup again."), faults.Operator)
	case len(rescued) > 0:
		return warning(i18n.T("the file is valid, but new tokens that could not be saved in it are in %s.", folder.JoinFirst(rescued)),
			i18n.T("Do not delete them before \"openfire-o365 token refresh\" has succeeded: it uses them if they are the latest "+
				"tokens."), faults.Operator)
	case len(file.Unknown()) > 0:
		what, do := folder.UnknownKeys(file.Unknown())
		return warning(what, do, faults.Operator)
	case len(copies) > 0:
		return warning(i18n.T(
			"the file is valid, but its folder contains copies of its secrets: %s.", folder.JoinFirst(copies)),
			i18n.T("Delete them: anyone who can read them has access to the mailbox, and the tokens in them may no "+
				"longer be valid."),
			faults.Operator)
	case r.remote != "":
		what, do := folder.OnNetwork(r.remote)
		return warning(i18n.T("the file is valid, but %s.", what), do, faults.Operator)
	}
	return ok(i18n.T("the file is readable and valid."))
}

// tokenRefresh refreshes a token that is due, as setup and token refresh do.
func tokenRefresh(ctx context.Context, r *run) Result {
	file, _ := r.file()
	if !file.Complete() {
		return failed(problem.SignIn, i18n.T("the mailbox is not connected yet."), setupAgain, faults.User)
	}
	if app := tokens.IssuedToOther(file); app != "" {
		return failed(problem.Usage,
			i18n.T(
				"the tokens were issued to application %s, but the file contains application %s.", app, file.Client.ID),
			i18n.T("Restore the right file, or run setup to connect the mailbox again."), faults.Operator)
	}
	learned, unfinished := r.Learned(file), r.Unfinished(ctx, file)
	unanswered := warning(tokens.NoResult(unfinished),
		i18n.T("The next refresh will show whether the refresh token is still valid."), faults.Nobody)
	switch left := file.Mail.Left(r.Now()); {
	case learned.Dead, r.Offline && learned.Problem != nil:
		return r.knownFailure(learned)
	case r.Offline && !unfinished.IsZero():
		return unanswered
	case r.Offline && left > 0:
		return ok(i18n.T("the access token is valid for another %s.", expiry.Minutes(left)))
	case r.Offline:
		return unknown(i18n.T("the access token has expired; it is not renewed with --offline."))
	}
	doubtful := learned.Problem != nil || !unfinished.IsZero()
	fresh, err := r.valid(ctx, tokens.Due{Always: doubtful, Margin: r.Margin})
	if err != nil {
		res := r.trouble(err, r.Cloud.LoginURL().Host)
		if refusal, is := faults.AsRefusal(err); is && !refusal.Passes && !unfinished.IsZero() {
			res.What = i18n.T("%s %s", res.What, tokens.NoResult(unfinished))
		}
		return res
	}
	return ok(i18n.T("the access token is valid for %s.", expiry.Minutes(fresh.Mail.Left(r.Now()))))
}

// knownFailure is the result of a refresh that earlier runs found to fail.
func (r *run) knownFailure(learned tokens.Learned) Result {
	p := learned.Problem
	res := failed(p.Exit, i18n.T("%s It has failed since %s.", p.What, expiry.Day(learned.Since)), p.Do, faults.Operator)
	if fault, known := faults.Explain(p.ID); known {
		file, _ := r.file()
		res.Fault, res.Who, res.Link = fault.ID, fault.Who, fault.URL(r.Cloud, file.Client.ID)
	}
	return res
}

// tokenScopes reads audience and scopes of each direction's access token. It
// never fails: Microsoft says that clients must not rely on a token's content.
func tokenScopes(_ context.Context, r *run) Result {
	file, _ := r.live()
	for _, b := range file.Blocks() {
		wanted := azure.ScopeSMTP
		if b.Incoming {
			wanted = azure.ScopeIMAP
		}
		token, readable := azure.ParseClaims(b.Tokens.Access)
		switch {
		case !readable || token.Scopes == "":
			return unknown(i18n.T("opaque token: its permissions cannot be read (normal for some accounts)."))
		case !token.ForExchange():
			return warning(i18n.T("the token was issued for %s, not for Exchange.", token.Audience),
				setupAgain, faults.User)
		case len(azure.MissingScopes(token.Scopes, wanted)) > 0:
			return warning(i18n.T("the token does not have the permission %s.", wanted),
				i18n.T("Add it to the OpenFire application under API permissions, then run setup again and choose "+
					"Accept."), faults.AppOwner)
		}
	}
	if file.Fetch != nil {
		return ok(i18n.T("the tokens allow sending and reading mail."))
	}
	return ok(i18n.T("the token allows sending mail."))
}

func tokenAccount(_ context.Context, r *run) Result {
	file, _ := r.file()
	who, user, mailbox := file.Azure.SignedInAs, file.Mail.User, file.Mailbox()
	switch {
	case who == "":
		return unknown(i18n.T("the token file does not say who signed in."))
	case !strings.EqualFold(user, mailbox) && !strings.EqualFold(user, who):
		return warning(i18n.T("the mail servers sign in as %s, which is neither the mailbox %s nor the account that signed in, %s.",
			user, mailbox, who), i18n.T("Correct smtp_user in the token file, or run setup again."), faults.User)
	case !strings.EqualFold(who, mailbox) && r.Store.State(r.Base).Tested:
		return ok(i18n.T("%s signed in for the mailbox %s, and a test message was accepted.", who, mailbox))
	case !strings.EqualFold(who, mailbox):
		return warning(i18n.T("%s signed in, but the mailbox is %s.", who, mailbox),
			i18n.T("This works if a test message can be sent (--send); otherwise run setup again and sign in as "+
				"the mailbox."), faults.User)
	}
	return ok(i18n.T("%s signed in.", who))
}

func tokenAge(_ context.Context, r *run) Result {
	_ = r.results[TokenRefresh]() // which may learn that the token is dead
	file, _ := r.live()
	issued := file.Azure.RefreshIssued
	switch {
	case r.Learned(file).Dead:
		return skipped(i18n.T("not checked: the refresh token is no longer valid."))
	case issued.IsZero():
		return unknown(i18n.T("the refresh token's age is not known."))
	}
	age := max(0, r.Now().Sub(issued))
	if age > expiry.TokenOld {
		return warning(i18n.T("the refresh token is %s old; it expires after 90 days.", expiry.Days(age)),
			i18n.T("Run \"openfire-o365 token schedule install\" to renew it automatically."), faults.User)
	}
	return ok(i18n.T("the refresh token was issued on %s and is valid until %s.",
		expiry.Day(issued), expiry.Day(issued.Add(expiry.TokenLife))))
}
