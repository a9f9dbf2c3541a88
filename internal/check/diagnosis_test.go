package check_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// bases returns base0 to base(n-1), of which none has a token file.
func bases(t *testing.T, n int) []openfire.Base {
	t.Helper()
	all := make([]openfire.Base, n)
	for i := range all {
		var err error
		if all[i], err = openfire.ParseBase(fmt.Sprintf("base%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// The server of the bases answers only once five were connected to, and a moment later.
func TestRunBasesChecksFiveAtOnceAndYieldsInOrder(t *testing.T) {
	t.Parallel()
	const n, atOnce = 12, 5
	var d distance
	var once sync.Once
	open := make(chan struct{})
	d.base.gate = func() {
		if d.base.conns.Load() >= atOnce {
			once.Do(func() {
				time.Sleep(50 * time.Millisecond)
				if now := d.base.conns.Load(); now != atOnce {
					t.Errorf("%d bases at once", now)
				}
				close(open)
			})
		}
		select {
		case <-open:
		case <-time.After(hang):
			t.Error("fewer bases at once")
		}
	}
	d.connect(t)
	i := 0
	for found := range check.RunBases(t.Context(), d.env, bases(t, n)) {
		if want := fmt.Sprintf("base%d.openfire.fr", i); found.Base.Host() != want || len(found.Results) != 28 {
			t.Errorf("%s with %d results, want %s", found.Base.Host(), len(found.Results), want)
		}
		i++
	}
	if i != n {
		t.Errorf("%d bases", i)
	}
}

func TestRunBasesRaisesPanicOfCheck(t *testing.T) {
	t.Parallel()
	var d distance
	d.connect(t)
	d.env.Now = func() time.Time { panic("a bug") }
	defer func() {
		if got := recover(); got != "a bug" {
			t.Errorf("%v", got)
		}
	}()
	for range check.RunBases(t.Context(), d.env, bases(t, 3)) {
	}
	t.Error("no panic")
}

func TestDiagnosisKeepsResultsAndRefreshedFile(t *testing.T) {
	t.Parallel()
	var d distance
	d.connect(t)
	var found check.Diagnosis
	n := 0
	for r := range found.Run(t.Context(), d.env) {
		if last := found.Results[len(found.Results)-1]; last.ID != r.ID {
			t.Errorf("%s yielded, %s kept", r.ID, last.ID)
		}
		n++
	}
	if first, failed := found.FirstFailed(); failed || len(found.Results) != n {
		t.Errorf("%d results of %d, %s failed", len(found.Results), n, first.ID)
	}
	if left := found.File.Mail.Left(time.Now()); left < 30*time.Minute {
		t.Errorf("the access token in File lasts %s", left)
	}
}

func TestRunWithoutTokenFileSkipsWhatNeedsIt(t *testing.T) {
	t.Parallel()
	var d distance
	d.connect(t)
	var found check.Diagnosis
	d.env.Base = bases(t, 1)[0]
	for range found.Run(t.Context(), d.env) {
	}
	status := map[check.ID]check.Status{}
	for _, r := range found.Results {
		status[r.ID] = r.Status
	}
	first, _ := found.FirstFailed()
	if first.ID != check.TokenFile || status[check.TokenRefresh] != check.Skipped || status[check.SMTPTLS] != check.OK {
		t.Errorf("%s failed first: %v", first.ID, status)
	}
	if found.File.Complete() || found.File.Mailbox() != (tokenfile.File{}).Mailbox() {
		t.Errorf("a token file: %v", found.File.Mailbox())
	}
}
