package wizard_test

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/wizard/dialog"
)

// The address of the last page can be pasted into the guide's page, which ends the
// question in the terminal. Other texts are rejected there with the reason.
func TestPasteIntoTheGuidesPage(t *testing.T) {
	t.Parallel()
	s, _ := setup(t, map[string]string{"nobody asks this": ""}, nil)
	s.Browser.Paste, s.Browser.Quiet = true, time.Hour
	told, tell := io.Pipe()
	s.Dialog.Tell.W = tell
	s.Dialog.Book = &dialog.Guidebook{Tell: s.Dialog.Tell, Cloud: s.Cloud, Serve: true}
	defer s.Dialog.Book.Close()
	opened := make(chan string, 1)
	s.Browser.Open = func(address string) error { opened <- address; return nil }
	ended := make(chan error, 1)
	go func() {
		ended <- run(soon(t), t, s)
		_ = tell.Close()
	}()
	page := ""
	lines := bufio.NewScanner(told)
	for page == "" && lines.Scan() {
		page = signInPage.FindString(lines.Text())
	}
	go func() { _, _ = io.Copy(io.Discard, told) }()
	last := lastPage(t, <-opened)
	for pasted, want := range map[string]string{
		"": "An answer is required", "https://mabase.openfire.fr/web": "This address does not contain a sign-in code.",
	} {
		if said := paste(t, page, pasted); !strings.Contains(said, want) {
			t.Errorf("%q: %s", pasted, said)
		}
	}
	if said := paste(t, page, last); !strings.Contains(said, "Address received") {
		t.Errorf("the right address: %s", said)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	f, err := s.Store.Load(mabase(t))
	if err != nil || f.Mail.Refresh.Empty() {
		t.Errorf("no tokens: %v", err)
	}
	if strings.Contains(paste(t, page, last), "<form") {
		t.Error("the form is still shown after the sign-in")
	}
}

var signInPage = regexp.MustCompile(`http://127\.0\.0\.1:\d+/\w+/en/sign-in`)

// lastPage returns the address of the last page after signing in and accepting.
func lastPage(t *testing.T, address string) string {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.PostForm(address, url.Values{"mailbox": {"compta@client.fr"}, "step": {"accept"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.Header.Get("Location")
}

// paste submits the form of the guide's page and returns the answer.
func paste(t *testing.T, page, address string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, page, strings.NewReader(url.Values{"address": {address}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://"+r.Host)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
