package orm

// IsOutlook reports whether a mail server's record uses Outlook OAuth.
func IsOutlook(r Row) bool {
	return r["use_microsoft_outlook_service"] == true || r["smtp_authentication"] == "outlook" ||
		r["server_type"] == "outlook"
}

// quoted returns the name of a record as the messages of microsoft_outlook show it.
func (db *Database) quoted(r Row) string {
	if db.Major < 18 {
		return "'" + Text(r["name"]) + "'"
	}
	return "“" + Text(r["name"]) + "”"
}

func (db *Database) passwordNotEmpty(r Row) error {
	return UserError("Please leave the password field empty for Outlook mail server %s."+
		" The OAuth process does not require it", db.quoted(r))
}

// checkOutgoing is the constraint in ir_mail_server.py of microsoft_outlook, and that
// of base against archiving a server that a template uses.
func (db *Database) checkOutgoing(id int, r Row) error {
	for _, template := range db.Tables[templateModel].Rows {
		if r["active"] != true && id != 0 && template["mail_server_id"] == int64(id) {
			return UserError("You cannot archive this Outgoing Mail Server (%s) because it is still used in the following "+
				"case(s):\n- %s (Email Template)", Text(r["name"]), Text(template["name"]))
		}
	}
	switch {
	case !IsOutlook(r):
	case r["smtp_pass"] != false:
		return db.passwordNotEmpty(r)
	case r["smtp_encryption"] != "starttls":
		return UserError("Incorrect Connection Security for Outlook mail server %s."+
			" Please set it to \"TLS (STARTTLS)\".", db.quoted(r))
	case r["smtp_user"] == false && db.module >= 14:
		return UserError("Please fill the \"Username\" field with your Outlook/Office365 username (your email address)." +
			" This should be the same account as the one used for the Outlook OAuthentication Token.")
	}
	return nil
}

// checkIncoming is the constraint of fetchmail_outlook, part of microsoft_outlook
// since 16.
func (db *Database) checkIncoming(_ int, r Row) error {
	the := ""
	if db.Major < 18 {
		the = "the "
	}
	switch {
	case !IsOutlook(r):
	case r["is_ssl"] != true:
		return UserError("SSL is required for %sserver %s.", the, db.quoted(r))
	case r["password"] != false:
		return db.passwordNotEmpty(r)
	}
	return nil
}
