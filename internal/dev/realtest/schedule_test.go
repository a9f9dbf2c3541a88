//go:build linux

package realtest

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/schedule"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// planned is a connected base whose token is due, a copy of the program, and a sandbox,
// in folders with characters that are special for every scheduler.
type planned struct {
	t   *testing.T
	dir string
	job schedule.Job
}

func newPlanned(t *testing.T) planned {
	t.Helper()
	top := t.TempDir()
	dir := filepath.Join(top, `jetons d'été & "co" 5% ${HOME} %h`)
	built, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	p := planned{t: t, dir: dir, job: schedule.Job{Program: filepath.Join(top, "pro g&é%$HOME", "openfire-o365"), Folder: dir}}
	if err := errors.Join(os.Mkdir(dir, 0o700), os.Mkdir(filepath.Dir(p.job.Program), 0o755), os.WriteFile(p.job.Program, built, 0o755)); err != nil {
		t.Fatal(err)
	}
	cloud, err := json.Marshal(startSandbox(t))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "cloud.json"), string(cloud))
	setup := exec.Command(program, "setup", "--sandbox", "--no-input", "--dir", top)
	setup.Env = []string{"HOME=" + top}
	if out, err := setup.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.Rename(filepath.Join(top, "sandbox", "mabase.openfire.fr.json"), p.path()); err != nil {
		t.Fatal(err)
	}
	f := p.file()
	expire(&f, time.Minute)
	data, err := f.Encode()
	if err == nil {
		err = os.WriteFile(p.path(), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.job.Args = []string{"token", "refresh", "--all", "--dir", dir, "--lang", "fr", "--cloud", filepath.Join(dir, "cloud.json")}
	return p
}

func (p planned) path() string { return filepath.Join(p.dir, "mabase.openfire.fr.json") }

func (p planned) file() tokenfile.File {
	p.t.Helper()
	data, err := os.ReadFile(p.path())
	if err != nil {
		p.t.Fatal(err)
	}
	f, err := tokenfile.Decode(data)
	if err != nil {
		p.t.Fatal(err)
	}
	return f
}

// inside runs one of the tests below alone, as root, in namespaces of its own:
// processes, /run, crontabs and jobs, but the network of this machine.
func (p planned) inside(name string) {
	p.t.Helper()
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	job, err := json.Marshal(p.job)
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(p.t.Context(), 2*time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, "unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", self, "-test.v", "-test.run", "^"+name+"$")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "PLANNED=" + string(job), "PROGRAM=" + program, "HOME=" + filepath.Dir(p.dir), "XDG_RUNTIME_DIR=/run/user/0"}
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "unshare failed") {
		p.t.Skipf("no small machine here: %s", out)
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: "+name) {
		p.t.Fatalf("%v\n%s", err, out)
	}
	if left := time.Until(time.Unix(p.file().Mail.Expiration, 0)); left < 30*time.Minute {
		p.t.Errorf("the scheduled run did not renew the token: %s left\n%s", left, out)
	}
}

// small is the job of a test that runs inside, which hides the activity of the
// surrounding machine.
func small(t *testing.T, hidden ...string) (job schedule.Job) {
	t.Helper()
	given := os.Getenv("PLANNED")
	if given == "" {
		t.Skip("runs inside another test")
	}
	if err := json.Unmarshal([]byte(given), &job); err != nil {
		t.Fatal(err)
	}
	for _, folder := range hidden {
		if err := syscall.Mount("none", folder, "tmpfs", 0, "mode=755"); err != nil {
			t.Fatal(folder, err)
		}
	}
	return job
}

// comes waits for a condition.
func comes(t *testing.T, what string, for_ time.Duration, holds func() bool) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), for_)
	defer stop()
	if err := until(ctx, holds); err != nil {
		t.Fatalf("%s does not come: %v", what, err)
	}
}

// TestScheduleSystemd checks that systemd accepts the units, shows the timer,
// starts the program below special paths, and removes everything.
func TestScheduleSystemd(t *testing.T) {
	t.Parallel()
	newPlanned(t).inside("TestInsideSystemd")
}

func TestInsideSystemd(t *testing.T) {
	job := small(t, "/run")
	folder := filepath.Join(os.Getenv("HOME"), ".config", "systemd", "user")
	if err := errors.Join(os.MkdirAll("/run/systemd/system", 0o755), os.MkdirAll("/run/user/0", 0o700), os.MkdirAll(folder, 0o755)); err != nil {
		t.Fatal(err)
	}
	manager := exec.Command("/lib/systemd/systemd", "--user", "--unit=basic.target", "--log-target=null")
	if err := manager.Start(); err != nil {
		t.Fatal(err)
	}
	systemctl := func(args ...string) string {
		out, _ := exec.Command("systemctl", append([]string{"--user", "--no-pager"}, args...)...).CombinedOutput()
		return string(out)
	}
	defer func() { systemctl("exit"); _ = manager.Wait() }() // otherwise its control groups would remain
	comes(t, "systemd", patience, func() bool {
		return strings.TrimSpace(systemctl("is-active", "basic.target")) == "active"
	})
	s := schedule.Systemd{Folder: folder, User: true}
	for range 2 { // installing twice is allowed
		if err := schedule.Install(t.Context(), s, job); err != nil {
			t.Fatal(err)
		}
	}
	if timers := systemctl("list-timers"); !strings.Contains(timers, "openfire-o365.service") {
		t.Errorf("no timer:\n%s", timers)
	}
	if enabled := systemctl("is-enabled", "openfire-o365.timer"); strings.TrimSpace(enabled) != "enabled" {
		t.Errorf("the timer would not survive a restart: %s", enabled)
	}
	if out := systemctl("start", "openfire-o365.service"); out != "" {
		t.Errorf("%s\n%s", out, systemctl("status", "openfire-o365.service"))
	}
	if _, err := schedule.Remove(t.Context(), s); err != nil {
		t.Error(err)
	}
	if units := systemctl("list-unit-files", "openfire-o365*"); !strings.Contains(units, "0 unit files") {
		t.Errorf("left behind:\n%s", units)
	}
	_ = filepath.WalkDir(os.Getenv("HOME"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.Contains(path, "timer") {
			t.Errorf("left behind: %s", path)
		}
		return err
	})
}

// TestScheduleCron checks with crontab and cron that the run of the next minute
// refreshes the token, and that the crontab is restored.
func TestScheduleCron(t *testing.T) {
	t.Parallel()
	newPlanned(t).inside("TestInsideCron")
}

// theirs is a crontab with lines of other programs.
const theirs = "# m h  dom mon dow   command\nMAILTO=\"\"\n\n5 4 * * 0\ttest -x /usr/bin/openfire-o365 && echo \"100\\%\"  \n@monthly\t/bin/false # openfire-o365\n"

func TestInsideCron(t *testing.T) {
	job := small(t, "/run", "/var/spool/cron", "/etc/cron.d")
	if err := syscall.Mount("/dev/null", "/etc/crontab", "", syscall.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Mkdir("/var/spool/cron/crontabs", 0o700), os.Chmod("/var/spool/cron/crontabs", 0o1730)); err != nil {
		t.Fatal(err)
	}
	table := func(in string, args ...string) string {
		cmd := exec.Command("crontab", args...)
		cmd.Stdin = strings.NewReader(in)
		out, _ := cmd.CombinedOutput()
		return string(out)
	}
	c := schedule.Cron{}
	for _, before := range []string{"", theirs} {
		if before != "" {
			table(before, "-")
		}
		began := table("", "-l")
		for range 2 {
			if err := schedule.Install(t.Context(), c, job); err != nil {
				t.Fatal(err)
			}
		}
		if rest, ours, _ := strings.Cut(table("", "-l"), before); rest != "" || strings.Count(ours, "\n") != 1 {
			t.Errorf("crontab:\n%s", table("", "-l"))
		}
		if _, err := schedule.Remove(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if after := table("", "-l"); after != began {
			t.Errorf("the crontab was\n%q and is\n%q", began, after)
		}
	}
	path := filepath.Join(job.Folder, "mabase.openfire.fr.json")
	due, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	soon := time.Now().Add(70 * time.Second) // cron reads its tables every full minute
	job.Offset = soon.Minute() % schedule.Every * 60
	if err := schedule.Install(t.Context(), c, job); err != nil {
		t.Fatal(err)
	}
	daemon := exec.Command("cron", "-f")
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = daemon.Process.Kill(); _ = daemon.Wait() }()
	comes(t, "the run", 100*time.Second, func() bool {
		now, err := os.ReadFile(path)
		return err == nil && string(now) != string(due)
	})
}
