//go:build unix

package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/sandbox/base"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
)

// attempt is an answer to a question. After a wrong one, the same or another question
// follows an error.
type attempt struct {
	fr, en string // the question
	keys   string
	then   string // the French question that follows the error; "" after a right answer
	thenEN string
}

// wrong is a wrong answer after which the same question is asked again.
func wrong(fr, en, keys string) attempt { return attempt{fr, en, keys, fr, en} }

// right is a right answer.
func right(fr, en, keys string) attempt { return attempt{fr, en, keys, "", ""} }

const (
	baseFR, baseEN         = "Quel est le nom de votre base OpenFire ?", "What is the name of your OpenFire base?"
	clientIDFR, clientIDEN = "Sur la page Vue d'ensemble (Overview) de l'application", "On the application's Overview page"
	tenantFR, tenantEN     = "ID de l'annuaire (locataire)", "Directory (tenant) ID"
	secretFR, secretEN     = "Valeur du secret client", "Value of the client secret"
	expiresFR, expiresEN   = "Date d'expiration du secret", "Expiry date of the secret"
	mailboxFR, mailboxEN   = "Quelle boîte aux lettres enverra le courrier ?", "Which mailbox will send the mail?"
	openEN                 = "Press Enter to open the browser"
	testToFR, testToEN     = "À quelle adresse envoyer le message de test ?", "Where should the test message be sent?"
	arrivedFR, arrivedEN   = "Le message est-il arrivé", "Did the message arrive"
	retryFR, retryEN       = "Renvoyer le message de test maintenant ?", "Send the test message again now?"
	loginFR, loginEN       = "Identifiant d'un administrateur", "Login of an administrator"
	passwordFR, passwordEN = "Mot de passe ou clé API", "Password or API key"
	incomingFR, incomingEN = "relève-t-elle aussi", "also fetch incoming mail"
	createEN               = "Create all of this for me?"
	loopbackFR, loopbackEN = "Avez-vous ajouté la seconde URI", "Did you add the second redirect URI"
	otherFR, otherEN       = "Est-ce bien ce que vous voulez ?", "Is that what you want?"
	putFR, putEN           = "Mettre maintenant ces valeurs", "Put these values into"
)

// atTheEnd are the mistakes after the application is registered.
var atTheEnd = []attempt{
	wrong(mailboxFR, mailboxEN, "\x15nobody\r"),
	right(mailboxFR, mailboxEN, "\x15other@client.fr\r"), right(openBrowser, openEN, "\r"),
	{otherFR, otherEN, "n", mailboxFR, mailboxEN},
	right(mailboxFR, mailboxEN, "\x15compta@client.fr\r"), right(openBrowser, openEN, "\r"),
	wrong(testToFR, testToEN, "\x15nobody\r"), right(testToFR, testToEN, "\x15compta@client.fr\r"),
	right(arrivedFR, arrivedEN, "n"), right(retryFR, retryEN, "y"),
	right(testToFR, testToEN, "\r"), right(arrivedFR, arrivedEN, "y"),
	right(putFR, putEN, "y"),
	right(loginFR, loginEN, "\x15nobody\r"), {passwordFR, passwordEN, "\x15wrong\r", loginFR, loginEN},
	right(loginFR, loginEN, "\x15"+base.Admin+"\r"), right(passwordFR, passwordEN, "\x15"+base.AdminPassword+"\r"),
	right("Comment la base doit-elle", "How should the base send", "\r"),
}

// byPortalWrong makes one mistake at each question of manual registration.
var byPortalWrong = append([]attempt{
	wrong(baseFR, baseEN, "\x15../x\r"), right(baseFR, baseEN, "\x15mabase\r"), right(incomingFR, incomingEN, "n"),
	right(byHand, createEN, "n"), right(loopbackFR, loopbackEN, "y"),
	wrong(clientIDFR, clientIDEN, "\x15x\r"), right(clientIDFR, clientIDEN, "\x15"+entra.ClientID+"\r"),
	wrong(tenantFR, tenantEN, "\x1511111111-2222-3333-4444-555555555555\r"),
	right(tenantFR, tenantEN, "\x15"+entra.TenantID+"\r"),
	wrong(secretFR, secretEN, "\x15abc8Q~wrong-secret-wrong-secret-wrong-12\r"),
	right(secretFR, secretEN, "\x15"+entra.Secret+"\r"),
	wrong(expiresFR, expiresEN, "\x15soon\r"), right(expiresFR, expiresEN, "\x1511/22/2028\r"),
}, atTheEnd...)

// byGraphWrong makes one mistake at each question of automatic registration.
var byGraphWrong = append([]attempt{
	wrong(baseFR, baseEN, "\x15../x\r"), right(baseFR, baseEN, "\x15mabase\r"), right(incomingFR, incomingEN, "n"),
	right(byHand, createEN, "\r"), right(openBrowser, openEN, "\r"),
}, atTheEnd...)

// TestEveryMistakeIsCorrectedInPlace makes one mistake at each question. Each error is
// on the screen together with the question that corrects it, and is the only one.
// Setup ends with the base connected.
//
//ci:scale
func TestEveryMistakeIsCorrectedInPlace(t *testing.T) {
	t.Parallel()
	if !everyCase {
		t.Skip("with the tag scale")
	}
	failure := regexp.MustCompile(`(?m)^(ÉCHEC|FAILED|!) `)
	for name, way := range map[string][]attempt{"by hand": byPortalWrong, "automatic": byGraphWrong} {
		for _, lang := range []string{"fr", "en"} {
			t.Run(name+", "+lang, func(t *testing.T) {
				t.Parallel()
				s := open(t, 80, 24, t.TempDir(), nil, "setup", "--sandbox", "--lang", lang)
				for _, a := range way {
					question, then := a.fr, a.then
					if lang == "en" {
						question, then = a.en, a.thenEN
					}
					s.answer(question, a.keys)
					if then == "" {
						continue
					}
					s.waitFor(func(screen string) bool {
						return strings.Contains(flat(screen), then) && failure.MatchString(screen)
					})
					if n := len(failure.FindAllString(s.term.String(), -1)); n != 1 {
						t.Errorf("%d failures are on the screen after %q:\n%s", n, a.keys, s.term.String())
					}
				}
				if code := s.exit(); code != 0 {
					t.Errorf("exit %d\n%s", code, s.sent())
				}
			})
		}
	}
}

// waitFor waits until the screen has a property.
func (s *screen) waitFor(is func(screen string) bool) {
	s.t.Helper()
	timer := time.AfterFunc(patience, func() { s.mu.Lock(); s.over = true; s.seen.Broadcast(); s.mu.Unlock() })
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !is(s.term.String()) {
		if s.over {
			s.t.Fatalf("the screen never had it:\n%s", s.term.String())
		}
		s.seen.Wait()
	}
}

// TestResumeAsksNoAnsweredQuestion interrupts setup at each question with Ctrl-C. The
// next run begins with that question; only a secret is asked for again.
//
//ci:scale
func TestResumeAsksNoAnsweredQuestion(t *testing.T) {
	t.Parallel()
	if !everyCase {
		t.Skip("with the tag scale")
	}
	answers := []attempt{
		right(incomingFR, "", "n"), right(byHand, "", "n"), right(loopbackFR, "", "y"),
		right(clientIDFR, "", "\x15"+entra.ClientID+"\r"), right("Sur la même page, sous l'ID", "", "\x15"+entra.TenantID+"\r"),
		right(secretFR, "", "\x15"+entra.Secret+"\r"), right(expiresFR, "", "\x1522/11/2028\r"),
		right(mailboxFR, "", "\x15compta@client.fr\r"), right(openBrowser, "", "\r"), right(testToFR, "", "\r"),
		right(arrivedFR, "", "y"), right(putFR, "", "n"),
	}
	for n, stop := range answers {
		t.Run(stop.fr, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := open(t, 80, 24, dir, nil, "setup", "mabase", "--sandbox")
			for _, a := range answers[:n] {
				s.answer(a.fr, a.keys)
			}
			s.answer(stop.fr, "\x03")
			if code := s.exit(); code != 130 || strings.Contains(s.sent(), "ÉCHEC") {
				t.Fatalf("exit %d\n%s", code, s.sent())
			}
			again := open(t, 80, 24, dir, nil, "setup", "mabase", "--sandbox")
			first := n
			switch stop.fr {
			case expiresFR: // the secret is saved with its date
				first = n - 1
			case arrivedFR: // the message is sent again
				first = n - 1
			}
			again.wait(answers[first].fr)
			said := flat(again.sent())
			for i, a := range answers {
				if i != first && strings.Contains(said, a.fr) {
					t.Errorf("the next run asks %q:\n%s", a.fr, again.term.String())
				}
			}
		})
	}
}
