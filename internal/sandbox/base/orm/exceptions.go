package orm

import (
	"errors"
	"fmt"
	"strings"
)

// exception is an Odoo exception: its class and message.
type exception struct{ Class, Message string }

// Error returns the message.
func (e *exception) Error() string { return e.Message }

// NewException returns an exception of the given class.
func NewException(class, format string, args ...any) error {
	return &exception{class, fmt.Sprintf(format, args...)}
}

// Raise returns an exception of a class in odoo.exceptions.
func Raise(class, format string, args ...any) error {
	return NewException("odoo.exceptions."+class, format, args...)
}

// UserError returns an odoo.exceptions.UserError.
func UserError(format string, args ...any) error { return Raise("UserError", format, args...) }

// ValueError returns a Python ValueError, with the module name of Python 2 or 3.
func (db *Database) ValueError(format string, args ...any) error {
	module := "builtins."
	if db.Major < 11 {
		module = "exceptions."
	}
	return NewException(module+"ValueError", format, args...)
}

// exceptionTypes are the values of exception_type, which Odoo before 14 adds for
// some exceptions.
var exceptionTypes = map[string]string{"AccessError": "access_error", "AccessDenied": "access_denied",
	"UserError": "user_error", "ValidationError": "validation_error", "MissingError": "missing_error"}

// Describe encodes an exception like odoo.http.serialize_exception.
func (db *Database) Describe(err error) map[string]any {
	e, ok := errors.AsType[*exception](err)
	if !ok {
		e = &exception{"builtins.Exception", err.Error()}
	}
	data := map[string]any{"name": e.Class, "message": e.Message, "arguments": []any{e.Message},
		"debug": "Traceback (most recent call last):\n  File \"/odoo/odoo/http.py\", line 1, in dispatch\n" +
			e.Class + ": " + e.Message + "\n"}
	if db.Major < 14 {
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
