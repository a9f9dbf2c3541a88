package schedulecmd

import (
	"path/filepath"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/schedule"
)

// reportInstalled says that a scheduler has the entry, and what a person should
// know of it: the entry runs when nobody is there to see.
func (c *command) reportInstalled(s scheduler) {
	switch {
	case c.Flags.JSON:
		c.Out.JSON("schedule", map[string]any{"system": s.id, "installed": true})
	case !c.Flags.Quiet:
		c.Tell.Done(i18n.T(
			"%s: the tokens will be renewed every %d minutes. Run \"openfire-o365 token schedule\" to see "+
				"the schedule.",
			s.title, schedule.Every))
		for _, note := range c.notes(s) {
			c.Tell.Note(note)
		}
	}
}

// reportRemoved says that a scheduler no longer has the entry.
func (c *command) reportRemoved(s scheduler) {
	switch {
	case c.Flags.JSON:
		c.Out.JSON("schedule", map[string]any{"system": s.id, "installed": false})
	case !c.Flags.Quiet:
		c.Tell.Done(i18n.T("%s: the renewal is no longer scheduled.", s.title))
	}
}

// notes returns what a scheduled run will lack.
func (c *command) notes(s scheduler) (notes []i18n.Text) {
	switch system := s.System.(type) {
	case schedule.Systemd:
		who, err := account()
		if system.User && err == nil && !exists(filepath.Join("/var/lib/systemd/linger", who.Username)) {
			notes = append(notes, i18n.T(
				"The timer stops when you log out. To keep it running, run: loginctl enable-linger"))
		}
	case schedule.Task:
		if !system.Elevated {
			notes = append(notes,
				i18n.T("The task runs only while you are signed in to Windows. To run it at all times, run this "+
					"command again in a terminal opened as administrator."))
		}
	}
	if s.id == "task" || s.id == "launchd" {
		notes = append(notes,
			i18n.T("This system does not keep the messages of scheduled runs. Run \"openfire-o365 verify --all "+
				"--offline\" to see problems."))
	}
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		if s.id != "task" && c.Getenv(name) != "" {
			notes = append(notes,
				i18n.T(
					"The environment variable %s is set here but not in scheduled runs. Add it to the configuration "+
						"of %s.", name,
					s.title))
		}
	}
	return notes
}
