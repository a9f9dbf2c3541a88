package main

import (
	"encoding/base64"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// spellings returns the encodings in which a secret could be printed.
func spellings(secret string) []string {
	encoded := base64.StdEncoding.EncodeToString([]byte(secret))
	return []string{secret, url.QueryEscape(secret), url.PathEscape(secret), encoded[:len(encoded)-4], base64.RawURLEncoding.EncodeToString([]byte(secret))}
}

// TestNoSecretIsPrintedAtAnyLogLevel runs every command in both languages, with and
// without --debug, with errors of Entra and Exchange and a wrong secret. No secret of
// the file may be in the output, the report or another file.
//
//ci:scale-race
func TestNoSecretIsPrintedAtAnyLogLevel(t *testing.T) {
	t.Parallel()
	commands := [][]string{{"verify", "mabase"}, {"verify", "mabase", "--send", "anna@client.fr"}, {"verify", "mabase", "--json"}, {"verify", "mabase", "--nagios"}, {"verify", "--all", "--offline"}, {"token", "refresh", "mabase"}, {"token", "refresh", "--all", "--json"},
		{"token", "status", "mabase"}, {"token", "status", "--all", "--json"}, {"apply", "mabase", "--no-input"}, {"setup", "mabase", "--no-input"}, {"explain", "AADSTS7000215"}, {"version"}}
	for _, mailbox := range []string{"compta@client.fr", "535-5.7.3@client.fr", "554-5.2.252@client.fr", "aadsts700082@client.fr", "aadsts7000215@client.fr", "imap-authenticate-failed@client.fr"} {
		for _, level := range []string{"", "1"} {
			for _, language := range []string{"fr", "en"} {
				if !everyCase && (level == "") != (language == "fr") {
					continue
				}
				t.Run(mailbox+level+language, func(t *testing.T) {
					t.Parallel()
					b := newBench(t)
					b.env["OPENFIRE_O365_DEBUG"] = level
					secrets := []string{"CANARY~secret+of/the=application.0123456789", "CANARY-access.of+sending/", "CANARY-access.of+fetching/"}
					b.connected(mailbox, func(f *tokenfile.File) {
						lasting(f)
						f.Client.Secret, f.Mail.Access, f.Fetch.Access = secret.New(secrets[0]), secret.New(secrets[1]), secret.New(secrets[2])
						f.Azure.RefreshIssued = time.Now().Add(-time.Hour)
						secrets = append(secrets, f.Mail.Refresh.Reveal())
					})
					report := filepath.Join(t.TempDir(), "report.html")
					for _, args := range append(commands, []string{"verify", "mabase", "--report", report}) {
						got := b.run("", append(args, "--lang", language)...)
						page, _ := os.ReadFile(report)
						b.leaks(strings.Join(args, " "), got.out+got.err+string(page), secrets)
					}
					b.leaksFiles(secrets)
				})
			}
		}
	}
}

// TestNoFlagTakesASecret checks that flags for secrets take a file. A command line is
// visible in the shell's history and the process list.
func TestNoFlagTakesASecret(t *testing.T) {
	t.Parallel()
	harmless := map[string]string{"secret-expires": "a date", "graph-client-id": "a public client"}
	b := newBench(t)
	seen := 0
	for cmd, flags := range flagsOf(t) {
		for _, f := range flags {
			for _, word := range []string{"secret", "password", "pass", "token", "key", "code", "credential"} {
				if !strings.Contains(f.Name, word) || f.Value == "" || harmless[f.Name] != "" {
					continue
				}
				seen++
				if !strings.HasSuffix(f.Name, "-file") {
					t.Errorf("%s --%s takes a secret's value", cmd, f.Name)
				}
				break
			}
		}
	}
	if seen < 3 {
		t.Errorf("found only %d flags for secrets", seen)
	}
	for _, args := range [][]string{{"setup", "mabase", "--client-secret", "x"}, {"apply", "mabase", "--api-key=x"}, {"apply", "mabase", "--password", "x"}} {
		b.refused("--", problem.Usage, args...)
	}
}

// leaks fails if a text contains a secret in any encoding.
func (b *bench) leaks(where, text string, secrets []string) {
	b.t.Helper()
	for _, secret := range secrets {
		for _, form := range spellings(secret) {
			if strings.Contains(text, form) {
				b.t.Errorf("%s: %.12q… is in %.300q", where, secret, text)
			}
		}
	}
}

// leaksFiles checks all files except the token file.
func (b *bench) leaksFiles(secrets []string) {
	b.t.Helper()
	err := filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Base(path) == "mabase.openfire.fr.json" {
			return err
		}
		data, err := os.ReadFile(path)
		b.leaks(path, string(data), secrets)
		return err
	})
	if err != nil {
		b.t.Error(err)
	}
}

// TestSignInOfAnotherAccountIsRefused signs in with another account than the requested
// mailbox, with the challenge of the address. The program must refuse it, and the file
// must not change. The script other_account checks the messages.
func TestSignInOfAnotherAccountIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	path := filepath.Join(b.dir, "mabase.openfire.fr.json")
	var before []byte
	for range 2 {
		run := b.follow(strings.NewReader(""), false, append(b.given("mailbox", "other@client.fr"), "--no-browser")...)
		if err := sandbox.Visit(t.Context(), run.line("http")); err != nil {
			t.Fatal(err)
		}
		code := run.end()
		after, err := os.ReadFile(path)
		if code != 13 || err != nil || strings.Contains(string(after), "sandbox-rt") || before != nil && string(after) != string(before) {
			t.Errorf("exit %d, %v", code, err)
		}
		before = after
	}
}
