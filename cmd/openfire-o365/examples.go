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
	case "openfire-o365 verify":
		return []example{
			{"openfire-o365 verify mabase", lang.Text{FR: "quel maillon est cassé, pourquoi, qui doit agir", EN: "which link is broken, why, who must act"}},
			{"openfire-o365 verify mabase --report rapport.html", lang.Text{FR: "la même chose en une page sans secret, pour le support", EN: "the same as one page without secrets, for support"}},
			{"openfire-o365 verify --all --offline", lang.Text{FR: "ce que disent les fichiers seuls, sans réseau", EN: "what the files alone tell, without network"}},
		}
	case "openfire-o365 explain":
		return []example{
			{"openfire-o365 explain AADSTS50105", lang.Text{FR: "ce que veut dire ce code", EN: "what this code means"}},
		}
	}
	return nil
}
