package tokenfile

import (
	"net/url"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// lastSecond is the end of the year 9999: whoever writes more counts in
// milliseconds.
const lastSecond = 253402300799

// odd says what a value should be that is of the right kind and can be none of
// its key's. An empty text is no value.
func (m FieldSpec) odd() (wanted string) {
	switch v := m.Value.(type) {
	case *int:
		if *v < 1 || *v > 65535 {
			return "a port from 1 to 65535"
		}
	case *int64:
		if *v < 0 || *v > lastSecond {
			return "a time in Unix seconds, such as 1795462000,"
		}
	case *string:
		if *v != "" {
			return oddText(m.Key, *v)
		}
	}
	return ""
}

func oddText(key, value string) (wanted string) {
	switch key {
	case "client_secret_expires":
		if _, err := time.Parse(time.DateOnly, value); err != nil {
			return "a date such as 2028-11-22"
		}
	case "redirect_uri", "microsoft_outlook.endpoint":
		if u, err := url.Parse(value); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return "a web address: https://…"
		}
	case "smtp_user", "user":
		if _, err := openfire.ParseMailbox(value); err != nil {
			return "one mail address"
		}
	}
	return ""
}
