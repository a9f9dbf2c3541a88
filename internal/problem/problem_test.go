package problem_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

func TestProblemIsAnEnglishErrorWithACause(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	p := &problem.Problem{Exit: problem.SignIn, ID: "id", What: i18n.T("What."), Do: i18n.T("Do."), Err: cause}
	err := fmt.Errorf("base: %w", p)
	var found *problem.Problem
	if !errors.As(err, &found) || found.Exit != problem.SignIn || !errors.Is(err, cause) || err.Error() != "base: What. Do." {
		t.Errorf("%v", err)
	}
	p.Do, p.Err = i18n.Text{}, nil
	if p.Error() != "What." || p.Unwrap() != nil {
		t.Errorf("%q %v", p.Error(), p.Unwrap())
	}
}

// The codes are for ever: scripts and monitoring rely on them.
func TestExitCodesNeverChange(t *testing.T) {
	t.Parallel()
	for code, want := range map[problem.Exit]int{
		problem.OK: 0, problem.SomeBases: 1, problem.Usage: 2, problem.SignIn: 10, problem.Application: 11, problem.Mail: 12, problem.Safety: 13,
		problem.Bug: 70, problem.Disk: 74, problem.Temporary: 75, problem.Permission: 77, problem.Interrupted: 130, problem.Terminated: 143,
	} {
		if int(code) != want {
			t.Errorf("exit code %d became %d", want, code)
		}
	}
}

func TestCombineExitKeepsTheCodeOfOneBaseOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		codes []problem.Exit
		want  problem.Exit
	}{
		{[]problem.Exit{problem.OK}, problem.OK},
		{[]problem.Exit{problem.SignIn}, problem.SignIn},
		{[]problem.Exit{problem.OK, problem.SignIn}, problem.SomeBases},
		{[]problem.Exit{problem.Temporary, problem.OK, problem.Temporary}, problem.Temporary},
		{[]problem.Exit{problem.Temporary, problem.Mail}, problem.SomeBases},
		{[]problem.Exit{problem.Mail, problem.Temporary}, problem.SomeBases},
	} {
		sum := problem.OK
		for _, code := range c.codes {
			sum = problem.CombineExit(sum, code, len(c.codes))
		}
		if sum != c.want {
			t.Errorf("%v: exit %d, want %d", c.codes, sum, c.want)
		}
	}
}
