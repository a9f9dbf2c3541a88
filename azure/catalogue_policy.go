package azure

import "github.com/openfire-fr/openfire-o365/internal/lang"

// policyFaults are about Conditional Access, multi-factor authentication and
// security defaults. The tokens are kept: they may revive with the policy.
var policyFaults = []Fault{
	{
		ID: "aadsts50074", Where: OnPage, Code: 50074, Error: "invalid_grant", Suberror: "basic_action", Status: 400,
		Sample: "AADSTS50074: Strong authentication is required and the user did not pass the MFA challenge.",
		Source: "reference-error-codes",
		What:   lang.Text{FR: "La double authentification est exigée et n'a pas été passée.", EN: "Multi-factor authentication is required and was not passed."},
		Do:     lang.Text{FR: "Recommencez la connexion avec le téléphone de la boîte aux lettres à portée de main.", EN: "Sign in again with the mailbox's telephone at hand."},
		Who:    User, Exit: lang.SignIn,
	}, {
		ID: "aadsts500121", Where: OnPage, Code: 500121, Error: "invalid_grant", Status: 400,
		Sample: "AADSTS500121: Authentication failed during strong authentication request.",
		Source: "reference-error-codes",
		What:   lang.Text{FR: "La demande de double authentification a été refusée, ou personne n'y a répondu à temps.", EN: "The multi-factor request was refused, or nobody answered it in time."},
		Do: lang.Text{FR: "Recommencez la connexion et répondez sur le téléphone ; si le téléphone est perdu, un administrateur l'efface : Entra > Utilisateurs (Users) > la boîte > Méthodes d'authentification (Authentication methods).",
			EN: "Sign in again and answer on the telephone; if the telephone is lost an administrator removes it: Entra > Users > the mailbox > Authentication methods."},
		Who: User, Link: pageUsers, Exit: lang.SignIn,
	}, {
		ID: "aadsts50076", Where: FromToken, Code: 50076, Error: "invalid_grant", Suberror: "basic_action", Status: 400,
		Sample: "AADSTS50076: Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '00000002-0000-0ff1-ce00-000000000000'.",
		Source: "recorded; reference-error-codes",
		What:   lang.Text{FR: "La double authentification est devenue obligatoire : le jeton seul ne suffit plus.", EN: "Multi-factor authentication has become compulsory: the token alone is no longer enough."},
		Do: lang.Text{FR: "Relancez « openfire-o365 setup » et passez la double authentification ; si le refus revient, un administrateur doit excepter l'application OpenFire de la stratégie d'accès conditionnel.",
			EN: "Run \"openfire-o365 setup\" again and pass the multi-factor authentication; if the refusal comes back an administrator must except the OpenFire application from the Conditional Access policy."},
		Who: User, Link: pagePolicies, Exit: lang.SignIn,
	}, {
		ID: "aadsts50078", Where: FromToken, Code: 50078, Error: "invalid_grant", Suberror: "basic_action", Status: 400,
		Sample: "AADSTS50078: Presented multi-factor authentication has expired due to policies configured by your administrator, you must refresh your multi-factor authentication to access '00000002-0000-0ff1-ce00-000000000000'.",
		Source: "reference-error-codes",
		What:   lang.Text{FR: "La double authentification est trop ancienne pour la stratégie de l'organisation.", EN: "The multi-factor authentication is too old for the organisation's policy."},
		Do: lang.Text{FR: "Accès conditionnel (Conditional Access) > Stratégies (Policies) : exceptez l'application OpenFire de la Fréquence de connexion (Sign-in frequency), puis relancez setup ; sinon le refus reviendra.",
			EN: "Conditional Access > Policies: except the OpenFire application from the Sign-in frequency, then run setup again; else the refusal will come back."},
		Who: EntraAdmin, Link: pagePolicies, Exit: lang.SignIn,
	}, {
		ID: "aadsts50079", Where: OnPage, Code: 50079, Error: "invalid_grant", Suberror: "basic_action", Status: 400,
		Sample: "AADSTS50079: Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '00000002-0000-0ff1-ce00-000000000000'.",
		Source: "reference-error-codes",
		What:   lang.Text{FR: "La boîte aux lettres doit d'abord être inscrite à la double authentification.", EN: "The mailbox must first be enrolled in multi-factor authentication."},
		Do: lang.Text{FR: "Connectez-vous à https://aka.ms/mfasetup avec la boîte aux lettres, ajoutez une méthode, puis recommencez.",
			EN: "Sign in to https://aka.ms/mfasetup as the mailbox, add a method, then try again."},
		Who: User, Link: "https://aka.ms/mfasetup", Exit: lang.SignIn,
	}, {
		ID: "aadsts53003", Where: FromToken, Code: 53003, Error: "invalid_grant", Suberror: "message_only", Status: 400,
		Sample: "AADSTS53003: Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
		Source: "recorded; reference-error-codes",
		What:   lang.Text{FR: "Une stratégie d'accès conditionnel interdit ces jetons (lieu, risque, type de client).", EN: "A Conditional Access policy forbids these tokens (place, risk, kind of client)."},
		Do: lang.Text{FR: "Entra > Journaux de connexion (Sign-in logs) > onglet Accès conditionnel (Conditional Access) nomme la stratégie : exceptez-en l'application OpenFire. Les jetons sont gardés.",
			EN: "Entra > Sign-in logs > tab Conditional Access names the policy: except the OpenFire application. The tokens are kept."},
		Who: EntraAdmin, Link: pagePolicies, Exit: lang.SignIn,
	}, {
		ID: "aadsts530003", Where: FromToken, Code: 530003, Error: "interaction_required", Status: 400,
		Sample: "AADSTS530003: Your device is required to be managed to access this resource.",
		Source: "recorded",
		What:   lang.Text{FR: "L'accès conditionnel exige un appareil géré ; un serveur n'en est pas un.", EN: "Conditional Access wants a managed device; a server is none."},
		Do: lang.Text{FR: "Accès conditionnel (Conditional Access) > Stratégies (Policies) : exceptez l'application OpenFire, ou cette boîte aux lettres, de la stratégie qui exige un appareil géré.",
			EN: "Conditional Access > Policies: except the OpenFire application, or this mailbox, from the policy that wants a managed device."},
		Who: EntraAdmin, Link: pagePolicies, Exit: lang.SignIn,
	}, {
		ID: "aadsts53000", Where: OnPage, Code: 53000, Error: "invalid_grant", Suberror: "message_only", Status: 400,
		Sample: "AADSTS53000: Conditional Access policy requires a compliant device, and the device isn't compliant. The user must enroll their device with an approved MDM provider like Intune.",
		Source: "reference-error-codes",
		What:   lang.Text{FR: "L'accès conditionnel exige un appareil conforme, et celui-ci ne l'est pas.", EN: "Conditional Access wants a compliant device, and this one is not."},
		Do: lang.Text{FR: "Connectez-vous depuis un poste géré par l'organisation, avec --flow paste ; ou Accès conditionnel (Conditional Access) > Stratégies (Policies) : exceptez l'application OpenFire.",
			EN: "Sign in from a computer the organisation manages, with --flow paste; or Conditional Access > Policies: except the OpenFire application."},
		Who: EntraAdmin, Link: pagePolicies, Exit: lang.SignIn,
	}, {
		ID: "aadsts530035", Where: FromToken, Code: 530035, Error: "invalid_grant", Suberror: "message_only", Status: 400,
		Sample: "AADSTS530035: Access has been blocked by security defaults. This is due to the request using legacy auth or being deemed unsafe by security defaults policies.",
		Source: "reference-error-codes",
		What:   lang.Text{FR: "Les paramètres de sécurité par défaut de l'organisation bloquent cette connexion.", EN: "The organisation's security defaults block this sign-in."},
		Do: lang.Text{FR: "Relancez « openfire-o365 setup » et passez la double authentification ; si le refus revient : Entra > Vue d'ensemble (Overview) > Propriétés (Properties) > Gérer les paramètres de sécurité par défaut (Manage security defaults), à remplacer par des stratégies d'accès conditionnel.",
			EN: "Run \"openfire-o365 setup\" again and pass the multi-factor authentication; if the refusal comes back: Entra > Overview > Properties > Manage security defaults, to be replaced by Conditional Access policies."},
		Who: EntraAdmin, Link: "/#view/Microsoft_AAD_IAM/TenantOverview.ReactView", Exit: lang.SignIn,
	},
}
