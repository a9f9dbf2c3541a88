package store

import (
	"errors"
	"strings"
	"syscall"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
)

// Problem returns the problem to show to a person for an error of a token file.
func Problem(e *disk.Error) *problem.Problem {
	pr := &problem.Problem{ID: "token.file", Err: e}
	cause := strings.TrimSuffix(sanitize.Line(e.Error()), ".") // error texts of Windows are sentences
	switch e.Kind {
	case disk.Busy:
		pr.Exit = problem.Temporary
		pr.What = i18n.T("%s is in use by another openfire-o365 process.", e.Path)
	case disk.ResourceExhausted:
		pr.Exit = problem.Temporary
		pr.What = i18n.T("This machine is out of memory or file descriptors: %s. The file was not changed.", cause)
	case disk.NotDurable:
		pr.Exit = problem.Disk
		pr.What = i18n.T("The new file was written, but the disk did not confirm it: %s. It could be lost in a power failure.",
			cause)
		pr.Do = i18n.T("Check this disk; the next renewal will try again.")
	case disk.Unsafe, disk.Moved:
		pr.Exit = problem.Safety
		pr.What, pr.Do = i18n.T("Refused for security reasons: %s.", cause), repair(e)
	case disk.Denied:
		pr.Exit = problem.Permission
		if e.Rescued != "" {
			pr.Exit = problem.Disk // found after the token was sent
		}
		pr.What = i18n.T("Permission denied: %s.", cause)
		pr.Do = i18n.T("Run the command as the account that owns the file.")
	case disk.Malformed:
		errors.As(e.Err, &pr)
		broken := *pr
		broken.Do = i18n.T("%s File: %s", pr.Do, e.Path)
		return &broken
	case disk.UnknownOwner:
		return problem.Misuse("owner",
			i18n.T("Invalid value for --owner: enter USER:GROUP, as names or numbers of this machine (%s).", cause))
	case disk.Deleted:
		return problem.Misuse("token.file",
			i18n.T("There is no token file, but its new tokens were saved in %s. Run setup: it restores the file.", e.Rescued))
	case disk.Lost:
		pr.Exit = problem.Disk
		pr.What = i18n.T("The token file cannot be replaced: %s. The new tokens could not be saved anywhere and are lost.", cause)
		pr.Do = i18n.T("Solve this problem, then run \"openfire-o365 setup\" to sign in again.")
	default:
		pr.Exit = problem.Disk
		pr.What = i18n.T("The file could not be read or written: %s. It was not changed.", cause)
		if e.Kind == disk.Changed {
			pr.What = i18n.T("The token file changed while it was in use: %s.", cause)
		}
		pr.Do = repair(e)
		if errors.Is(e, syscall.EBUSY) {
			pr.Do = i18n.T("If only the file is mounted in a container, mount its folder instead.")
		}
	}
	if e.Rescued != "" {
		pr.What = i18n.T("%s The new tokens were saved in %s. The next run will use them if the token file still "+
			"contains the token that was sent.",
			pr.What, e.Rescued)
	}
	return pr
}

// repair returns what to do according to the error, empty if it does not say.
func repair(e *disk.Error) i18n.Text {
	switch {
	case e.Fixable:
		return i18n.T("To correct this, run \"openfire-o365 verify --fix-perms\" or %s", e.Repair)
	case e.Repair != "":
		return i18n.T("To correct this, run: %s", e.Repair)
	}
	return i18n.Text{}
}
