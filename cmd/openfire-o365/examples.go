package main

import "github.com/openfire-fr/openfire-o365/internal/i18n"

// example is a line to type and what it does. The tests type every one.
type example struct {
	line string
	what i18n.Text
}

// examplesOf are the examples of one command, by its whole name.
func examplesOf(command string) []example {
	switch command {
	case "openfire-o365":
		return []example{
			{"openfire-o365 setup mabase", i18n.T("connect a base")},
			{"openfire-o365 verify mabase", i18n.T("which link is broken, and who must act")},
		}
	case "openfire-o365 setup":
		return []example{
			{"openfire-o365 setup --sandbox", i18n.T("practise: nothing is real")},
			{"openfire-o365 setup mabase", i18n.T("connect the base, or go on where one was")},
			{"openfire-o365 setup mabase --register auto --dry-run", i18n.T("what would be made at Microsoft, without making it")},
			{"openfire-o365 setup mabase --client-secret-file secret.txt", i18n.T("the secret's value, read from a file")},
		}
	case "openfire-o365 verify":
		return []example{
			{"openfire-o365 verify mabase", i18n.T("which link is broken, why, who must act")},
			{"openfire-o365 verify mabase --send anna@client.fr", i18n.T("and a test message to that address")},
			{"openfire-o365 verify mabase --report page.html", i18n.T("the same as one page without secrets, for support")},
			{"openfire-o365 verify --all --offline", i18n.T("what the files alone tell, without network")},
			{"openfire-o365 verify --all --nagios", i18n.T("one line and one code, for a monitor")},
		}
	case "openfire-o365 token refresh":
		return []example{
			{"openfire-o365 token refresh --all", i18n.T("every base; silent when all is well")},
			{"openfire-o365 token refresh --all --keep-alive 7d", i18n.T("for bases that renew their access token by themselves")},
			{"openfire-o365 token refresh mabase --apply --login admin --api-key-file key.txt", i18n.T("and the new token to a base on Odoo 10 to 13")},
		}
	case "openfire-o365 token status":
		return []example{
			{"openfire-o365 token status mabase", i18n.T("when something has to be done")},
			{"openfire-o365 token status --all --prometheus", i18n.T("figures, for Prometheus")},
		}
	case "openfire-o365 apply":
		return []example{
			{"openfire-o365 apply mabase --dry-run", i18n.T("what differs in the base, writing nothing")},
			{"openfire-o365 apply mabase", i18n.T("write it, and prove it by a message")},
			{"openfire-o365 apply mabase --export csv folder", i18n.T("tables to be imported in the web client")},
		}
	}
	return otherExamples(command)
}

// otherExamples are those of the commands around the token files.
func otherExamples(command string) []example {
	switch command {
	case "openfire-o365 token schedule":
		return []example{
			{"openfire-o365 token schedule show", i18n.T("what is scheduled, or would be")},
			{"openfire-o365 token schedule install", i18n.T("schedule the renewal of every base")},
			{"openfire-o365 token schedule remove", i18n.T("schedule it no more")},
		}
	case "openfire-o365 token schedule install":
		return []example{
			{"openfire-o365 token schedule install", i18n.T("every base, by what this machine has")},
			{"openfire-o365 token schedule install mabase --with cron --keep-alive 7d", i18n.T("one base, by cron, with that flag of \"token refresh\"")},
		}
	case "openfire-o365 explain":
		return []example{
			{"openfire-o365 explain AADSTS50105", i18n.T("what this code means")},
			{"openfire-o365 explain 535 5.7.139", i18n.T("what this refusal of Exchange's means")},
			{"openfire-o365 explain - < message.txt", i18n.T("a bounced mail, a log")},
			{"openfire-o365 explain --list", i18n.T("all known faults")},
		}
	case "openfire-o365 sandbox":
		return []example{
			{"openfire-o365 sandbox", i18n.T("running until Ctrl+C")},
		}
	case "openfire-o365 completion":
		return []example{
			{"openfire-o365 completion bash > ~/.local/share/bash-completion/completions/openfire-o365", i18n.T("bash, in the next terminal")},
			{"openfire-o365 completion zsh > ~/.zfunc/_openfire-o365", i18n.T("zsh, where ~/.zshrc has \"fpath+=~/.zfunc\" before compinit")},
			{"openfire-o365 completion fish > ~/.config/fish/completions/openfire-o365.fish", i18n.Literal("fish")},
		}
	case "openfire-o365 help":
		return []example{
			{"openfire-o365 help exit-codes", i18n.T("the exit codes, and who acts")},
			{"openfire-o365 help --json", i18n.T("all of the help, for a program")},
		}
	case "openfire-o365 version":
		return []example{
			{"openfire-o365 version --json", i18n.T("the version, for a program")},
		}
	}
	return nil
}
