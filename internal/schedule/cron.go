package schedule

import (
	"bytes"
	"context"
	"strings"
)

// Cron is the crontab of the account that runs the program.
type Cron struct{}

// cronMark ends the program's line of the crontab. The shell treats it as a
// comment.
const cronMark = " # " + Name + " token schedule"

// Entry returns one line for the crontab.
func (Cron) Entry(j Job) ([]File, error) {
	line := strings.Join(j.minutes(), ",") + " * * * * " + quoteAll(j.words(), quoteShell) + cronMark + "\n"
	return []File{{"crontab", line}}, j.check()
}

// read returns the whole crontab, or nothing if there is none. Any other failure is
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

// without splits a crontab into the lines of others and the program's own.
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

// Installed returns the program's line of the crontab.
func (c Cron) Installed(ctx context.Context) ([]File, error) {
	table, err := c.read(ctx)
	if _, ours := c.without(table); err == nil && len(ours) > 0 {
		return []File{{"crontab", string(ours)}}, nil
	}
	return nil, err
}

// install adds the program's line. It does not change the other lines.
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

// remove removes the program's line, and the crontab if it is then empty.
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
