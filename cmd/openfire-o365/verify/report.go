package verifycmd

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"runtime"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/report"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
)

// writeReport writes the page of one base and prints where it is.
func (r *run) writeReport(d check.Diagnosis) error {
	home, _ := os.UserHomeDir()
	var page bytes.Buffer
	err := report.Report{Diagnosis: d, Lang: r.Lang, Now: r.Now(), Home: home, Unredacted: r.unredacted,
		Program: "openfire-o365 " + r.Version + " (" + runtime.GOOS + "/" + runtime.GOARCH + ")"}.Write(&page)
	if err == nil {
		err = disk.ReplacePrivate(r.report, page.Bytes())
	}
	if err != nil {
		return &problem.Problem{Exit: problem.Disk, ID: "report", // without Err, which would count as the token file's
			What: i18n.T("The report cannot be written: %s.", err),
			Do:   i18n.T("Give --report a file in a folder that you can write to.")}
	}
	switch {
	case r.Flags.JSON:
		r.Out.JSON("report", map[string]any{"base": d.Base.Host(), "file": r.report})
	case !r.Flags.Quiet && !r.Flags.Nagios:
		r.Tell.Print(i18n.T("Report written: %s", r.report))
	}
	return nil
}

// validateReport refuses the path of a report that exists and is not a regular
// file: a symbolic link could lead anywhere.
func validateReport(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().IsRegular() {
		return nil
	}
	refused := problem.Misuse("report", i18n.T("--report %s: not a regular file.", path))
	switch {
	case err != nil:
		refused.What = i18n.T("--report %s: %s.", path, err)
	case info.Mode()&fs.ModeSymlink != 0:
		refused.Exit = problem.Safety
		refused.What = i18n.T("--report %s is a symbolic link, which is not followed.", path)
	}
	refused.Do = i18n.T("Give the name of a new file, or of a file to replace.")
	return refused
}
