package schedule

import (
	"bytes"
	"context"
	"strings"
)

// Cron is the crontab of the account that runs the program.
type Cron struct{}

// cronMark ends our line of the crontab. For the shell it is a comment.
const cronMark = " # " + Name + " token schedule"

// Entry returns one line of the crontab.
func (Cron) Entry(j Job) ([]File, error) {
	line := strings.Join(j.minutes(), ",") + " * * * * " + quoteAll(j.words(), quoteShell) + cronMark + "\n"
	return []File{{"crontab", line}}, j.check()
}

// read returns the whole crontab, nothing if there is none. Every other failure is
// an error, so that an unreadable crontab is not overwritten.
func (Cron) read(ctx context.Context) ([]byte, error) {
	table, err := run(ctx, nil, "crontab", "-l")
	if err != nil {
		output := strings.ToLower(err.Error())
		if strings.Contains(output, "no crontab for") || strings.Contains(output, "no such file") {
			return nil, nil
		}
	}
	return table, err
}

// without splits a crontab into the other lines and our own.
func (Cron) without(table []byte) (rest, ours []byte) {
	for line := range bytes.Lines(table) {
		if bytes.HasSuffix(bytes.TrimRight(line, "\r\n"), []byte(cronMark)) {
			ours = append(ours, line...)
		} else {
			rest = append(rest, line...)
		}
	}
	return rest, ours
}

// Installed returns our line of the crontab.
func (c Cron) Installed(ctx context.Context) ([]File, error) {
	table, err := c.read(ctx)
	if _, ours := c.without(table); err == nil && len(ours) > 0 {
		return []File{{"crontab", string(ours)}}, nil
	}
	return nil, err
}

// install adds our line. The other lines do not change by a byte.
func (c Cron) install(ctx context.Context, entry []File) error {
	table, err := c.read(ctx)
	if err != nil {
		return err
	}
	rest, ours := c.without(table)
	if string(ours) == entry[0].Text {
		return nil
	}
	if len(rest) > 0 && !bytes.HasSuffix(rest, []byte("\n")) {
		rest = append(rest, '\n')
	}
	_, err = run(ctx, append(rest, entry[0].Text...), "crontab", "-")
	return err
}

// remove removes our line, and the crontab if nothing else is in it.
func (c Cron) remove(ctx context.Context, _ []File) error {
	table, err := c.read(ctx)
	if err != nil {
		return err
	}
	rest, _ := c.without(table)
	if len(rest) == 0 {
		_, err = run(ctx, nil, "crontab", "-r")
	} else {
		_, err = run(ctx, rest, "crontab", "-")
	}
	return err
}
