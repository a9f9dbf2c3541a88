package orm

// IsOutlook reports whether Outlook is chosen in a mail server's record.
func IsOutlook(r Row) bool {
	return r["use_microsoft_outlook_service"] == true || r["smtp_authentication"] == "outlook" || r["server_type"] == "outlook"
}

const passwordNotEmpty = "Please leave the password field empty for Outlook mail server '%s'." +
	" The OAuth process does not require it"

// checkOutgoing is the constraint of microsoft_outlook's ir_mail_server.py.
func (o Version) checkOutgoing(r Row) error {
	switch {
	case !IsOutlook(r):
	case r["smtp_pass"] != false:
		return UserError(passwordNotEmpty, Text(r["name"]))
	case r["smtp_encryption"] != "starttls":
		return UserError("Incorrect Connection Security for Outlook mail server '%s'."+
			" Please set it to \"TLS (STARTTLS)\".", Text(r["name"]))
	case r["smtp_user"] == false && o.module >= 14:
		return UserError("Please fill the \"Username\" field with your Outlook/Office365 username (your email address)." +
			" This should be the same account as the one used for the Outlook OAuthentication Token.")
	}
	return nil
}

// checkIncoming is the constraint of fetchmail_outlook, microsoft_outlook since 16.
func checkIncoming(r Row) error {
	switch {
	case !IsOutlook(r):
	case r["is_ssl"] != true:
		return UserError("SSL is required for server '%s'.", Text(r["name"]))
	case r["password"] != false:
		return UserError(passwordNotEmpty, Text(r["name"]))
	}
	return nil
}
