package transfer

import (
	"fmt"

	"github.com/openfire-fr/openfire-o365/internal/apply"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// list prints what is to be written; of secrets only that there is one.
func (t *target) list(plan apply.Plan) {
	if plan.Empty() {
		t.List.Done(i18n.T("The base already has all that the token file says."))
	}
	for _, w := range plan.Writes {
		title := i18n.T("%s, new:", w.Model)
		if w.ID > 0 {
			title = i18n.T("%s no %d:", w.Model, w.ID)
		} else if w.Model == openfire.ParamModel {
			title = i18n.T("%s:", w.Model)
		}
		t.List.Print(title)
		for _, c := range w.Changes {
			t.List.Detail(lineOf(c))
			t.report("change", map[string]any{
				"model": w.Model, "record": w.ID, "field": c.Field, "secret": c.Secret, "dry_run": t.DryRun,
			})
		}
	}
}

// report tells another program.
func (t *target) report(kind string, fields map[string]any) {
	fields["base"] = t.base.Host()
	t.Dialog.Machine.Report(kind, fields)
}

// lineOf shows one change.
func lineOf(c apply.Change) i18n.Text {
	hidden := i18n.T("(secret, not shown)")
	had, _ := c.Old.(bool)
	switch {
	case c.Secret && c.New == "" && had:
		return i18n.T("%s: cleared", c.Field)
	case c.Secret && c.New == "":
		return i18n.T("%s: empty", c.Field)
	case c.Secret:
		return i18n.T("%s: %s", c.Field, hidden)
	case c.Old == nil || c.Old == "":
		return i18n.T("%s: %s", c.Field, shown(c.New))
	}
	return i18n.T("%s: %s → %s", c.Field, shown(c.Old), shown(c.New))
}

// shown is a value of either side.
func shown(v any) i18n.Text {
	switch v {
	case true:
		return i18n.T("yes")
	case false:
		return i18n.T("(empty)")
	}
	return i18n.Literal(sanitize.Line(fmt.Sprint(v)))
}
