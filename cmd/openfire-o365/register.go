package main

import (
	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
	"github.com/openfire-fr/openfire-o365/wizard/register"
)

// registerFlags are about the application that set-up makes by itself.
type registerFlags struct {
	permissions, graphClient string
	dryRun, undo             bool
}

func (p *program) registerFlags(f *pflag.FlagSet, s *setupFlags) {
	f.StringVar(&s.register.permissions, "permissions", "least", p.text(i18n.T("permissions of the application made: least (what the base uses) or article (the article's list)")))
	f.StringVar(&s.register.graphClient, "graph-client-id", "", p.text(i18n.T("other public client for the administrator's sign-in")))
	f.BoolVar(&s.register.dryRun, "dry-run", false, p.text(i18n.T("show what would be made at Microsoft, and stop")))
	f.BoolVar(&s.register.undo, "undo", false, p.text(i18n.T("remove what setup has made at Microsoft")))
}

// check wants values that mean something.
func (r registerFlags) check() error {
	if r.permissions != "least" && r.permissions != "article" && r.permissions != "" {
		return usage("permissions", i18n.T("--permissions is least or article."))
	}
	if r.dryRun && r.undo {
		return usage("undo", i18n.T("--dry-run and --undo exclude each other."))
	}
	if r.graphClient != "" {
		if _, err := openfire.ParseGUID(r.graphClient); err != nil {
			return usage("graph-client-id", i18n.T("--graph-client-id wants an application's ID."))
		}
	}
	return nil
}

func (r registerFlags) options() register.Options {
	return register.Options{GraphClient: r.graphClient, Article: r.permissions == "article", DryRun: r.dryRun}
}

// answerAlone gives the sandbox's own values where nobody is there to do so.
func answerAlone(given, hints map[string]string) {
	auto := given["register"] == dialog.Automatic
	for id, v := range hints {
		ofApplication := id == "client-id" || id == "client-secret" || id == "secret-expires" || id == "tenant"
		if _, ok := given[id]; !ok && !(auto && ofApplication) {
			given[id] = v
		}
	}
	if _, ok := given["yes"]; auto && !ok {
		given["yes"] = ui.Yes
	}
}
