package guide

import (
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// Label is what a portal writes on its page, in the portal's own two languages.
// Labels differ between page, button and article; these are the page's.
type Label struct{ EN, FR string }

// Text is the label in the reader's language, marked, with the portal's other
// one behind it: an administrator's portal may speak either.
func (l Label) Text() i18n.Text { return i18n.Literal("%s", marked(l)) }

type marked Label

func (m marked) In(l i18n.Lang) string {
	switch {
	case m.EN == m.FR:
		return "**" + m.EN + "**"
	case l == i18n.French:
		return "**" + unbreakable.Replace(m.FR) + "** (" + m.EN + ")"
	}
	return "**" + m.EN + "** (" + m.FR + ")"
}

// Short is the label in the reader's language only, as a drawing shows it.
func (l Label) Short() i18n.Text {
	if l == (Label{}) {
		return i18n.Text{}
	}
	return i18n.Literal("%s", short(l))
}

type short Label

func (s short) In(l i18n.Lang) string {
	if l == i18n.French {
		return unbreakable.Replace(s.FR)
	}
	return s.EN
}

// unbreakable keeps French punctuation on the line of the word before it.
var unbreakable = strings.NewReplacer("« ", "«\u00a0", " »", "\u00a0»", " ?", "\u00a0?")

// portal are Microsoft's labels (learn.microsoft.com in both languages, and
// OpenFire's article).
var portal = struct {
	Entra, EntraID, Add, AppRegistration, AppRegistrations, NewRegistration, Register, RegisterApplication         Label
	Name, AccountTypes, Multitenant, SingleTenant, RedirectURI, Web                                                Label
	Overview, ClientID, TenantID, Authentication, Permissions, Secrets                                             Label
	AddPermission, MicrosoftAPIs, Graph, Delegated, AddPermissions, GrantConsent, GrantedFor, ConfiguredPermission Label
	ClientSecrets, NewSecret, AddSecret, Description, Expires, Longest, Value, SecretID                            Label
	Enterprise, Managed, UsersAndGroups, AddUser, AddAssignment, NoneSelected, Select, Assign                      Label
	Properties, AssignmentRequired, CloudAppAdministrator, ExchangeAdministrator                                   Label
	AdminCenter, Users, ActiveUsers, Licenses, Mail, EmailApps, ManageEmailApps, AuthenticatedSMTP, SaveChanges    Label
	SendAs, AddSendAs, Accept, PermissionsRequested                                                                Label
}{
	Entra:                 Label{"Microsoft Entra admin center", "Centre d'administration Microsoft Entra"},
	EntraID:               Label{"Microsoft Entra ID", "Microsoft Entra ID"},
	Add:                   Label{"Add", "Ajouter"},
	AppRegistration:       Label{"App registration", "Inscription d'application"},
	AppRegistrations:      Label{"App registrations", "Inscriptions d'applications"},
	NewRegistration:       Label{"New registration", "Nouvelle inscription"},
	Register:              Label{"Register", "S'inscrire"},
	RegisterApplication:   Label{"Register an application", "Inscrire une application"},
	Name:                  Label{"Name", "Nom"},
	AccountTypes:          Label{"Supported account types", "Types de comptes pris en charge"},
	Multitenant:           Label{"Accounts in any organizational directory (Any Microsoft Entra ID tenant - Multitenant)", "Comptes dans un annuaire d'organisation (Tout annuaire Microsoft Entra ID - Multilocataire)"},
	SingleTenant:          Label{"Accounts in this organizational directory only (Single tenant)", "Comptes dans cet annuaire d'organisation uniquement (Locataire unique)"},
	RedirectURI:           Label{"Redirect URI", "URI de redirection"},
	Web:                   Label{"Web", "Web"},
	Overview:              Label{"Overview", "Vue d'ensemble"},
	ClientID:              Label{"Application (client) ID", "ID d'application (client)"},
	TenantID:              Label{"Directory (tenant) ID", "ID de l'annuaire (locataire)"},
	Authentication:        Label{"Authentication", "Authentification"},
	Permissions:           Label{"API permissions", "API autorisées"},
	Secrets:               Label{"Certificates & secrets", "Certificats & secrets"},
	AddPermission:         Label{"Add a permission", "Ajouter une autorisation"},
	MicrosoftAPIs:         Label{"Microsoft APIs", "API Microsoft"},
	Graph:                 Label{"Microsoft Graph", "Microsoft Graph"},
	Delegated:             Label{"Delegated permissions", "Autorisations déléguées"},
	AddPermissions:        Label{"Add permissions", "Ajouter des autorisations"},
	GrantConsent:          Label{"Grant admin consent for …", "Accorder un consentement d'administrateur pour …"},
	GrantedFor:            Label{"Granted for …", "Accordé pour …"},
	ConfiguredPermission:  Label{"Configured permissions", "Autorisations configurées"},
	ClientSecrets:         Label{"Client secrets", "Secrets client"},
	NewSecret:             Label{"New client secret", "Nouveau secret client"},
	AddSecret:             Label{"Add a client secret", "Ajouter un secret client"},
	Description:           Label{"Description", "Description"},
	Expires:               Label{"Expires", "Date d'expiration"},
	Longest:               Label{"730 days (24 months)", "730 jours (24 mois)"},
	Value:                 Label{"Value", "Valeur"},
	SecretID:              Label{"Secret ID", "ID de secret"},
	Enterprise:            Label{"Enterprise applications", "Applications d'entreprise"},
	Managed:               Label{"Managed application in local directory", "Application gérée dans le répertoire local"},
	UsersAndGroups:        Label{"Users and groups", "Utilisateurs et groupes"},
	AddUser:               Label{"Add user/group", "Ajouter un utilisateur/groupe"},
	AddAssignment:         Label{"Add Assignment", "Ajouter une affectation"},
	NoneSelected:          Label{"None Selected", "Aucun sélectionné"},
	Select:                Label{"Select", "Sélectionner"},
	Assign:                Label{"Assign", "Affecter"},
	Properties:            Label{"Properties", "Propriétés"},
	AssignmentRequired:    Label{"Assignment required?", "Affectation requise ?"},
	CloudAppAdministrator: Label{"Cloud Application Administrator", "Administrateur d'application cloud"},
	ExchangeAdministrator: Label{"Exchange Administrator", "Administrateur Exchange"},
	AdminCenter:           Label{"Microsoft 365 admin center", "Centre d'administration Microsoft 365"},
	Users:                 Label{"Users", "Utilisateurs"},
	ActiveUsers:           Label{"Active users", "Utilisateurs actifs"},
	Licenses:              Label{"Licenses and apps", "Licences et applications"},
	Mail:                  Label{"Mail", "Courrier"},
	EmailApps:             Label{"Email apps", "Applications de messagerie"},
	ManageEmailApps:       Label{"Manage email apps", "Gérer les applications de messagerie"},
	AuthenticatedSMTP:     Label{"Authenticated SMTP", "SMTP authentifié"},
	SaveChanges:           Label{"Save changes", "Enregistrer les modifications"},
	SendAs:                Label{"Send as permissions", "Autorisations « Envoyer en tant que »"},
	AddSendAs:             Label{"Add permissions", "Ajouter des autorisations"},
	Accept:                Label{"Accept", "Accepter"},
	PermissionsRequested:  Label{"Permissions requested", "Autorisations demandées"},
}

// base are OpenFire's and Odoo's labels (addons' own translations, versions 16
// and later, and OpenFire's article).
var base = struct {
	Configuration, DeveloperMode, GeneralSettings, Outlook, ClientID, ClientSecret, Save Label
	Technical, OutgoingServers, New, SMTPServer, Port, Encryption, StartTLS              Label
	Username, Password, Authenticate, OAuth, Connect, TokenValid                         Label
}{
	Configuration:   Label{"Settings", "Configuration"},
	DeveloperMode:   Label{"Activate the developer mode", "Activer le mode développeur"},
	GeneralSettings: Label{"General Settings", "Paramètres généraux"},
	Outlook:         Label{"Microsoft Outlook", "Microsoft Outlook"},
	ClientID:        Label{"Client ID", "ID"},
	ClientSecret:    Label{"Client Secret", "Secret"},
	Save:            Label{"Save", "Enregistrer"},
	Technical:       Label{"Technical", "Technique"},
	OutgoingServers: Label{"Outgoing Mail Servers", "Serveurs de messagerie sortants"},
	New:             Label{"Create", "Créer"},
	SMTPServer:      Label{"SMTP Server", "Serveur SMTP"},
	Port:            Label{"SMTP Port", "Port SMTP"},
	Encryption:      Label{"Connection Encryption", "Chiffrement de la connexion"},
	StartTLS:        Label{"TLS (STARTTLS)", "TLS (STARTTLS)"},
	Username:        Label{"Username", "Nom d'utilisateur"},
	Password:        Label{"Password", "Mot de passe"},
	Authenticate:    Label{"Authenticate with", "S'authentifier avec"},
	OAuth:           Label{"Outlook OAuth Authentication", "Authentification OAuth Outlook"},
	Connect:         Label{"Connect your Outlook account", "Connecter votre compte Outlook"},
	TokenValid:      Label{"Outlook Token Valid", "Jeton Outlook valide"},
}
