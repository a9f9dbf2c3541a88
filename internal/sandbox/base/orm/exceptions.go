package orm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// exception is an Odoo exception: its class and message, and further arguments.
type exception struct {
	Class, Message string
	more           []any
}

// Error returns the message.
func (e *exception) Error() string { return e.Message }

// NewException returns an exception of the given class.
func NewException(class, format string, args ...any) error {
	return &exception{class, fmt.Sprintf(format, args...), nil}
}

// HTTPException returns an exception of werkzeug, whose arguments end with the status.
func HTTPException(status int, message string) error {
	class := strings.ReplaceAll(http.StatusText(status), " ", "")
	return &exception{"werkzeug.exceptions." + class, message, []any{status}}
}

// Raise returns an exception of a class in odoo.exceptions.
func Raise(class, format string, args ...any) error {
	return NewException("odoo.exceptions."+class, format, args...)
}

// NoMethod returns the error for an unknown method.
func (db *Database) NoMethod(model, method string) error {
	switch {
	case db.Major < 17:
		return NewException(attributeError, "type object '%s' has no attribute '%s'", model, method)
	case db.Major < 18:
		return NewException(attributeError, "The method '%s' does not exist on the model '%s'", method, model)
	}
	return NewException(attributeError, "The method '%s.%s' does not exist", model, method)
}

const attributeError = "builtins.AttributeError"

// Status returns the HTTP status with which JSON-2 answers an exception.
func Status(err error) int {
	e, _ := errors.AsType[*exception](err)
	switch {
	case e == nil:
		return http.StatusInternalServerError
	case strings.HasSuffix(e.Class, ".MissingError"):
		return http.StatusNotFound
	case strings.HasSuffix(e.Class, ".AccessError"):
		return http.StatusForbidden
	case strings.HasPrefix(e.Class, "odoo.exceptions."):
		return http.StatusUnprocessableEntity
	}
	return http.StatusInternalServerError
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

// Object is a JSON object whose keys have an order: keys and values in turn.
type Object []any

// MarshalJSON encodes the object.
func (o Object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, v := range o {
		b.WriteByte([2]byte{',', ':'}[i%2])
		part, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		b.Write(part)
	}
	return append(append([]byte{'{'}, bytes.TrimPrefix(b.Bytes(), []byte{','})...), '}'), nil
}

// Describe encodes an exception like odoo.http.serialize_exception.
func (db *Database) Describe(err error) Object {
	e, ok := errors.AsType[*exception](err)
	if !ok {
		e = &exception{Class: "builtins.Exception", Message: err.Error()}
	}
	debug := Object{"debug", "Traceback (most recent call last):\n  File \"/odoo/odoo/http.py\", line 1, in dispatch\n" +
		e.Class + ": " + e.Message + "\n"}
	name, words := Object{"name", e.Class}, Object{"message", e.Message, "arguments", append([]any{e.Message}, e.more...)}
	switch context := (Object{"context", Object{}}); {
	case db.Major < 14:
		kind := Object{"exception_type", exceptionTypes[e.Class[strings.LastIndexByte(e.Class, '.')+1:]]}
		return slices.Concat(name, debug, words, kind)
	case db.Major < 19:
		return slices.Concat(name, debug, words, context)
	default:
		return slices.Concat(name, words, context, debug)
	}
}

// AdminUID is the id of the administrator.
const AdminUID = 2

// noField returns the error for an unknown field; word is that of Odoo 19.
func (t *Table) noField(name, word string) error {
	if t.db.Major < 19 {
		word = "on model"
	}
	return t.db.ValueError("Invalid field '%s' %s '%s'", name, word, t.Name)
}

// mandatory returns the error for an empty required field.
func (t *Table) mandatory(name string, f column) error {
	if t.db.Major < 19 {
		return Raise("ValidationError", "The operation cannot be completed:\n- Create/update: a mandatory field is not "+
			"set.\n- Delete: another model requires the record being deleted. If possible, archive it instead.\n\n"+
			"Model: %s (%s)\nField: %s (%s)\n", t.label, t.Name, f.label, name)
	}
	return Raise("ValidationError", "The operation cannot be completed: Missing required value for the field '%s' (%s)."+
		"\nModel: '%s' (%s)\n- create/update: a mandatory field is not set\n- delete: another model requires the record "+
		"being deleted, you can archive it instead\n", f.label, name, t.label, t.Name)
}

// Forbidden returns the error for a user without base.group_system.
func (t *Table) Forbidden() error {
	if t.db.Major < 13 {
		return Raise("AccessError", "Sorry, you are not allowed to access this document."+
			" Only users with the following access level are currently allowed to do that:\n"+
			"- Administration/Settings\n\n(Document model: %s)", t.Name)
	}
	group := "Administration/Settings"
	if t.db.Major >= 19 {
		group = "Role / Administrator"
	}
	return Raise("AccessError", "You are not allowed to access '%s' (%s) records.\n\n"+
		"This operation is allowed for the following groups:\n\t- %s\n\n"+
		"Contact your administrator to request access if necessary.", t.label, t.Name, group)
}
