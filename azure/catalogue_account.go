package azure

import "github.com/openfire-fr/openfire-o365/internal/lang"

// accountFaults are about the account that signs in and its password.
var accountFaults = []Fault{
	{
		ID: "aadsts50020", Where: OnPage, Code: 50020, Error: "invalid_grant", Status: 400,
		Sample: "AADSTS50020: User account '{user}' from identity provider 'live.com' does not exist in tenant '{tenantname}' and cannot access the application '{appid}'(OpenFire) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account.",
		Source: "reference-error-codes",
		What:   lang.Text{FR: "Le compte qui s'est connecté est d'une autre organisation, ou personnel.", EN: "The account that signed in belongs to another organisation, or is personal."},
		Do: lang.Text{FR: "Déconnectez-vous chez Microsoft, ou prenez une fenêtre privée, puis connectez-vous avec la boîte aux lettres de votre organisation.",
			EN: "Sign out at Microsoft, or use a private window, then sign in as the mailbox of your organisation."},
		Who: User, Exit: lang.SignIn,
	}, {
		ID: "aadsts90072", Where: OnPage, Code: 90072, Error: "invalid_grant", Status: 400,
		Sample: "AADSTS90072: User account '{user}' from identity provider 'live.com' does not exist in tenant '{tenantname}' and cannot access the application '{appid}'(OpenFire) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account.",
		Source: "reference-error-codes",
		What:   lang.Text{FR: "Ce compte est extérieur à l'annuaire et ne peut y passer la double authentification.", EN: "This account is external to the directory and cannot pass its multi-factor authentication."},
		Do: lang.Text{FR: "Connectez-vous avec la boîte aux lettres de votre organisation, dans une fenêtre privée.",
			EN: "Sign in as the mailbox of your organisation, in a private window."},
		Who: User, Exit: lang.SignIn,
	}, {
		ID: "aadsts500200", Where: OnPage, Code: 500200, Error: "invalid_request", Status: 400,
		Sample: "AADSTS500200: User account '{user}' is a personal Microsoft account. Personal Microsoft accounts are not supported for this application unless explicitly invited to an organization. Try signing out and signing back in with an organizational account.",
		Source: "prior knowledge of the service; reference-error-codes",
		What:   lang.Text{FR: "C'est un compte Microsoft personnel ; l'application ne prend que les comptes professionnels.", EN: "This is a personal Microsoft account; the application takes work accounts only."},
		Do: lang.Text{FR: "Connectez-vous avec le compte Microsoft 365 professionnel de la boîte aux lettres, dans une fenêtre privée.",
			EN: "Sign in with the mailbox's Microsoft 365 work account, in a private window."},
		Who: User, Exit: lang.SignIn,
	}, {
		ID: "aadsts50034", Where: OnPage, Code: 50034, Error: "invalid_grant", Suberror: "bad_token", Status: 400,
		Sample: "AADSTS50034: The user account {user} does not exist in the {tenantname} directory. To sign into this application, the account must be added to the directory.",
		Source: "recorded; reference-error-codes",
		What:   lang.Text{FR: "Ce compte n'existe pas dans cet annuaire : faute de frappe, ou mauvais annuaire.", EN: "This account does not exist in this directory: a typing error, or the wrong directory."},
		Do: lang.Text{FR: "Vérifiez l'adresse de la boîte aux lettres : Centre d'administration Microsoft 365 > Utilisateurs > Utilisateurs actifs (Active users) montre celle qui sert à se connecter.",
			EN: "Check the mailbox's address: Microsoft 365 admin center > Users > Active users shows the one that signs in."},
		Who: User, Link: MailLink, Exit: lang.SignIn,
	}, {
		ID: "aadsts50126", Where: OnPage, Code: 50126, Error: "invalid_grant", Status: 400,
		Sample: "AADSTS50126: Error validating credentials due to invalid username or password.",
		Source: "recorded; reference-error-codes",
		What:   lang.Text{FR: "Le nom d'utilisateur ou le mot de passe est faux.", EN: "The user name or the password is wrong."},
		Do: lang.Text{FR: "Saisissez-les à nouveau sur la page de Microsoft ; au besoin un administrateur réinitialise le mot de passe : Utilisateurs actifs (Active users) > la boîte > Réinitialiser le mot de passe (Reset password).",
			EN: "Type them again on Microsoft's page; if need be an administrator resets the password: Active users > the mailbox > Reset password."},
		Who: User, Link: MailLink, Exit: lang.SignIn,
	}, {
		ID: "aadsts50055", Where: OnPage, Code: 50055, Error: "invalid_grant", Suberror: "user_password_expired", Status: 400,
		Sample: "AADSTS50055: The password is expired.",
		Source: "reference-error-codes",
		What:   lang.Text{FR: "Le mot de passe de la boîte aux lettres a expiré.", EN: "The mailbox's password has expired."},
		Do:     lang.Text{FR: "Changez-le sur la page de Microsoft (ou faites-le réinitialiser), puis recommencez la connexion.", EN: "Change it on Microsoft's page (or have it reset), then sign in again."},
		Who:    User, Exit: lang.SignIn,
	}, {
		ID: "aadsts50057", Where: FromToken, Code: 50057, Error: "invalid_grant", Status: 400,
		Sample: "AADSTS50057: The user account is disabled.",
		Source: "reference-error-codes",
		What:   lang.Text{FR: "Le compte de la boîte aux lettres est désactivé : départ d'un salarié, licence retirée.", EN: "The mailbox's account is disabled: somebody left, a licence was withdrawn."},
		Do: lang.Text{FR: "Centre d'administration Microsoft 365 > Utilisateurs > Utilisateurs actifs (Active users) : débloquez la connexion (Unblock sign-in) ; ou relancez setup avec une autre boîte.",
			EN: "Microsoft 365 admin center > Users > Active users: Unblock sign-in; or run setup again with another mailbox."},
		Who: EntraAdmin, Link: MailLink, Exit: lang.SignIn,
	}, {
		ID: "aadsts50053", Where: OnPage, Code: 50053, Error: "invalid_grant", Status: 400, Passes: true,
		Sample: "AADSTS50053: The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
		Source: "reference-error-codes",
		What:   lang.Text{FR: "Le compte est verrouillé pour un moment : trop de mots de passe faux, ou une adresse réseau mal réputée.", EN: "The account is locked for a while: too many wrong passwords, or a network address of ill repute."},
		Do: lang.Text{FR: "Attendez une demi-heure sans réessayer, coupez le VPN, puis reconnectez-vous ; un administrateur voit la cause dans Journaux de connexion (Sign-in logs).",
			EN: "Wait half an hour without trying, leave the VPN, then sign in again; an administrator sees the cause under Sign-in logs."},
		Who: Nobody, Exit: lang.Temporary,
	}, {
		ID: "aadsts50089", Where: OnPage, Code: 50089, Error: "invalid_grant", Status: 400,
		Sample: "AADSTS50089: Authentication failed due to flow token expired.",
		Source: "reference-error-codes",
		What:   lang.Text{FR: "La page de connexion est restée ouverte trop longtemps.", EN: "The sign-in page stayed open too long."},
		Do:     lang.Text{FR: "Recommencez la connexion et allez au bout sans longue pause.", EN: "Start the sign-in again and finish it without a long pause."},
		Who:    User, Exit: lang.SignIn,
	},
}
