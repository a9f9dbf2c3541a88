package schedule

import (
	"bytes"
	"context"
	"errors"
	"strings"
)

// Cron is the crontab of the account that runs the program.
type Cron struct{}

// cronMark ends our line: to cron it belongs to the command, to the shell it is
// a remark.
const cronMark = " # " + Name + " token schedule"

func (Cron) line(j Job) string {
	return strings.Join(j.minutes(), ",") + " * * * * " + quoteAll(j.words(), quoteShell) + cronMark + "\n"
}

// Entry is one line of the crontab.
func (c Cron) Entry(j Job) ([]File, error) {
	return []File{{"crontab", c.line(j)}}, j.check()
}

// read is the whole crontab, empty when there is none. Any other trouble is an
// error: what cannot be read must not be written over.
func (Cron) read(ctx context.Context) ([]byte, error) {
	table, err := run(ctx, nil, "crontab", "-l")
	var refused *Refusal
	if errors.As(err, &refused) {
		said := strings.ToLower(refused.Said)
		if strings.Contains(said, "no crontab for") || strings.Contains(said, "no such file") {
			return nil, nil
		}
	}
	return table, err
}

// without is a crontab less our line, and that line.
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

// Installed is our line of the crontab.
func (c Cron) Installed(ctx context.Context) ([]File, error) {
	table, err := c.read(ctx)
	if _, ours := c.without(table); err == nil && len(ours) > 0 {
		return []File{{"crontab", string(ours)}}, nil
	}
	return nil, err
}

// Install adds our line; every other one stays as it is, byte for byte.
func (c Cron) Install(ctx context.Context, j Job) error {
	if err := j.check(); err != nil {
		return err
	}
	table, err := c.read(ctx)
	if err != nil {
		return err
	}
	rest, ours := c.without(table)
	if string(ours) == c.line(j) {
		return nil
	}
	if len(rest) > 0 && !bytes.HasSuffix(rest, []byte("\n")) {
		rest = append(rest, '\n')
	}
	_, err = run(ctx, append(rest, c.line(j)...), "crontab", "-")
	return err
}

// Remove takes our line away, and a crontab that held nothing else.
func (c Cron) Remove(ctx context.Context) error {
	table, err := c.read(ctx)
	if err != nil {
		return err
	}
	rest, ours := c.without(table)
	switch {
	case len(ours) == 0:
		return nil
	case len(rest) == 0:
		_, err = run(ctx, nil, "crontab", "-r")
	default:
		_, err = run(ctx, rest, "crontab", "-")
	}
	return err
}
