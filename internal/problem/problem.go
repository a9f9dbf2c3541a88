// Package problem provides the errors that are shown to a person: what failed,
// what to do about it, and the exit code, which says who must act.
package problem

import "github.com/openfire-fr/openfire-o365/internal/i18n"

// Exit is an exit code of the program. Codes are never renumbered.
type Exit int

// The exit codes and who must act.
const (
	OK          Exit = 0   // done, or nothing was due; nobody must act
	SomeBases   Exit = 1   // --all: at least one base needs a person
	Usage       Exit = 2   // wrong usage or configuration, nothing was changed: the user
	SignIn      Exit = 10  // a new sign-in is required: the administrator
	Application Exit = 11  // Entra refuses the application: the application owner
	Mail        Exit = 12  // Exchange or the base refuses: its administrator
	Safety      Exit = 13  // refused for security: investigate
	Bug         Exit = 70  // a bug: report it
	Disk        Exit = 74  // a file or the output could not be written
	Temporary   Exit = 75  // network, 5xx, 429, file in use: nobody, the next run tries again
	Permission  Exit = 77  // local permission denied: the operator of this machine
	Interrupted Exit = 130 // by Ctrl-C, after saving what was in flight
	Terminated  Exit = 143 // by SIGTERM, likewise
)

// SupportContact says how to reach OpenFire's support
// (documentation.openfire.fr, "Authentification Azure pour Office 365").
var SupportContact = i18n.T("Contact OpenFire support (support@openfire.fr, +33 2 30 96 02 65).")

// CombineExit combines the exit code of one of several bases with sum, the exit
// code of the bases before it. One base alone keeps its code. Several end with Temporary
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
	Who  Actor     // who does it; may be empty
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

// Misuse returns a Problem for wrong usage or configuration; nothing was changed. id names the flag or field.
func Misuse(id string, what i18n.Text) *Problem {
	return &Problem{Exit: Usage, ID: id, What: what, Do: i18n.T(
		"Run \"openfire-o365 help\" to see the commands and their flags.")}
}

// Unexpected returns a Problem for an error that has no explanation: a bug.
func Unexpected(err error) *Problem {
	return &Problem{Exit: Bug, ID: "bug", Err: err,
		What: i18n.T("Unexpected error: %s.", err),
		Do:   i18n.T("Send this line to OpenFire support.")}
}
