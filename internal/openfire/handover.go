package openfire

import (
	"context"
	"slices"

	"github.com/openfire-fr/openfire-o365/internal/lang"
)

// HandOver gives the file's tokens to a base that never stores a newer refresh
// token, and to no other; it reports whether it did. Nothing but the tokens is
// written: what else differs is a person's to look at. Errors are Remote's.
func (r *Remote) HandOver(ctx context.Context, f File) (bool, error) {
	s, err := r.Survey(ctx, f)
	if err != nil || s.Major() >= RotatesSince {
		return false, err
	}
	if err := s.Refuse(f.Base); err != nil {
		return false, err
	}
	plan := s.Plan(f, true)
	for _, w := range plan.Writes {
		if w.ID == 0 && w.Model != paramModel || w.Model == paramModel && w.Changes[0].Field == paramClientID {
			return false, &lang.Problem{Exit: lang.Mail, ID: "base.values",
				What: lang.Text{FR: "La base n'a pas encore l'application et le serveur du fichier de jetons.", EN: "The base does not have the token file's application and server yet."},
				Do:   lang.Text{FR: "Lancez d'abord « openfire-o365 apply %s ».", EN: "First run \"openfire-o365 apply %s\"."}.With(f.Base.Name())}
		}
	}
	for _, w := range plan.Writes {
		w.Changes = slices.DeleteFunc(w.Changes, func(c Change) bool { return !slices.Contains(tokenFields, c.Field) })
		if len(w.Changes) == 0 {
			continue
		}
		if _, err := r.Do(ctx, w); err != nil {
			return false, err
		}
	}
	return true, nil
}
