// Command limit does the minimal work of a renewal, without checks, locks,
// explanations and state:
//
//	limit refresh FOLDER JOBS URL   for every token file one POST and one durable save
//	limit saves FOLDER JOBS         only the saves
package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

func main() {
	folder := os.Args[2]
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	must(err)
	jobs, err := strconv.Atoi(os.Args[3])
	must(err)
	work := make(chan string)
	var workers sync.WaitGroup
	for range min(jobs, len(files)) {
		workers.Go(func() {
			for file := range work {
				data, err := os.ReadFile(file)
				must(err)
				if os.Args[1] == "refresh" {
					data, err = refresh(data, os.Args[4])
					must(err)
				}
				must(save(folder, file, data))
			}
		})
	}
	for _, file := range files {
		work <- file
	}
	close(work)
	workers.Wait()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// refresh returns the file with the tokens that the server returns for its refresh
// token.
func refresh(data []byte, address string) ([]byte, error) {
	var content map[string]any
	if err := json.Unmarshal(data, &content); err != nil {
		return nil, err
	}
	app := content["ir.config_parameter"].(map[string]any)
	mailbox := content["ir.mail_server"].(map[string]any)
	answer, err := http.PostForm(address, url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {mailbox["microsoft_outlook_refresh_token"].(string)},
		"client_id": {app["microsoft_outlook_client_id"].(string)}, "client_secret": {app["microsoft_outlook_client_secret"].(string)},
	})
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var token map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&token); err != nil {
		return nil, err
	}
	mailbox["microsoft_outlook_refresh_token"], mailbox["microsoft_outlook_access_token"] = token["refresh_token"], token["access_token"]
	return json.MarshalIndent(content, "", "  ")
}

// save replaces a file so that a power cut leaves the old one or the new one.
func save(folder, file string, data []byte) error {
	f, err := os.OpenFile(file+".new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), file); err != nil {
		return err
	}
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
