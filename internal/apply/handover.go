package apply

import (
	"context"
	"slices"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// HandOver gives the file's tokens to a base that never stores a newer refresh
// token, and to no other; it reports whether it did. Nothing but the tokens is
// written: what else differs is a person's to look at. Errors are Remote's.
func HandOver(ctx context.Context, r *openfire.Client, f tokenfile.File) (bool, error) {
	s, err := r.MailConfig(ctx, f.Client.Secret)
	if err != nil || s.Major() >= openfire.RotatesSince {
		return false, err
	}
	if err := s.CheckWritable(f.Base); err != nil {
		return false, err
	}
	plan := NewPlan(s, f, true)
	for _, w := range plan.Writes {
		if w.ID == 0 && w.Model != openfire.ParamModel || w.Model == openfire.ParamModel && w.Changes[0].Field == openfire.ParamClientID {
			return false, &problem.Problem{Exit: problem.Mail, ID: "base.values",
				What: i18n.T("The base does not have the token file's application and server yet."),
				Do:   i18n.T("First run \"openfire-o365 apply %s\".", f.Base.Name())}
		}
	}
	for _, w := range plan.Writes {
		w.Changes = slices.DeleteFunc(w.Changes, func(c Change) bool { return !slices.Contains(tokenFields, c.Field) })
		if len(w.Changes) == 0 {
			continue
		}
		if _, err := w.Do(ctx, r); err != nil {
			return false, err
		}
	}
	return true, nil
}
