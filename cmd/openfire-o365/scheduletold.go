package main

import (
	"os/user"
	"path/filepath"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/schedule"
)

// toldOf says what has been done to a scheduler, and what a person should know
// of it: the entry runs when nobody is there to see.
func (p *program) toldOf(s scheduler, installed bool, job schedule.Job) error {
	if p.flags.json {
		p.out.JSON("schedule", map[string]any{"system": s.id, "installed": installed})
		return nil
	}
	if p.flags.quiet {
		return nil
	}
	if !installed {
		p.tell.Done(i18n.T("%s: the renewal is no longer scheduled.", s.title))
		return nil
	}
	p.tell.Done(i18n.T("%s: the tokens will be renewed every %d minutes. \"openfire-o365 token schedule\" shows it.", s.title, schedule.Every))
	for _, note := range p.scheduleNotes(s) {
		p.tell.Note(note)
	}
	return nil
}

// scheduleNotes are what a scheduled run will lack.
func (p *program) scheduleNotes(s scheduler) (notes []i18n.Text) {
	switch system := s.System.(type) {
	case schedule.Systemd:
		who, err := user.Current()
		if system.User && err == nil && !there(filepath.Join("/var/lib/systemd/linger", who.Username)) {
			notes = append(notes, i18n.T("The timer stops when you log out; to keep it going: loginctl enable-linger"))
		}
	case schedule.Task:
		if !system.Elevated {
			notes = append(notes, i18n.T("The task runs only while you are logged on to Windows. To have it run always, run this command again in a terminal opened as administrator."))
		}
	}
	if s.id == "task" || s.id == "launchd" {
		notes = append(notes, i18n.T("This system keeps no messages: \"openfire-o365 verify --all --offline\" tells what is wrong."))
	}
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		if s.id != "task" && p.env(name) != "" {
			notes = append(notes, i18n.T("%s is set here and not in what is scheduled: add it to the configuration of %s.", name, s.title))
		}
	}
	return notes
}
