"""Tests the sandbox with Python's SMTP and IMAP clients.

Arguments: the SMTP and IMAP ports, the CA file, and a mailbox. Standard input:
the access token. Stops at the first failed assertion.
"""
import email.message
import imaplib
import smtplib
import ssl
import sys

smtp_port, imap_port, ca, mailbox = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
token = sys.stdin.read().strip()
trust = ssl.create_default_context(cafile=ca)


def xoauth2(user, bearer):
    return f"user={user}\x01auth=Bearer {bearer}\x01\x01"


def submit(user, bearer, initial=True):
    server = smtplib.SMTP("localhost", smtp_port, timeout=30)
    server.ehlo()
    assert not server.has_extn("auth"), "AUTH is offered before STARTTLS"
    server.starttls(context=trust)
    server.ehlo()
    assert server.has_extn("auth") and "XOAUTH2" in server.esmtp_features["auth"].split(), server.esmtp_features
    assert server.has_extn("smtputf8") and int(server.esmtp_features["size"]) > 1_000_000, server.esmtp_features
    server.auth("XOAUTH2", lambda challenge=None: xoauth2(user, bearer), initial_response_ok=initial)
    return server


def read(user, bearer):
    box = imaplib.IMAP4_SSL("localhost", imap_port, ssl_context=trust, timeout=30)
    assert {"IMAP4REV1", "AUTH=XOAUTH2"} <= set(box.capabilities), box.capabilities
    box.authenticate("XOAUTH2", lambda challenge: xoauth2(user, bearer).encode())
    return box


message = email.message.EmailMessage()
message["From"] = message["To"] = mailbox
message["Subject"] = "Écrit par smtplib"
message["Message-ID"] = "<python@realtest.invalid>"
message.set_content("Bonjour,\n.une ligne qui commence par un point\nç'est tout.\n")

for initial in (True, False):
    with submit(mailbox, token, initial) as server:
        refused = server.send_message(message)
        assert refused == {}, refused

for user, bearer in ((mailbox, token + "x"), ("someone.else@client.fr", token), (mailbox, "")):
    try:
        submit(user, bearer)
        raise AssertionError(f"SMTP took a bad sign-in of {user}")
    except smtplib.SMTPAuthenticationError as e:
        assert e.smtp_code == 535 and e.smtp_error.startswith(b"5.7.3 Authentication unsuccessful ["), e
    try:
        read(user, bearer)
        raise AssertionError(f"IMAP took a bad sign-in of {user}")
    except imaplib.IMAP4.error as e:
        assert str(e) == "AUTHENTICATE failed.", e

with submit(mailbox, token) as server:
    other = email.message.EmailMessage()
    other["From"], other["To"] = "someone.else@client.fr", mailbox
    other.set_content("x")
    try:
        server.send_message(other)
        raise AssertionError("Send As was not refused")
    except smtplib.SMTPDataError as e:
        assert e.smtp_code == 554 and e.smtp_error.startswith(b"5.2.252 SendAsDenied"), e

box = read(mailbox, token)
kind, (count,) = box.select("INBOX", readonly=True)
assert kind == "OK" and int(count) == 2, (kind, count)
kind, (found,) = box.search(None, "HEADER", "Message-ID", "<python@realtest.invalid>")
assert kind == "OK" and found.split() == [b"1", b"2"], found
kind, (found,) = box.search(None, "HEADER", "Message-ID", "<nobody@realtest.invalid>")
assert kind == "OK" and found == b"", found
kind, data = box.fetch("1:2", "(UID FLAGS RFC822.SIZE)")
assert kind == "OK" and len(data) == 2 and b"RFC822.SIZE" in data[0] and b"FLAGS (" in data[0], data
kind, data = box.fetch("2", "(RFC822)")
assert kind == "OK" and b"RFC822 {" in data[0][0], data[0][0]
got = email.message_from_bytes(data[0][1], policy=email.policy.default)
assert got["Subject"] == "Écrit par smtplib", got["Subject"]
assert got.get_content().splitlines() == ["Bonjour,", ".une ligne qui commence par un point", "ç'est tout."], got.get_content()
kind, data = box.fetch("1", "(BODY.PEEK[HEADER])")
assert kind == "OK" and b"BODY[HEADER] {" in data[0][0], data
assert b"Subject:" in data[0][1] and b"Bonjour" not in data[0][1], data
kind, data = box.uid("fetch", "1", "(BODY[TEXT])")
assert kind == "OK" and b"UID 1" in data[0][0] and data[0][1].startswith(b"Bonjour"), data
kind, boxes = box.list()
assert kind == "OK" and any(b"INBOX" in b for b in boxes), boxes
box.close()
kind, said = box.logout()
assert kind == "BYE", (kind, said)

# The commands of Odoo's fetchmail (models/fetchmail.py), then those of a mail program.
box = read(mailbox, token)
box.select()
kind, (found,) = box.search(None, "(UNSEEN)")
assert kind == "OK" and found.split() == [b"1", b"2"], found
for number in found.split():
    kind, data = box.fetch(number, "(RFC822)")
    assert kind == "OK" and email.message_from_bytes(data[0][1])["Message-ID"] == "<python@realtest.invalid>", data
    box.store(number, "-FLAGS", "\\Seen")
    assert box.search(None, "(UNSEEN)")[1] == [b" ".join(found.split()[int(number) - 1:])]
    kind, data = box.store(number, "+FLAGS", "\\Seen")
    assert kind == "OK" and data == [number + b" (FLAGS (\\Seen))"], data
assert box.search(None, "(UNSEEN)")[1] == [b""]
box.close()
box.select()
assert box.namespace() == ("OK", [b'(("" "/")) NIL NIL'])
assert b"INBOX" in box.lsub()[1][0]
assert box.status("INBOX", "(MESSAGES UNSEEN UIDNEXT)") == ("OK", [b"INBOX (MESSAGES 2 UNSEEN 0 UIDNEXT 3)"])
kind, data = box.uid("fetch", "1:*", "(UID FLAGS ENVELOPE BODY.PEEK[])")
assert kind == "OK" and b'"<python@realtest.invalid>"' in data[0][0] and b"FLAGS (\\Seen)" in data[0][0], data
box.uid("store", "1", "+FLAGS.SILENT", "(\\Deleted)")
assert box.expunge() == ("OK", [b"1"])
assert box.uid("search", None, "ALL") == ("OK", [b"2"])
box.logout()
