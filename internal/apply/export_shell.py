# -*- coding: utf-8 -*-
# FR : odoo shell -d BASE --no-http < openfire_o365.py       (Python 2.7 ou 3, Odoo 10 à 19)
#      Lancez-le avec le compte du serveur Odoo, qui doit pouvoir lire le fichier de jetons nommé ci-dessous.
#      On peut le relancer : même compte, même serveur. OPENFIRE_O365_FORCE=1 remplace aussi les jetons de la base.
# EN: odoo shell -d BASE --no-http < openfire_o365.py        (Python 2.7 or 3, Odoo 10 to 19)
#      Run it as the account of the Odoo server, which must be able to read the token file named below.
#      It can be run again: same account, same server. OPENFIRE_O365_FORCE=1 replaces the base's tokens too.
import io
import json
import os

import odoo

PATH = os.environ.get('OPENFIRE_O365_FILE') or u@PATH@
FORCE = os.environ.get('OPENFIRE_O365_FORCE') == '1'
TOKENS = ('microsoft_outlook_refresh_token', 'microsoft_outlook_access_token', 'microsoft_outlook_access_token_expiration')
CLIENT = 'microsoft_outlook_client_id'


def outlook(model, values):
    """The switch under the name that this base has."""
    fields = model._fields
    for name in ('smtp_authentication', 'server_type', 'type', 'use_microsoft_outlook_service'):
        values.pop(name, None)
    key = 'smtp_authentication' if model._name == 'ir.mail_server' else 'server_type'
    if key in fields and 'outlook' in dict(model.fields_get([key])[key]['selection']):
        values[key] = 'outlook'
        return values
    if 'use_microsoft_outlook_service' not in fields:
        raise SystemExit('openfire-o365: the Microsoft Outlook module is not installed (%s)' % model._name)
    values['use_microsoft_outlook_service'] = True
    if model._name == 'fetchmail.server':
        values['server_type' if 'server_type' in fields else 'type'] = 'imap'
    return values


def find(name, user):
    """The server of this account, an active one before an archived one."""
    accounts = [data[name][user].lower(), data['azure'].get('mailbox', '').lower()]
    same = [s for s in env[name].with_context(active_test=False).search([]) if (s[user] or '').lower() in accounts]
    same.sort(key=lambda s: (accounts.index(s[user].lower()), not s.active, not s.microsoft_outlook_refresh_token, s.id))
    return same[0] if same else None


def put(name, user):
    model, values = env[name], dict(data[name])
    found = find(name, user)
    if name == 'ir.mail_server' and 'from_filter' in model._fields:
        values.setdefault('from_filter', data['azure'].get('mailbox') or values[user])
    values = outlook(model, values)
    if found:
        values.pop('name', None)
        values['active'] = True
    for token in TOKENS:
        if not hand_over:
            values.pop(token, None)
    values = dict((k, v if v != '' else False) for k, v in values.items() if k in model._fields)
    if found:
        found.write(values)
    else:
        found = model.create(values)
    print('openfire-o365: %s %s' % (name, found.id))


with io.open(PATH, encoding='utf-8-sig') as f:
    data = json.load(f)
if data.get('format') != 'openfire-o365/1':
    raise SystemExit('openfire-o365: %s is no token file of format 1' % PATH)
params = env['ir.config_parameter'].sudo()
if (params.get_param('web.base.url') or '').rstrip('/') != data['base']:
    raise SystemExit('openfire-o365: web.base.url is %s, the token file is for %s' % (params.get_param('web.base.url'), data['base']))
if params.get_param('database.is_neutralized') or env['ir.mail_server'].with_context(active_test=False).search([('smtp_port', '=', 55555)]):
    raise SystemExit('openfire-o365: this base is a copy of another')

servers = [('ir.mail_server', 'smtp_user')]
if 'fetchmail.server' in data:
    servers.append(('fetchmail.server', 'user'))
# A base keeps its own tokens, which it renews, unless it has none, was on
# another client, or is one that never stores a newer refresh token.
hand_over = FORCE or odoo.release.version_info[0] < 14 or params.get_param(CLIENT) != data['ir.config_parameter'][CLIENT]
for name, user in servers:
    outlook(env[name], {})  # refuses a base without the module before anything is written
    found = find(name, user)
    hand_over = hand_over or not found or not found.microsoft_outlook_refresh_token
for name, user in servers:
    put(name, user)
for key in sorted(data['ir.config_parameter'], key=lambda k: k == CLIENT):
    params.set_param(key, data['ir.config_parameter'][key])
env.cr.commit()
print('openfire-o365: done')
