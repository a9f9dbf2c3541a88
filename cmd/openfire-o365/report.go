package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"runtime"

	"github.com/openfire-fr/openfire-o365/internal/guard"
	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/store"
	"github.com/openfire-fr/openfire-o365/wizard"
)

// writeReport writes the page of one base and says where it is.
func (p *program) writeReport(d diagnosis, v verifyFlags) error {
	home, _ := os.UserHomeDir()
	var page bytes.Buffer
	err := wizard.Report{Base: d.base, File: d.file, Results: d.results, Verdict: verdict(d.results), Lang: p.lang, Now: p.now(),
		Program: "openfire-o365 " + version + " (" + runtime.GOOS + "/" + runtime.GOARCH + ")", Home: home, Whole: v.unredacted}.Write(&page)
	if err == nil {
		err = store.ReplacePrivate(v.report, page.Bytes())
	}
	if err != nil {
		return &lang.Problem{Exit: lang.Disk, ID: "report", // without err: it is no trouble of the token file
			What: lang.Text{FR: "Le rapport n'a pas pu être écrit : %s.", EN: "The report could not be written: %s."}.With(guard.Line(err.Error())),
			Do:   lang.Text{FR: "Donnez à --report un fichier d'un dossier où vous pouvez écrire.", EN: "Give --report a file in a folder you can write to."}}
	}
	switch {
	case p.flags.json:
		_ = p.out.line("report", map[string]any{"base": d.base.Host(), "file": v.report})
	case !p.flags.quiet && !p.flags.nagios:
		p.tell.Say(lang.Text{FR: "Rapport écrit : %s", EN: "Report written: %s"}.With(guard.Line(v.report)))
	}
	return nil
}

// replaceable refuses a report's path that is something else than a file, or a
// link, which might lead anywhere.
func replaceable(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().IsRegular() {
		return nil
	}
	refused := usage("report", lang.Text{FR: "--report %s : ce n'est pas un fichier ordinaire.", EN: "--report %s: this is no ordinary file."}.With(guard.Line(path)))
	switch {
	case err != nil:
		refused.What = lang.Text{FR: "--report %s : %s.", EN: "--report %s: %s."}.With(guard.Line(path), guard.Line(err.Error()))
	case info.Mode()&fs.ModeSymlink != 0:
		refused.Exit = lang.Safety
		refused.What = lang.Text{FR: "--report %s est un lien : il n'est pas suivi.", EN: "--report %s is a link: it is not followed."}.With(guard.Line(path))
	}
	refused.Do = lang.Text{FR: "Donnez le nom d'un fichier, nouveau ou à remplacer.", EN: "Give the name of a file, new or to be replaced."}
	return refused
}
