package wizard

import (
	"slices"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
)

// Lacks returns *ui.Missing with the answers that neither the file holds nor were
// given ahead. Where nobody can be asked it is called before anything is done.
func (s *Setup) Lacks(base openfire.Base) error {
	r, err := s.newRun(base)
	if err != nil {
		return err
	}
	f := r.draft.File
	held := map[string]bool{
		"client-id": f.Client.ID != "", "tenant": f.Azure.TenantID != "", "client-secret": !f.Client.Secret.Empty(),
		"mailbox": f.Mailbox() != "", "yes": r.registered() && r.hasSecret(),
	}
	needed := []string{"client-id", "tenant", "client-secret", "mailbox"}
	if way, _ := s.Dialog.Given("register"); way == dialog.Automatic {
		needed = []string{"yes", "mailbox"}
	}
	lacks := slices.DeleteFunc(needed, func(id string) bool { _, given := s.Dialog.Given(id); return given || held[id] })
	if len(lacks) > 0 {
		return dialog.Missing(lacks...)
	}
	return nil
}
