package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// theBox is the sandbox of a script.
type theBox struct{ *sandbox.Sandbox }

// odooCall calls the API of a base as its administrator, without the client of the
// program.
func odooCall(at, password, model, method, args, named string) (json.RawMessage, error) {
	body := fmt.Sprintf(`{"jsonrpc":"2.0","method":"call","id":7,"params":{"service":"object","method":"execute_kw","args":["mabase",2,%q,%q,%q,%s,%s]}}`,
		password, model, method, args, named)
	res, err := http.Post(at+"/jsonrpc", "application/json", bytes.NewReader([]byte(body)))
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var answer struct{ Result, Error json.RawMessage }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if answer.Error != nil {
		return nil, fmt.Errorf("%s", answer.Error)
	}
	return answer.Result, nil
}

// cmdOdoo calls the API of the base: odoo MODEL METHOD ARGS [NAMED]. It prints the
// result. With ! the call must fail.
func cmdOdoo(ts *testscript.TestScript, refused bool, args []string) {
	box := ts.Value(theBox{}).(*theBox)
	named := `{"context":{"active_test":false}}`
	if len(args) > 3 {
		named = args[3]
	}
	result, err := odooCall(box.Cloud().Base, box.Values().Password.Reveal(), args[0], args[1], args[2], named)
	if refused {
		if err == nil {
			ts.Fatalf("%v: the base did not return an error", args)
		}
		result = []byte(err.Error())
	} else {
		ts.Check(err)
	}
	_, _ = fmt.Fprintf(ts.Stdout(), "%s\n", result)
}

// cmdSent checks the number of messages that Exchange accepted.
func cmdSent(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := len(ts.Value(theBox{}).(*theBox).Messages()); got != want {
		ts.Fatalf("%d messages were sent, want %d", got, want)
	}
}

// cmdHeld checks that the outgoing mail server of the base has the refresh token of the
// token file, or with ! that it does not.
func cmdHeld(ts *testscript.TestScript, not bool, _ []string) {
	box := ts.Value(theBox{}).(*theBox)
	tokenFile(ts, func(f *tokenfile.File) {
		args := fmt.Sprintf(`[[["microsoft_outlook_refresh_token","=",%q]]]`, f.Mail.Refresh.Reveal())
		found, err := odooCall(box.Cloud().Base, box.Values().Password.Reveal(), "ir.mail_server", "search_count", args, "{}")
		ts.Check(err)
		if held := string(found) == "1"; held == not {
			ts.Fatalf("the base holds the file's refresh token: %v", held)
		}
	})
}
