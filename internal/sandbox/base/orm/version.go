// Package orm is as much of Odoo as the sandbox's base needs: the models of
// mail in memory, with the fields, constraints, exceptions and words of each
// version. It knows no network.
package orm

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// Version is a version of Odoo, whose rules and words the base has.
type Version struct {
	version  string // "16.0"
	Major    int    // 16
	features openfire.Features
	module   int               // the version whose Outlook module and fields it has
	fields   openfire.Features // of that version
}

func newVersion(o Options) Version {
	major := openfire.Major(o.Odoo)
	module := cmp.Or(o.Fields, major)
	return Version{o.Odoo, major, openfire.FeaturesOf(major), module, openfire.FeaturesOf(module)}
}

// Supports reports a feature of Odoo itself; what depends on the fields of the
// Outlook module asks fields.
func (o Version) Supports(f openfire.Features) bool { return o.features.Has(f) }

// VersionInfo is the answer of /web/webclient/version_info.
func (o Version) VersionInfo() map[string]any {
	return map[string]any{"server_version": o.version, "server_version_info": []any{o.Major, 0, 0, "final", 0, ""},
		"server_serie": o.version, "protocol_version": 1}
}

// Exception is an exception of Odoo's: its class and message.
type Exception struct{ Class, Message string }

// Error returns the message.
func (e *Exception) Error() string { return e.Message }

// NewException returns an exception of any class.
func NewException(class, format string, args ...any) error {
	return &Exception{class, fmt.Sprintf(format, args...)}
}

// Raise returns one of odoo.exceptions.
func Raise(class, format string, args ...any) error {
	return NewException("odoo.exceptions."+class, format, args...)
}

// UserError returns the exception of that name.
func UserError(format string, args ...any) error { return Raise("UserError", format, args...) }

// ValueError returns Python's own, under its name in Python 2 or 3.
func (o Version) ValueError(format string, args ...any) error {
	module := "builtins."
	if o.Major < 11 {
		module = "exceptions."
	}
	return NewException(module+"ValueError", format, args...)
}

// exceptionTypes are what Odoo before 14 calls some exceptions besides.
var exceptionTypes = map[string]string{"AccessError": "access_error", "AccessDenied": "access_denied",
	"UserError": "user_error", "ValidationError": "validation_error", "MissingError": "missing_error"}

// Describe returns an exception as odoo.http.serialize_exception does.
func (o Version) Describe(err error) map[string]any {
	e, ok := errors.AsType[*Exception](err)
	if !ok {
		e = &Exception{"builtins.Exception", err.Error()}
	}
	data := map[string]any{"name": e.Class, "message": e.Message, "arguments": []any{e.Message},
		"debug": "Traceback (most recent call last):\n  File \"/odoo/odoo/http.py\", line 1, in dispatch\n" +
			e.Class + ": " + e.Message + "\n"}
	if o.Major < 14 {
		data["exception_type"] = exceptionTypes[e.Class[strings.LastIndexByte(e.Class, '.')+1:]]
	} else {
		data["context"] = map[string]any{}
	}
	return map[string]any{"code": 200, "message": "Odoo Server Error", "data": data}
}

// The ids of the users.
const (
	AdminUID = 2
	DemoUID  = 6
)
