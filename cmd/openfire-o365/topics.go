package main

import (
	"fmt"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/wizard"
)

// topic is a page of help that belongs to no command: paragraphs divided by a
// blank line; one with an indented line is shown as it stands, also in a manual.
type topic struct {
	name  string
	title lang.Text
	text  func() lang.Text // written when it is read: the guide alone takes longer than a start
}

func topics() []topic {
	return []topic{
		{"token-file", lang.Text{FR: "Le fichier de jetons : sa forme, un exemple", EN: "The token file: its form, an example"}, openfire.FormatHelp},
		{"exit-codes", lang.Text{FR: "Les codes de sortie, et qui doit agir", EN: "The exit codes, and who acts"}, exitCodesHelp},
		{"guide", lang.Text{FR: "La mise en place à la main, clic par clic", EN: "Setting up by hand, click by click"}, guideHelp},
		{"sandbox", lang.Text{FR: "S'exercer sans rien toucher de réel", EN: "Practising without touching anything real"}, sandboxHelp},
	}
}

// helpTopic prints the topic of that name, and reports whether there is one. A
// command of the same name has its own help below.
func (p *program) helpTopic(name string) bool {
	for _, t := range topics() {
		switch {
		case t.name != name:
			continue
		case p.flags.json:
			p.describeTopic(t)
		default:
			fmt.Fprintln(p.out, p.text(t.text()))
			if t.name == "sandbox" {
				fmt.Fprintln(p.out)
			}
		}
		return true
	}
	return false
}

func (p *program) describeTopic(t topic) {
	_ = p.out.line("topic", map[string]any{"topic": t.name, "title": p.text(t.title), "about": p.text(t.text())})
}

// exitMeaning is one row of the table of exit codes; README has the same.
type exitMeaning struct {
	codes    []lang.Exit
	what, do lang.Text
}

func exitMeanings() []exitMeaning {
	nobody := lang.Text{FR: "personne", EN: "nobody"}
	return []exitMeaning{
		{[]lang.Exit{lang.OK}, lang.Text{FR: "fait, ou rien n'était à faire", EN: "done, or nothing was due"}, nobody},
		{[]lang.Exit{lang.SomeBases}, lang.Text{FR: "plusieurs bases : l'une au moins attend quelqu'un", EN: "several bases: at least one needs a person"}, lang.Text{FR: "lisez la liste", EN: "read the list"}},
		{[]lang.Exit{lang.Usage}, lang.Text{FR: "usage ou configuration ; rien n'a changé", EN: "usage or configuration; nothing was changed"}, lang.Text{FR: "qui a tapé la commande", EN: "whoever typed it"}},
		{[]lang.Exit{lang.SignIn}, lang.Text{FR: "il faut se reconnecter", EN: "sign in again"}, lang.Text{FR: "l'administrateur : setup", EN: "administrator: setup"}},
		{[]lang.Exit{lang.Application}, lang.Text{FR: "Entra refuse l'application", EN: "Entra refuses the application"}, lang.Text{FR: "le propriétaire de l'application", EN: "application owner"}},
		{[]lang.Exit{lang.Mail}, lang.Text{FR: "Exchange ou la base refuse", EN: "Exchange or the base refuses"}, lang.Text{FR: "l'administrateur d'Exchange ou d'OpenFire", EN: "Exchange or OpenFire administrator"}},
		{[]lang.Exit{lang.Safety}, lang.Text{FR: "refusé par sécurité", EN: "refused for safety"}, lang.Text{FR: "regardez de près", EN: "look closely"}},
		{[]lang.Exit{lang.Bug}, lang.Text{FR: "un défaut du programme", EN: "a bug"}, lang.Text{FR: "signalez-le", EN: "report it"}},
		{[]lang.Exit{lang.Disk}, lang.Text{FR: "fichier ou sortie non écrits ; l'ancien jeton est là", EN: "file or output could not be written; the old token is still there"}, lang.Text{FR: "le disque", EN: "disk"}},
		{[]lang.Exit{lang.Temporary}, lang.Text{FR: "passager", EN: "temporary"}, lang.Text{FR: "personne : le prochain passage", EN: "nobody: the next run"}},
		{[]lang.Exit{lang.Permission}, lang.Text{FR: "droits de cette machine", EN: "local permission"}, lang.Text{FR: "qui lance cron", EN: "whoever runs cron"}},
		{[]lang.Exit{lang.Interrupted, lang.Terminated}, lang.Text{FR: "interrompu, après avoir enregistré ce qui était en cours", EN: "interrupted, after saving what was in flight"}, nobody},
	}
}

// names are a row's codes as they are written: 130, 143.
func (m exitMeaning) names() string {
	var names []string
	for _, c := range m.codes {
		names = append(names, fmt.Sprint(int(c)))
	}
	return strings.Join(names, ", ")
}

func exitCodesHelp() lang.Text {
	text := lang.Text{
		FR: "Le code de sortie dit qui doit agir. Un code inconnu est un échec.\n",
		EN: "The exit code says who must act. An unknown code is a failure.\n"}
	for _, m := range exitMeanings() {
		text = lang.Text{FR: "%s\n  %-9s %s\n            → %s", EN: "%s\n  %-9s %s\n            → %s"}.With(text, m.names(), m.what, m.do)
	}
	return lang.Text{
		FR: "%s\n\n« verify --nagios » suit la convention des sondes : 0 bien, 1 attention, 2 panne,\n3 inconnu, et une seule ligne.",
		EN: "%s\n\n\"verify --nagios\" keeps the convention of plugins: 0 well, 1 warning, 2 critical,\n3 unknown, and one line."}.With(text)
}

// guideHelp is the guide as lines, for where no browser is at hand.
func guideHelp() lang.Text {
	lines := func(l lang.Lang) string {
		var b strings.Builder
		(&wizard.Teller{W: &b, Lang: l}).Say(guide.Text())
		return strings.TrimSpace(b.String())
	}
	return lang.Text{FR: lines(lang.FR), EN: lines(lang.EN)}
}

func sandboxHelp() lang.Text {
	return lang.Text{
		FR: "« --sandbox », sur toute commande, remplace Microsoft et la base par de petites imitations,\nen mémoire et sur cette machine seulement : Entra, Graph, Exchange, OpenFire. Rien n'est réel,\nrien n'en sort ; les fichiers sont à part, dans le dossier « sandbox ».\n\n" +
			"  openfire-o365 setup --sandbox\n  openfire-o365 verify --sandbox\n\n" +
			"La boîte aux lettres choisit la panne : connectez-vous comme aadsts50105@client.fr,\naadsts7000215@client.fr, 535-5.7.139-tenant@client.fr ou base-forbidden@client.fr pour\nrencontrer ce refus, dans les mots de Microsoft ou d'Odoo. La page de connexion et cette\ncommande les montrent tous :\n\n" +
			"  openfire-o365 explain --list\n\n" +
			"« openfire-o365 sandbox » en garde un en marche pour plusieurs commandes, jusqu'à Ctrl+C, et\naffiche la commande à taper dans une autre fenêtre.",
		EN: "\"--sandbox\", on any command, puts small imitations in the place of Microsoft and of the base,\nin memory and on this machine only: Entra, Graph, Exchange, OpenFire. Nothing is real and\nnothing leaves it; its files are kept apart, in the folder \"sandbox\".\n\n" +
			"  openfire-o365 setup --sandbox\n  openfire-o365 verify --sandbox\n\n" +
			"The mailbox chooses the fault: sign in as aadsts50105@client.fr, aadsts7000215@client.fr,\n535-5.7.139-tenant@client.fr or base-forbidden@client.fr to meet that refusal, in Microsoft's\nor Odoo's own words. The sign-in page and this command show them all:\n\n" +
			"  openfire-o365 explain --list\n\n" +
			"\"openfire-o365 sandbox\" keeps one running for several commands, until Ctrl+C, and prints the\ncommand to type in another window."}
}
