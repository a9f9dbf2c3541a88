package main

import "github.com/openfire-fr/openfire-o365/internal/lang"

// example is a line to type and what it does. The tests type every one.
type example struct {
	line string
	what lang.Text
}

// examplesOf are the examples of one command, by its whole name.
func examplesOf(command string) []example {
	switch command {
	case "openfire-o365":
		return []example{
			{"openfire-o365 setup mabase", lang.Text{FR: "connecter une base", EN: "connect a base"}},
			{"openfire-o365 verify mabase", lang.Text{FR: "quel maillon est cassé, et qui doit agir", EN: "which link is broken, and who must act"}},
		}
	case "openfire-o365 setup":
		return []example{
			{"openfire-o365 setup --sandbox", lang.Text{FR: "s'exercer : rien n'est réel", EN: "practise: nothing is real"}},
			{"openfire-o365 setup mabase", lang.Text{FR: "connecter la base, ou reprendre où l'on en était", EN: "connect the base, or go on where one was"}},
			{"openfire-o365 setup mabase --register auto --dry-run", lang.Text{FR: "ce qui serait créé chez Microsoft, sans le créer", EN: "what would be made at Microsoft, without making it"}},
			{"openfire-o365 setup mabase --client-secret-file secret.txt", lang.Text{FR: "la valeur du secret, lue dans un fichier", EN: "the secret's value, read from a file"}},
		}
	case "openfire-o365 verify":
		return []example{
			{"openfire-o365 verify mabase", lang.Text{FR: "quel maillon est cassé, pourquoi, qui doit agir", EN: "which link is broken, why, who must act"}},
			{"openfire-o365 verify mabase --send anna@client.fr", lang.Text{FR: "et un message de test à cette adresse", EN: "and a test message to that address"}},
			{"openfire-o365 verify mabase --report page.html", lang.Text{FR: "la même chose en une page sans secret, pour le support", EN: "the same as one page without secrets, for support"}},
			{"openfire-o365 verify --all --offline", lang.Text{FR: "ce que disent les fichiers seuls, sans réseau", EN: "what the files alone tell, without network"}},
			{"openfire-o365 verify --all --nagios", lang.Text{FR: "une ligne et un code, pour une supervision", EN: "one line and one code, for a monitor"}},
		}
	case "openfire-o365 token refresh":
		return []example{
			{"openfire-o365 token refresh --all", lang.Text{FR: "toutes les bases ; silencieux si tout va bien", EN: "every base; silent when all is well"}},
			{"openfire-o365 token refresh --all --keep-alive 7d", lang.Text{FR: "pour des bases qui renouvellent elles-mêmes leur jeton d'accès", EN: "for bases that renew their access token by themselves"}},
			{"openfire-o365 token refresh mabase --apply --login admin --api-key-file key.txt", lang.Text{FR: "et le nouveau jeton à une base d'Odoo 10 à 13", EN: "and the new token to a base on Odoo 10 to 13"}},
		}
	case "openfire-o365 token status":
		return []example{
			{"openfire-o365 token status mabase", lang.Text{FR: "quand il faudra agir", EN: "when something has to be done"}},
			{"openfire-o365 token status --all --prometheus", lang.Text{FR: "des mesures, pour Prometheus", EN: "figures, for Prometheus"}},
		}
	case "openfire-o365 apply":
		return []example{
			{"openfire-o365 apply mabase --dry-run", lang.Text{FR: "ce qui diffère dans la base, sans rien écrire", EN: "what differs in the base, writing nothing"}},
			{"openfire-o365 apply mabase", lang.Text{FR: "l'écrire, et le prouver par un message", EN: "write it, and prove it by a message"}},
			{"openfire-o365 apply mabase --export csv folder", lang.Text{FR: "des tableaux à importer dans le client web", EN: "tables to be imported in the web client"}},
		}
	}
	return otherExamples(command)
}

// otherExamples are those of the commands around the token files.
func otherExamples(command string) []example {
	switch command {
	case "openfire-o365 token schedule":
		return []example{
			{"openfire-o365 token schedule show", lang.Text{FR: "ce qui est programmé, ou le serait", EN: "what is scheduled, or would be"}},
			{"openfire-o365 token schedule install", lang.Text{FR: "programmer le renouvellement de toutes les bases", EN: "schedule the renewal of every base"}},
			{"openfire-o365 token schedule remove", lang.Text{FR: "ne plus le programmer", EN: "schedule it no more"}},
		}
	case "openfire-o365 token schedule install":
		return []example{
			{"openfire-o365 token schedule install", lang.Text{FR: "toutes les bases, par ce que cette machine a", EN: "every base, by what this machine has"}},
			{"openfire-o365 token schedule install mabase --with cron --keep-alive 7d", lang.Text{FR: "une base, par cron, avec cette option de « token refresh »", EN: "one base, by cron, with that flag of \"token refresh\""}},
		}
	case "openfire-o365 explain":
		return []example{
			{"openfire-o365 explain AADSTS50105", lang.Text{FR: "ce que veut dire ce code", EN: "what this code means"}},
			{"openfire-o365 explain 535 5.7.139", lang.Text{FR: "ce que veut dire ce refus d'Exchange", EN: "what this refusal of Exchange's means"}},
			{"openfire-o365 explain - < message.txt", lang.Text{FR: "un mail retourné, un journal", EN: "a bounced mail, a log"}},
			{"openfire-o365 explain --list", lang.Text{FR: "toutes les pannes connues", EN: "all known faults"}},
		}
	case "openfire-o365 sandbox":
		return []example{
			{"openfire-o365 sandbox", lang.Text{FR: "en marche jusqu'à Ctrl+C", EN: "running until Ctrl+C"}},
		}
	case "openfire-o365 completion":
		return []example{
			{"openfire-o365 completion bash > ~/.local/share/bash-completion/completions/openfire-o365", lang.Text{FR: "bash, au prochain terminal", EN: "bash, in the next terminal"}},
			{"openfire-o365 completion zsh > ~/.zfunc/_openfire-o365", lang.Text{FR: "zsh, si ~/.zshrc a « fpath+=~/.zfunc » avant compinit", EN: "zsh, where ~/.zshrc has \"fpath+=~/.zfunc\" before compinit"}},
			{"openfire-o365 completion fish > ~/.config/fish/completions/openfire-o365.fish", lang.Same("fish")},
		}
	case "openfire-o365 help":
		return []example{
			{"openfire-o365 help exit-codes", lang.Text{FR: "les codes de sortie, et qui doit agir", EN: "the exit codes, and who acts"}},
			{"openfire-o365 help --json", lang.Text{FR: "toute l'aide, pour un programme", EN: "all of the help, for a program"}},
		}
	case "openfire-o365 version":
		return []example{
			{"openfire-o365 version --json", lang.Text{FR: "la version, pour un programme", EN: "the version, for a program"}},
		}
	}
	return nil
}
