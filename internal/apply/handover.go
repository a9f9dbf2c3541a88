package apply

import (
	"context"
	"slices"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// HandOver gives the file's tokens to a base that does not store the tokens
// that it renews, and to no other; it reports whether it did. It writes tokens
// only. Errors are those of openfire.Client.
func HandOver(ctx context.Context, base *openfire.Client, f tokenfile.File) (bool, error) {
	c, err := base.MailConfig(ctx, f.Client.Secret)
	if err != nil || c.Features().Has(openfire.StoresRotatedToken) {
		return false, err
	}
	if err := c.CheckWritable(f.Base); err != nil {
		return false, err
	}
	plan := NewTokenPlan(c, f)
	for _, w := range plan.Writes {
		if w.ID == 0 && (w.Model != openfire.ParamModel || w.Changes[0].Field == openfire.ParamClientID) {
			return false, &problem.Problem{Exit: problem.Mail, ID: "base.values",
				What: i18n.T("The base does not have the token file's application and server yet."),
				Do:   i18n.T("First run \"openfire-o365 apply %s\".", f.Base.Name())}
		}
	}
	for _, w := range plan.Writes {
		w.Changes = slices.DeleteFunc(w.Changes, func(c Change) bool { return !slices.Contains(openfire.TokenFields, c.Field) })
		if len(w.Changes) == 0 {
			continue
		}
		if _, err := w.Do(ctx, base); err != nil {
			return false, err
		}
	}
	return true, nil
}
