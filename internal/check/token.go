package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// A refresh token lives TokenLife, 90 days from its issue
// (learn.microsoft.com/entra/identity-platform/refresh-tokens); after TokenOld,
// two thirds of that, somebody should look.
const (
	TokenLife = 90 * 24 * time.Hour
	TokenOld  = 60 * 24 * time.Hour
)

// tokenFile reads the file for all the checks that need its values.
func tokenFile(_ context.Context, r *run) Result {
	file, err := r.file()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return failed(problem.Usage, i18n.T("there is no token file for this base."),
			i18n.T("Run \"openfire-o365 setup %s\".", r.Base.Name()), faults.User)
	case err != nil:
		return r.trouble(err, r.Base.FileName())
	}
	if len(r.mended) > 0 {
		return warning(i18n.T("other accounts of this machine could read or change the tokens; this is repaired: %s.", strings.Join(r.mended, " ; ")),
			i18n.T("If other people use this machine, make a new client secret and run setup again."), faults.Operator)
	}
	if res, found := unknownKeys(file.Unknown()); found {
		return res
	}
	if r.Copies != nil {
		if copies := r.Copies(); len(copies) > 0 {
			return warning(i18n.T("the file is well formed, but copies of its secrets lie beside it: %s.", Few(copies)),
				i18n.T("Delete them: they open the mailbox to whoever reads them, and putting one back would bring back a dead token."), faults.Operator)
		}
	}
	if r.Remote != "" {
		return warning(i18n.T("the file is well formed, but %s.", Distant(r.Remote)), DistantDo(), faults.Operator)
	}
	return ok(i18n.T("the file is readable and well formed."))
}

// Distant tells of a folder that is no disk of this machine.
func Distant(fileSystem string) i18n.Text {
	return i18n.T("the folder of the tokens is on no disk of this machine (%s): locks between two runs, and writes that survive a power cut, depend on that system", fileSystem)
}

// DistantDo is what to do about it.
func DistantDo() i18n.Text {
	return i18n.T("Keep the tokens on a local disk (--dir), or run \"token refresh\" on one machine only.")
}

// unknownKeys warns of what the file holds and nobody reads; most often a
// letter was mistyped, and a value is missing under its real name.
func unknownKeys(keys []tokenfile.Unknown) (Result, bool) {
	if len(keys) == 0 {
		return Result{}, false
	}
	var paths, meant []string
	for _, u := range keys {
		paths = append(paths, sanitize.Line(u.Path))
		if u.Nearest != "" {
			meant = append(meant, u.Nearest)
		}
	}
	do := i18n.T("Open the file and check this name.")
	if len(meant) > 0 {
		do = i18n.T("Did you mean %s?", Few(meant))
	}
	return warning(i18n.T("unknown key, kept as it is: %s.", Few(paths)), do, faults.Operator), true
}

// Few names the first three and counts the rest.
func Few(names []string) string {
	if n := len(names) - 3; n > 0 {
		return fmt.Sprintf("%s… (+%d)", strings.Join(names[:3], ", "), n)
	}
	return strings.Join(names, ", ")
}

// tokenRefresh takes the one road to a live token.
func tokenRefresh(_ context.Context, r *run) Result {
	file, _ := r.file()
	if !file.Complete() {
		return failed(problem.SignIn, i18n.T("the mailbox has not been connected yet."), setupAgain, faults.User)
	}
	if res, mixed := givenElsewhere(file); mixed {
		return res
	}
	began := r.pending()
	if r.Offline {
		return r.lastsOffline(began)
	}
	fresh, err := r.fresh()
	if err != nil {
		res := r.trouble(err, host(r.Cloud.Login))
		if refusal, is := faults.AsRefusal(err); is && refusal.Dead && !began.IsZero() {
			res.What = i18n.T("%s %s", res.What, NoResult(began))
		}
		return res
	}
	if !began.IsZero() && fresh.Mail.Access.Reveal() == file.Mail.Access.Reveal() {
		return unanswered(began)
	}
	return ok(i18n.T("the access token is good for %s.", minutes(fresh.Mail.Left(r.Now()))))
}

// underWay is how long a refresh may go on before its answer is missed.
const underWay = 2 * time.Minute

// pending is when a refresh began that has brought nothing.
func (r *run) pending() time.Time {
	if r.Pending == nil {
		return time.Time{}
	}
	began := r.Pending()
	if r.Now().Sub(began) < underWay { // perhaps another process is at it
		return time.Time{}
	}
	return began
}

// NoResult tells of a refresh whose answer nobody has kept.
func NoResult(began time.Time) i18n.Text {
	return i18n.T("The refresh that began at %s left no result.", began.UTC().Format(time.RFC3339))
}

// unanswered warns of it while the access token is still good.
func unanswered(began time.Time) Result {
	return warning(NoResult(began), i18n.T("The next refresh will tell whether the refresh token is still good."), faults.Nobody)
}

// lastsOffline says what the clock alone can tell of the access token.
func (r *run) lastsOffline(began time.Time) Result {
	if !began.IsZero() {
		return unanswered(began)
	}
	file, _ := r.file()
	if left := file.Mail.Left(r.Now()); left > 0 {
		return ok(i18n.T("the file's access token lasts another %s.", minutes(left)))
	}
	return unknown(i18n.T("the access token is due; --offline does not renew it."))
}

func minutes(d time.Duration) i18n.Text {
	return i18n.T("%d min", int(d/time.Minute))
}

func tokenAccount(_ context.Context, r *run) Result {
	file, _ := r.file()
	who, mailbox := file.Azure.SignedInAs, file.Mailbox()
	switch {
	case who == "":
		return unknown(i18n.T("it is not known who signed in."))
	case !strings.EqualFold(who, mailbox):
		return warning(i18n.T("%s signed in, the mailbox is %s.", who, mailbox),
			i18n.T("This is fine if the test message passes; else run setup again and sign in as the mailbox."), faults.User)
	}
	return ok(i18n.T("%s signed in.", who))
}

func tokenAge(_ context.Context, r *run) Result {
	file, _ := r.live()
	issued := file.Azure.RefreshIssued
	if issued.IsZero() {
		return unknown(i18n.T("the refresh token's age is not known."))
	}
	age := max(0, r.Now().Sub(issued))
	if age > TokenOld {
		return warning(i18n.T("the refresh token is %s old; Microsoft ends it at 90 days.", days(age)),
			i18n.T("Schedule the renewal: \"openfire-o365 token schedule install\"."), faults.User)
	}
	return ok(i18n.T("the refresh token was issued on %s and lasts until %s.", Day(issued), Day(issued.Add(TokenLife))))
}
