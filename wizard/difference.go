package wizard

import (
	"fmt"

	"github.com/openfire-fr/openfire-o365/internal/guard"
	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// difference lists what is to be written; of secrets only that there is one.
func (b *base) difference(plan openfire.Plan) {
	if plan.Empty() {
		b.List.Done(lang.Text{FR: "La base a déjà tout ce que dit le fichier de jetons.", EN: "The base already has all that the token file says."})
	}
	for _, w := range plan.Writes {
		title := lang.Text{FR: "%s, nouveau :", EN: "%s, new:"}.With(w.Model)
		if w.ID > 0 {
			title = lang.Text{FR: "%s no %d :", EN: "%s no %d:"}.With(w.Model, w.ID)
		} else if w.Model == "ir.config_parameter" {
			title = lang.Text{FR: "%s :", EN: "%s:"}.With(w.Model)
		}
		b.List.Say(title)
		for _, c := range w.Changes {
			b.List.Detail(lineOf(c))
			b.report("change", map[string]any{"model": w.Model, "record": w.ID, "field": c.Field, "secret": c.Secret, "dry_run": b.DryRun})
		}
	}
}

// keepsItsOwn says why no token is among the differences.
func (b *base) keepsItsOwn(plan openfire.Plan) {
	if !plan.Tokens {
		b.List.Say(lang.Text{FR: "Les jetons de la base restent les siens : elle les renouvelle elle-même (--force les remplace).", EN: "The base keeps its own tokens: it renews them by itself (--force replaces them)."})
	}
}

func (b *base) report(kind string, fields map[string]any) {
	if b.Report != nil {
		fields["base"] = b.Host()
		b.Report(kind, fields)
	}
}

// lineOf shows one change.
func lineOf(c openfire.Change) lang.Text {
	hidden := lang.Text{FR: "(secret, non affiché)", EN: "(secret, not shown)"}
	had, _ := c.Old.(bool)
	switch {
	case c.Secret && c.New == "" && had:
		return lang.Text{FR: "%s : effacé", EN: "%s: cleared"}.With(c.Field)
	case c.Secret && c.New == "":
		return lang.Text{FR: "%s : vide", EN: "%s: empty"}.With(c.Field)
	case c.Secret:
		return lang.Text{FR: "%s : %s", EN: "%s: %s"}.With(c.Field, hidden)
	case c.Old == nil || c.Old == "":
		return lang.Text{FR: "%s : %s", EN: "%s: %s"}.With(c.Field, shown(c.New))
	}
	return lang.Text{FR: "%s : %s → %s", EN: "%s: %s → %s"}.With(c.Field, shown(c.Old), shown(c.New))
}

// shown is a value of either side.
func shown(v any) lang.Text {
	switch v := v.(type) {
	case *string:
		return lang.Same(guard.Line(*v))
	case *int:
		return lang.Same(fmt.Sprint(*v))
	case *bool:
		return shown(*v)
	case bool:
		if v {
			return lang.Text{FR: "oui", EN: "yes"}
		}
		return lang.Text{FR: "(vide)", EN: "(empty)"}
	}
	return lang.Same(guard.Line(fmt.Sprint(v)))
}
