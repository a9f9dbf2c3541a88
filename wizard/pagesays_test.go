package wizard_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/wizard"
)

// soon returns a context with a time limit for a setup that hangs.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// silent returns a setup whose browser never returns, and which soon asks why.
func silent(t *testing.T, answers map[string]string) (*wizard.Setup, *person) {
	t.Helper()
	s, out := setup(t, answers, nil)
	s.Browser.Quiet = 20 * time.Millisecond
	s.Browser.Open = func(string) error { return nil }
	return s, out
}

// A refusal that Microsoft shows only on its own page can be selected by number or
// typed, and is explained from the catalogue.
func TestRefusalOnMicrosoftsPageIsExplained(t *testing.T) {
	t.Parallel()
	for typed, id := range map[string]string{
		"3":                   "aadsts50105",
		" 4 ":                 "aadsts700016",
		"50105":               "aadsts50105",
		"AADSTS53003":         "aadsts53003",
		"Need admin approval": "aadsts90094",
		"Approbation de l’administrateur requise": "aadsts90094",
		"Sorry, but we're having trouble signing you in. AADSTS50034: The user account does not exist. https://login.microsoftonline.com/error?code=50034": "aadsts50034",
		"Veuillez configurer vos données d'authentification Outlook.":                                                                                      "base-not-configured",
		"AADSTS16003: never added": "aadsts16003",
	} {
		t.Run(id+" "+typed[:min(len(typed), 12)], func(t *testing.T) {
			t.Parallel()
			fault := faults.Find(id)
			if strings.HasPrefix(id, "aadsts16003") {
				fault = faults.Find("AADSTS16003")
			}
			s, out := silent(t, map[string]string{"A number, the message or code": typed + "\n", fault[0].Do.In(i18n.English)[:40]: ""})
			err := run(soon(t), t, s)
			var missing *prompt.Missing
			if !errors.As(err, &missing) {
				t.Errorf("%v", err)
			}
			for _, part := range []string{"What does Microsoft's page say?", "  1. The redirect URI is not registered", "  3. The application accepts only assigned users", fault[0].What.In(i18n.English)} {
				if !strings.Contains(flat(out.String()), flat(part)) {
					t.Errorf("%q is not in\n%s", part, out.String())
				}
			}
		})
	}
}

// After AADSTS50011 the sign-in restarts with the base's redirect URI. If that one is
// not registered either, setup reports it.
func TestSignInRestartsAfterRedirectMismatch(t *testing.T) {
	t.Parallel()
	s, out := silent(t, map[string]string{"A number, the message or code": "1\n", "At the end the browser shows a page of your base": "50011\n", "add exactly this": ""})
	err := run(soon(t), t, s)
	var missing *prompt.Missing
	if !errors.As(err, &missing) || strings.Count(out.String(), "sign in as the mailbox") < 2 {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// A number is not accepted before the list is shown. The text of the base's 403 page is
// not accepted in place of its address either.
func TestNumbersMeanNothingBeforeTheList(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{
		"3\n", "403 Forbidden: You don't have the permission to access the requested resource.\n",
	} {
		s, out := silent(t, map[string]string{"Address of the last page": typed, "Copy the whole address of the last page": ""})
		s.Browser.Quiet, s.Browser.Paste = time.Hour, true
		err := run(soon(t), t, s)
		var missing *prompt.Missing
		if !errors.As(err, &missing) || !strings.Contains(flat(out.String()), "This address does not contain a sign-in code.") {
			t.Errorf("%q: %v\n%s", typed, err, out.String())
		}
	}
}

// Without a user, the refusal returned by the sandbox's browser ends the wait.
func TestUnattendedRefusalEndsTheWait(t *testing.T) {
	t.Parallel()
	s, _ := setup(t, nil, nil)
	fault, _ := faults.ByID("aadsts50105")
	s.Browser.Open = func(string) error { return &faults.Refusal{Fault: fault} }
	err := run(soon(t), t, s)
	if refusal, is := faults.AsRefusal(err); !is || refusal.ID != fault.ID {
		t.Errorf("%v", err)
	}
}

func flat(s string) string {
	return strings.Join(strings.Fields(s), " ")
}
