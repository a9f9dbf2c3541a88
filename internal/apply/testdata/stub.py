# A recording stand-in for the env of "odoo shell", in Python 2.7 and 3:
#   stub.py SCRIPT VERSION SCENARIO
# runs the script twice, as its shell would, and prints what the base holds then.
import io
import json
import sys
import types

script, version, scenario = sys.argv[1], int(sys.argv[2]), sys.argv[3]
log = []


class Record(object):
    def __init__(self, model, values):
        self.__dict__['model'], self.__dict__['values'], self.__dict__['id'] = model, {}, len(model.rows) + 1
        model.rows.append(self)
        self.keep(values)

    def keep(self, values):
        for key, value in values.items():
            if key not in self.model._fields:
                raise ValueError('Invalid field %r on model %r' % (key, self.model._name))
            if value == '':
                raise ValueError('empty text for %s: Odoo has False' % key)
            self.values[key] = value
        password = 'smtp_pass' if self.model._name == 'ir.mail_server' else 'password'
        if self['use_microsoft_outlook_service'] or 'outlook' in (self['smtp_authentication'], self['server_type']):
            if self[password] or self.model._name == 'ir.mail_server' and self['smtp_encryption'] != 'starttls':
                raise ValueError('UserError: Outlook mail server')

    def write(self, values):
        log.append(['write', self.model._name, sorted(values)])
        self.keep(values)

    def __getitem__(self, key):
        return self.values.get(key, key == 'active')

    def __getattr__(self, key):
        return self[key]


class Model(object):
    def __init__(self, name, fields):
        self._name, self.rows, self._fields = name, [], fields

    def with_context(self, **context):
        assert context == {'active_test': False}
        return self

    def search(self, domain):
        return [r for r in self.rows if all(r[key] == value for key, _, value in domain)]

    def create(self, values):
        log.append(['create', self._name, sorted(values)])
        return Record(self, values)

    def fields_get(self, names):
        return dict((n, {'selection': [(k, k) for k in self._fields[n]]}) for n in names)


class Params(object):
    def __init__(self):
        self.values = {'web.base.url': 'https://mabase.openfire.fr/'}

    def sudo(self):
        return self

    def get_param(self, key):
        return self.values.get(key, False)

    def set_param(self, key, value):
        log.append(['set_param', key])
        self.values[key] = value


class Env(dict):
    class cr(object):
        @staticmethod
        def commit():
            log.append(['commit'])


tokens = ['microsoft_outlook_refresh_token', 'microsoft_outlook_access_token', 'microsoft_outlook_access_token_expiration']
out = dict((n, None) for n in ['name', 'active', 'smtp_host', 'smtp_port', 'smtp_encryption', 'smtp_user', 'smtp_pass'] + tokens)
fetch = dict((n, None) for n in ['name', 'active', 'server', 'port', 'is_ssl', 'user', 'password'] + tokens)
fetch['type' if version < 13 else 'server_type'] = ['imap', 'pop'] + (['outlook'] if version >= 16 else [])
if version >= 15:
    out['from_filter'] = None
    out['smtp_authentication'] = ['login', 'certificate'] + (['outlook'] if version >= 16 and scenario != 'nomodule' else [])
if version < 16 and scenario != 'nomodule':
    out['use_microsoft_outlook_service'] = fetch['use_microsoft_outlook_service'] = None
env = Env()
env['ir.config_parameter'] = Params()
env['ir.mail_server'] = Model('ir.mail_server', out)
env['fetchmail.server'] = Model('fetchmail.server', fetch)
if scenario == 'copied':
    Record(env['ir.mail_server'], {'smtp_host': 'none', 'smtp_port': 55555})
if scenario == 'password':
    Record(env['ir.mail_server'], {'name': 'Ours', 'smtp_host': 'smtp.office365.com', 'smtp_port': 587, 'smtp_encryption': 'starttls', 'smtp_user': 'Compta@client.fr', 'smtp_pass': 'x', 'active': False})
if scenario == 'elsewhere':
    env['ir.config_parameter'].values['web.base.url'] = 'https://autre.openfire.fr'

odoo = types.ModuleType('odoo')
odoo.release = types.ModuleType('release')
odoo.release.version_info = (version, 0, 0)
sys.modules['odoo'] = odoo
with io.open(script, encoding='utf-8') as f:
    source = f.read()
if sys.version_info[0] == 2:
    source = source.encode('utf-8')  # the coding line is read from bytes
said, sys.stdout = sys.stdout, io.BytesIO() if sys.version_info[0] == 2 else io.StringIO()
refused = ''
try:
    for _ in range(2):
        exec(compile(source, 'stdin', 'exec'), {'env': env, 'self': None, '__name__': 'console'})
except SystemExit as e:
    refused = str(e)
sys.stdout = said
print(json.dumps({'log': log, 'refused': refused, 'params': env['ir.config_parameter'].values,
                  'out': [r.values for r in env['ir.mail_server'].rows], 'fetch': [r.values for r in env['fetchmail.server'].rows]}))
