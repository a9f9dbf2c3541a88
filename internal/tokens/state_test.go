package tokens

import (
	"errors"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
)

var canary = secret.New("an access token")

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return noon.Add(-d) }

// issued returns a token file with a refresh token issued at that time.
func issued(at time.Time) tokenfile.File {
	f := tokenfile.New(openfire.Base{}, "")
	f.Azure.RefreshIssued = at
	return f
}

func TestDue(t *testing.T) {
	t.Parallel()
	fresh := func(left time.Duration, age time.Duration) tokenfile.File {
		f := issued(ago(age))
		f.Mail.Access, f.Mail.Expiration = canary, noon.Add(left).Unix()
		return f
	}
	for name, c := range map[string]struct {
		due  Due
		file tokenfile.File
		want bool
	}{
		"enough left":              {Due{Margin: 20 * time.Minute}, fresh(time.Hour, 0), false},
		"exactly the margin left":  {Due{Margin: 20 * time.Minute}, fresh(20*time.Minute, 0), false},
		"less left":                {Due{Margin: 20 * time.Minute}, fresh(19*time.Minute, 0), true},
		"expired":                  {Due{Margin: 20 * time.Minute}, fresh(-time.Hour, 0), true},
		"no access token":          {Due{Margin: 20 * time.Minute}, issued(noon), true},
		"a day left":               {Due{Margin: 20 * time.Minute}, fresh(24*time.Hour, 0), false},
		"written by a clock ahead": {Due{Margin: 20 * time.Minute}, fresh(26*time.Hour, 0), true},
		"older refresh token":      {Due{Age: 7 * 24 * time.Hour}, fresh(-time.Hour, 8*24*time.Hour), true},
		"younger refresh token":    {Due{Age: 7 * 24 * time.Hour}, fresh(-time.Hour, 6*24*time.Hour), false},
		"age decides, not the margin": {Due{Age: 7 * 24 * time.Hour, Margin: time.Hour},
			fresh(-time.Hour, 6*24*time.Hour), false},
		"refresh token of tomorrow":      {Due{Age: 7 * 24 * time.Hour}, fresh(time.Hour, -25*time.Hour), true},
		"refresh token of a clock ahead": {Due{Age: 7 * 24 * time.Hour}, fresh(time.Hour, -23*time.Hour), false},
		"always":                         {Due{Always: true}, fresh(time.Hour, 0), true},
		"the refused one":                {Due{Refused: canary}, fresh(time.Hour, 0), true},
		"another one than was refused":   {Due{Refused: canary}, issued(noon), false},
		"the second block has less left": {Due{Margin: 20 * time.Minute}, second(fresh(time.Hour, 0), 10*time.Minute),
			true},
		"the second block has enough too": {Due{Margin: 20 * time.Minute}, second(fresh(time.Hour, 0), time.Hour),
			false},
	} {
		if got := c.due.of(c.file, noon); got != c.want {
			t.Errorf("%s: due %v", name, got)
		}
	}
}

// second adds a block for incoming mail to a file.
func second(f tokenfile.File, left time.Duration) tokenfile.File {
	f.Fetch = &tokenfile.Incoming{Tokens: tokenfile.Tokens{Access: canary, Expiration: noon.Add(left).Unix()}}
	return f
}

func TestCooldown(t *testing.T) {
	t.Parallel()
	dead := store.State{NeedsPersonSince: ago(48 * time.Hour), Tried: ago(time.Hour), Code: "aadsts700082",
		Exit: int(problem.SignIn), PersonCode: "aadsts700082", PersonExit: int(problem.SignIn)}
	for name, c := range map[string]struct {
		state  store.State
		issued time.Time
		exit   problem.Exit // OK if the base is tried
	}{
		"nothing known":        {store.State{}, ago(time.Hour), problem.OK},
		"dead and tried today": {dead, ago(72 * time.Hour), problem.SignIn},
		"dead, tried a day ago": {store.State{NeedsPersonSince: ago(48 * time.Hour),
			Tried: ago(24 * time.Hour)}, ago(72 * time.Hour), problem.OK},
		"dead, tried by a clock ahead": {store.State{NeedsPersonSince: ago(48 * time.Hour),
			Tried: noon.Add(time.Hour)}, ago(72 * time.Hour), problem.OK},
		"refused, but not dead": {store.State{NeedsPersonSince: ago(48 * time.Hour)}, ago(72 * time.Hour),
			problem.OK},
		"paused": {store.State{NotBefore: noon.Add(time.Minute), Code: "aadsts50196"},
			ago(time.Hour), problem.Temporary},
		"pause over":             {store.State{NotBefore: ago(time.Second)}, ago(time.Hour), problem.OK},
		"pause of a clock ahead": {store.State{NotBefore: noon.Add(time.Hour)}, ago(time.Hour), problem.OK},
	} {
		p := cooldown(c.state, issued(c.issued), noon)
		if (p == nil) != (c.exit == problem.OK) || p != nil && (p.Exit != c.exit || p.ID != c.state.Code) {
			t.Errorf("%s: %v", name, p)
		}
	}
}

// TestWhatWasLearnedIsVoidForOtherTokens checks that a failure applies only to the
// refresh token, the application and the secret that were used, independent of the
// clock.
func TestWhatWasLearnedIsVoidForOtherTokens(t *testing.T) {
	t.Parallel()
	f := issued(ago(time.Hour))
	f.Mail.Refresh = secret.New("rt")
	f.Client = tokenfile.Client{ID: "client", Secret: secret.New("secret")}
	s := store.State{Token: tokenKey(f), NeedsPersonSince: noon.AddDate(-10, 0, 0), Failures: 3, LastSuccess: ago(time.Hour)}
	if about(s, f) != s {
		t.Error("void for its own tokens")
	}
	for name, other := range map[string]func(*tokenfile.File){
		"refresh token": func(f *tokenfile.File) { f.Mail.Refresh = secret.New("new") },
		"secret":        func(f *tokenfile.File) { f.Client.Secret = secret.New("new") },
		"application":   func(f *tokenfile.File) { f.Client.ID = "new" },
	} {
		changed := f
		other(&changed)
		if got := about(s, changed); got != (store.State{LastSuccess: s.LastSuccess}) {
			t.Errorf("another %s: %+v", name, got)
		}
	}
}

func TestStateAfterSuccess(t *testing.T) {
	t.Parallel()
	was := store.State{LastSuccess: ago(72 * time.Hour), LastTry: ago(time.Hour), NotBefore: ago(time.Hour),
		NeedsPersonSince: ago(time.Hour),
		Tried:            ago(time.Hour), Told: ago(time.Hour), Failures: 7, Code: "x", Exit: 10, Warned: "2026-11-28", Tested: true}
	kept := store.State{LastSuccess: was.LastSuccess, Warned: was.Warned, Tested: true}
	told := kept
	told.LastSuccess = noon
	for name, c := range map[string]struct {
		issued time.Time
		posted bool
		want   store.State
	}{
		"a new refresh token tells the time": {noon, true, kept},
		"the old refresh token does not":     {ago(time.Hour), true, told},
		"nothing was asked":                  {ago(time.Hour), false, kept},
	} {
		if got := afterSuccess(was, issued(c.issued), c.posted, noon); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestStateAfterFailure(t *testing.T) {
	t.Parallel()
	refused := func(code int) error { return &faults.Refusal{Fault: faults.Entra([]int{code}, "invalid_grant", 400)} }
	signIn := &problem.Problem{Exit: problem.SignIn, ID: "aadsts700082"}
	busy := &problem.Problem{Exit: problem.Temporary, ID: "network"}
	for name, c := range map[string]struct {
		was    store.State
		p      *problem.Problem
		err    error
		issued time.Time
		want   store.State
		notify bool
	}{
		"first failure, of the network": {store.State{}, busy, errors.New("x"), time.Time{},
			store.State{Failures: 1, Code: "network", Exit: 75, LastTry: noon, Told: noon}, true},
		"the same again": {store.State{Failures: 1, Code: "network", Exit: 75, LastTry: ago(time.Hour),
			Told: ago(time.Hour)}, busy, errors.New("x"), time.Time{},
			store.State{Failures: 2, Code: "network", Exit: 75, LastTry: noon, Told: ago(time.Hour)}, false},
		"the same a day later": {store.State{Failures: 9, Code: "network", Exit: 75, Told: ago(24 * time.Hour)}, busy,
			errors.New("x"), time.Time{},
			store.State{Failures: 10, Code: "network", Exit: 75, LastTry: noon, Told: noon}, true},
		"a dead token": {store.State{Failures: 1, Code: "network", Exit: 75, Told: ago(time.Hour)}, signIn,
			refused(700082), time.Time{},
			store.State{Failures: 2, Code: "aadsts700082", Exit: 10, LastTry: noon, Told: noon, Tried: noon,
				NeedsPersonSince: noon, PersonCode: "aadsts700082", PersonExit: 10}, true},
		"a network failure after it keeps the reason": {store.State{Failures: 2, Code: "aadsts700082", Exit: 10,
			Told: ago(time.Hour), NeedsPersonSince: ago(time.Hour), PersonCode: "aadsts700082", PersonExit: 10}, busy,
			errors.New("x"), time.Time{},
			store.State{Failures: 3, Code: "network", Exit: 75, LastTry: noon, Told: noon,
				NeedsPersonSince: ago(time.Hour), PersonCode: "aadsts700082", PersonExit: 10}, true},
		"a disk failure does not replace a dead token as the reason": {store.State{Failures: 2, Code: "aadsts700082",
			Exit: 10, Told: ago(time.Hour), Tried: ago(time.Hour), NeedsPersonSince: ago(time.Hour),
			PersonCode: "aadsts700082", PersonExit: 10},
			&problem.Problem{Exit: problem.Disk, ID: "token.file"}, errors.New("x"), time.Time{},
			store.State{Failures: 3, Code: "token.file", Exit: 74, LastTry: noon, Told: noon, Tried: ago(time.Hour),
				NeedsPersonSince: ago(time.Hour), PersonCode: "aadsts700082", PersonExit: 10}, true},
		"told by a clock that was years ahead": {store.State{Failures: 1, Code: "network", Exit: 75,
			Told: noon.AddDate(10, 0, 0)}, busy, errors.New("x"), time.Time{},
			store.State{Failures: 2, Code: "network", Exit: 75, LastTry: noon, Told: noon}, true},
		"in a cooldown nothing was tried": {store.State{Failures: 2, Code: "aadsts700082", Exit: 10,
			LastTry: ago(time.Hour), Told: ago(time.Hour), Tried: ago(time.Hour), NeedsPersonSince: ago(time.Hour),
			PersonCode: "aadsts700082", PersonExit: 10},
			signIn, nil, time.Time{},
			store.State{Failures: 3, Code: "aadsts700082", Exit: 10, LastTry: ago(time.Hour), Told: ago(time.Hour),
				Tried: ago(time.Hour), NeedsPersonSince: ago(time.Hour), PersonCode: "aadsts700082", PersonExit: 10}, false},
		"a request loop": {store.State{}, busy, refused(faults.RequestLoop), time.Time{},
			store.State{Failures: 1, Code: "network", Exit: 75, LastTry: noon, Told: noon,
				NotBefore: noon.Add(15 * time.Minute)}, true},
		"the refresh token tells the last success": {store.State{LastSuccess: ago(72 * time.Hour)}, busy,
			errors.New("x"), ago(time.Hour),
			store.State{LastSuccess: ago(time.Hour), Failures: 1, Code: "network", Exit: 75, LastTry: noon,
				Told: noon}, true},
		"but not after a failure": {store.State{LastSuccess: ago(72 * time.Hour), Failures: 1, Code: "network",
			Exit: 75, Told: noon}, busy, errors.New("x"), ago(time.Hour),
			store.State{LastSuccess: ago(72 * time.Hour), Failures: 2, Code: "network", Exit: 75, LastTry: noon,
				Told: noon}, false},
	} {
		if got, notify := afterFailure(c.was, c.p, c.err, c.issued, noon); got != c.want || notify != c.notify {
			t.Errorf("%s: %+v, notify %v", name, got, notify)
		}
	}
}

func TestSecretWarning(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		expires, warned string
		want            bool
	}{
		"in 7 days":                {"2026-12-07", "", true},
		"in 8 days":                {"2026-12-08", "", false},
		"tomorrow":                 {"2026-12-01", "2026-11-22", true},
		"already reported today":   {"2026-12-07", "2026-11-29", false},
		"ended":                    {"2026-11-01", "", false},
		"nobody knows":             {"", "", false},
		"in 30 days":               {"2026-12-30", "", true},
		"in two weeks and a month": {"2027-01-13", "", false},
	} {
		f := issued(noon)
		f.Azure.SecretExpires = c.expires
		s := store.State{Warned: c.warned}
		end := warnSecret(&s, f, noon)
		if got := !end.IsZero(); got != c.want || got &&
			(end.Format(time.DateOnly) != c.expires || s.Warned != "2026-11-29") || !got && s.Warned != c.warned {
			t.Errorf("%s: %v, warned %s", name, end, s.Warned)
		}
	}
}
