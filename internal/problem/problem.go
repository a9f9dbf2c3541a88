// Package problem provides the errors that are shown to a person: what failed,
// what to do about it, and the exit code, which says who must act.
package problem

import "github.com/openfire-fr/openfire-o365/internal/i18n"

// Exit is an exit code of the program. Codes are never renumbered.
type Exit int

// The exit codes and who must act.
const (
	OK          Exit = 0   // done, or nothing was due: nobody
	SomeBases   Exit = 1   // --all, at least one base needs a person: read the list
	Usage       Exit = 2   // usage or configuration, nothing was changed: whoever typed it
	SignIn      Exit = 10  // sign in again: the administrator
	Application Exit = 11  // Entra refuses the application: its owner
	Mail        Exit = 12  // Exchange or the base refuses: their administrator
	Safety      Exit = 13  // refused for safety: look closely
	Bug         Exit = 70  // a bug: report it
	Disk        Exit = 74  // file or output could not be written; the old token is there
	Temporary   Exit = 75  // network, 5xx, 429, lock busy: nobody, the next run
	Permission  Exit = 77  // local permission: whoever runs cron
	Interrupted Exit = 130 // by Ctrl-C, after saving what was in flight
	Terminated  Exit = 143 // by SIGTERM, likewise
)

// SupportContact says how to reach OpenFire's support
// (documentation.openfire.fr, "Authentification Azure pour Office 365").
var SupportContact = i18n.T("Contact OpenFire support (support@openfire.fr, +33 2 30 96 02 65).")

// CombineExit adds the exit code of one of several bases to sum, that of the
// bases before it. One base alone keeps its code. Several end with Temporary
// when all that failed did so temporarily, else with SomeBases.
func CombineExit(sum, code Exit, bases int) Exit {
	switch {
	case code == OK:
		return sum
	case bases == 1:
		return code
	case code == Temporary && sum != SomeBases:
		return Temporary
	}
	return SomeBases
}

// Problem is an error for a person.
type Problem struct {
	Exit Exit
	ID   string    // stable name of the fault or the field, for machines
	What i18n.Text // what is wrong and where
	Do   i18n.Text // what to do about it; may be zero
	Err  error     // the cause, for the log; may be nil
}

// Error returns What and Do in English.
func (p *Problem) Error() string {
	if p.Do.IsZero() {
		return p.What.In(i18n.English)
	}
	return p.What.In(i18n.English) + " " + p.Do.In(i18n.English)
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

// Misuse is a problem of whoever typed the command or wrote its configuration;
// nothing was changed. id names the flag or field.
func Misuse(id string, what i18n.Text) *Problem {
	return &Problem{Exit: Usage, ID: id, What: what, Do: i18n.T(
		"Run \"openfire-o365 help\" to see the commands and their flags.")}
}

// Unexpected is the problem of an error that nothing explains: a bug.
func Unexpected(err error) *Problem {
	return &Problem{Exit: Bug, ID: "bug", Err: err,
		What: i18n.T("Unexpected error: %s.", err),
		Do:   i18n.T("Send this line to OpenFire support.")}
}
