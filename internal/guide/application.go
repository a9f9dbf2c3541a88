package guide

import (
	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/lang"
)

// The pages that are done in the Azure portal.

func registration(v Values) Page {
	return Page{
		ID: Registration, Title: lang.Text{FR: "Inscrire l'application", EN: "Register the application"},
		Article: lang.Text{FR: "Étape 1", EN: "Step 1"},
		About:   lang.Text{FR: "L'application représente votre base chez Microsoft. openfire-o365 sait la créer pour vous ; voici comment le faire à la main.", EN: "The application stands for your base at Microsoft. openfire-o365 can create it for you; this is how to do it by hand."},
		Parts:   once(create(v), secondRedirect(v), declare(v), grant(v), identifiers(v)),
	}
}

func create(v Values) Part {
	return Part{
		Title: lang.Text{FR: "Créer l'application", EN: "Create the application"}, Link: v.Cloud.CreateLink(), Drawing: drawCreate(v),
		Steps: []Step{
			{Do: lang.Text{FR: "Ouvrez le formulaire d'inscription avec votre compte administrateur. Sans ce lien : %s > %s.", EN: "Open the registration form with your administrator account. Without this link: %s > %s."}.
				With(portal.AppRegistrations.Text(), portal.NewRegistration.Text())},
			{Do: lang.Text{FR: "%s :", EN: "%s:"}.With(portal.Name.Text()), Values: []string{azure.ApplicationName}},
			{Do: lang.Text{FR: "%s : choisissez %s.", EN: "%s: choose %s."}.With(portal.AccountTypes.Text(), portal.Multitenant.Text())},
			{Do: lang.Text{FR: "%s : choisissez la plateforme %s et collez l'adresse de retour de votre base :", EN: "%s: choose the platform %s and paste your base's way back:"}.
				With(portal.RedirectURI.Text(), portal.Web.Text()), Values: []string{v.Redirect}},
			{Do: lang.Text{FR: "Choisissez %s.", EN: "Choose %s."}.With(portal.Register.Text())},
		},
		Notes: []lang.Text{
			lang.Text{FR: "L'article passe par le portail Azure, %s > %s > %s : c'est le même formulaire.", EN: "The article goes through the Azure portal, %s > %s > %s: it is the same form."}.With(portal.EntraID.Text(), portal.Add.Text(), portal.AppRegistration.Text()),
			{FR: "L'adresse doit être exacte, lettre pour lettre, et sous Web : sous une autre plateforme Microsoft refuserait le secret.", EN: "The address must be exact, letter for letter, and under Web: under another platform Microsoft would refuse the secret."},
			{FR: "Multilocataire, parce qu'une base passe par l'adresse de Microsoft commune à tous les annuaires.", EN: "Multitenant, because a base goes through Microsoft's address that is common to all directories."},
		},
	}
}

func secondRedirect(v Values) Part {
	return Part{
		Title: lang.Text{FR: "Ajouter une seconde adresse de retour (facultatif)", EN: "Add a second way back (optional)"}, Link: v.Cloud.AppLink("Authentication", v.ClientID), Drawing: drawAuthentication(v),
		Steps: []Step{
			{Do: lang.Text{FR: "Dans l'application créée, choisissez %s.", EN: "In the application just made, choose %s."}.With(portal.Authentication.Text())},
			{Do: lang.Text{FR: "Sous %s, ajoutez cette URI, puis enregistrez :", EN: "Under %s, add this URI, then save:"}.With(portal.Web.Text()), Values: []string{azure.LoopbackRedirect}},
		},
		Notes: []lang.Text{{FR: "Avec elle, le navigateur revient tout seul à openfire-o365 après la connexion ; sans elle, vous collerez une adresse.", EN: "With it the browser comes back to openfire-o365 by itself after the sign-in; without it you will paste an address."}},
	}
}

func declare(v Values) Part {
	p := Part{
		Title: lang.Text{FR: "Déclarer les autorisations", EN: "Declare the permissions"}, Link: v.Cloud.AppLink("CallAnAPI", v.ClientID), Drawing: drawDeclare(v),
		Steps: []Step{
			{Do: lang.Text{FR: "Choisissez %s, puis %s.", EN: "Choose %s, then %s."}.With(portal.Permissions.Text(), portal.AddPermission.Text())},
			{Do: lang.Text{FR: "%s : choisissez %s.", EN: "%s: choose %s."}.With(portal.MicrosoftAPIs.Text(), portal.Graph.Text())},
			{Do: lang.Text{FR: "Choisissez %s.", EN: "Choose %s."}.With(portal.Delegated.Text())},
			{Do: lang.Text{FR: "Cherchez et cochez chacune de ces autorisations :", EN: "Search for and tick each of these permissions:"}, Values: azure.Permissions(v.Incoming)},
			{Do: lang.Text{FR: "Choisissez %s.", EN: "Choose %s."}.With(portal.AddPermissions.Text())},
		},
	}
	if v.Incoming {
		p.Notes = append(p.Notes, lang.Text{FR: "IMAP.AccessAsUser.All ne sert qu'au courrier entrant.", EN: "IMAP.AccessAsUser.All is for incoming mail only."})
	}
	p.Notes = append(p.Notes, lang.Text{FR: "L'article d'OpenFire en liste d'autres, que la base n'utilise pas :", EN: "OpenFire's article lists others, which the base does not use:"})
	for _, u := range azure.UnneededPermissions() {
		p.Notes = append(p.Notes, lang.Text{FR: "%s : %s", EN: "%s: %s"}.With(u.Name, u.Why))
	}
	return p
}

func grant(v Values) Part {
	return Part{
		Title: lang.Text{FR: "Consentir pour tous", EN: "Consent for everybody"}, Link: v.Cloud.AppLink("CallAnAPI", v.ClientID), Drawing: drawGrant(),
		Steps: []Step{
			{Do: lang.Text{FR: "Au-dessus de la liste, choisissez %s et confirmez.", EN: "Above the list choose %s and confirm."}.With(portal.GrantConsent.Text())},
			{Do: lang.Text{FR: "Chaque ligne montre alors %s.", EN: "Every line then shows %s."}.With(portal.GrantedFor.Text())},
		},
		Notes: []lang.Text{lang.Text{FR: "Le bouton est gris ? Votre compte ne peut pas consentir pour tous : il faut le rôle %s. Sans ce consentement, Microsoft demandera l'accord de la boîte aux lettres à sa connexion.",
			EN: "Is the button grey? Your account may not consent for everybody: it takes the role %s. Without this consent Microsoft will ask the mailbox for its own when it signs in."}.With(portal.CloudAppAdministrator.Text())},
	}
}

func identifiers(v Values) Part {
	return Part{
		Title: lang.Text{FR: "Copier les deux identifiants", EN: "Copy the two identifiers"}, Link: v.Cloud.AppLink("Overview", v.ClientID), Drawing: drawIdentifiers(),
		Steps: []Step{
			{Do: lang.Text{FR: "Choisissez %s.", EN: "Choose %s."}.With(portal.Overview.Text())},
			{Do: lang.Text{FR: "Copiez %s et collez-le dans openfire-o365.", EN: "Copy %s and paste it into openfire-o365."}.With(portal.ClientID.Text())},
			{Do: lang.Text{FR: "Copiez %s et collez-le à son tour.", EN: "Copy %s and paste it in turn."}.With(portal.TenantID.Text())},
		},
		Notes: []lang.Text{{FR: "L'ID d'objet, entre les deux, n'est pas demandé.", EN: "The object ID between the two is not asked for."}},
	}
}

func secret(v Values) Page {
	link := v.Cloud.AppLink("Credentials", v.ClientID)
	return Page{
		ID: Secret, Title: lang.Text{FR: "Créer le secret client", EN: "Create the client secret"},
		Article: lang.Text{FR: "Étape 2", EN: "Step 2"},
		About:   lang.Text{FR: "Le secret est le mot de passe de l'application. Il ne se montre qu'une fois, et il expire : openfire-o365 vous préviendra à temps.", EN: "The secret is the application's password. It is shown once only, and it expires: openfire-o365 will warn you in time."},
		Parts: once(Part{
			Title: lang.Text{FR: "Ajouter un secret", EN: "Add a secret"}, Link: link, Drawing: drawNewSecret(),
			Steps: []Step{
				{Do: lang.Text{FR: "Dans l'application, choisissez %s, puis %s.", EN: "In the application choose %s, then %s."}.With(portal.Secrets.Text(), portal.NewSecret.Text())},
				{Do: lang.Text{FR: "%s :", EN: "%s:"}.With(portal.Description.Text()), Values: []string{azure.ApplicationName}},
				{Do: lang.Text{FR: "%s : prenez la durée la plus longue (730 jours).", EN: "%s: take the longest time (730 days)."}.With(portal.Expires.Text())},
				{Do: lang.Text{FR: "Choisissez %s.", EN: "Choose %s."}.With(portal.Add.Text())},
			},
		}, Part{
			Title: lang.Text{FR: "Copier sa valeur", EN: "Copy its value"}, Link: link, Drawing: drawSecretValue(),
			Steps: []Step{
				{Do: lang.Text{FR: "Copiez tout de suite la colonne %s : elle ne se montre qu'une fois.", EN: "Copy the column %s at once: it is shown only once."}.With(portal.Value.Text())},
				{Do: lang.Text{FR: "Collez-la dans openfire-o365 ; elle y reste invisible.", EN: "Paste it into openfire-o365; it stays invisible there."}},
				{Do: lang.Text{FR: "Donnez-lui aussi la date de la colonne %s.", EN: "Give it the date of the column %s as well."}.With(portal.Expires.Text())},
			},
			Notes: []lang.Text{
				lang.Text{FR: "La colonne %s n'est pas le secret : Microsoft la refuserait.", EN: "The column %s is not the secret: Microsoft would refuse it."}.With(portal.SecretID.Text()),
				{FR: "Ne l'envoyez à personne et ne le notez nulle part ailleurs : s'il est perdu, on en crée un autre.", EN: "Send it to nobody and note it nowhere else: if it is lost, another one is made."},
			},
		}),
	}
}

func users(v Values) Page {
	return Page{
		ID: Users, Title: lang.Text{FR: "Affecter la boîte aux lettres", EN: "Assign the mailbox"},
		Article: lang.Text{FR: "Facultatif", EN: "Optional"},
		About:   lang.Text{FR: "Nécessaire seulement si Microsoft répond AADSTS50105, ou si l'application exige une affectation. L'article le demande quand la boîte aux lettres n'est pas votre compte administrateur.", EN: "Needed only if Microsoft answers AADSTS50105, or if the application requires assignment. The article asks for it when the mailbox is not your administrator account."},
		Parts: []Part{{
			Title: lang.Text{FR: "Ajouter l'utilisateur", EN: "Add the user"}, Link: v.Cloud.AppLink("Overview", v.ClientID), Drawing: drawUsers(v),
			Steps: []Step{
				{Do: lang.Text{FR: "%s > %s : choisissez OpenFire.", EN: "%s > %s: choose OpenFire."}.With(portal.Overview.Text(), portal.Managed.Text())},
				{Do: lang.Text{FR: "Choisissez %s.", EN: "Choose %s."}.With(portal.UsersAndGroups.Text())},
				{Do: lang.Text{FR: "Choisissez %s.", EN: "Choose %s."}.With(portal.AddUser.Text())},
			},
			Notes: []lang.Text{lang.Text{FR: "Un autre chemin : %s > OpenFire.", EN: "Another way: %s > OpenFire."}.With(portal.Enterprise.Text())},
		}, {
			Title: lang.Text{FR: "L'affecter", EN: "Assign it"}, Drawing: drawAssign(v),
			Steps: []Step{
				{Do: lang.Text{FR: "Choisissez %s.", EN: "Choose %s."}.With(portal.NoneSelected.Text())},
				{Do: lang.Text{FR: "Cherchez la boîte aux lettres et cochez-la, puis choisissez %s :", EN: "Search for the mailbox and tick it, then choose %s:"}.With(portal.Select.Text()), Values: []string{v.Mailbox}},
				{Do: lang.Text{FR: "Choisissez %s.", EN: "Choose %s."}.With(portal.Assign.Text())},
			},
			Notes: []lang.Text{lang.Text{FR: "Ou ouvrez l'application à tous : %s > %s sur Non.", EN: "Or open the application to everybody: %s > %s, No."}.With(portal.Properties.Text(), portal.AssignmentRequired.Text())},
		}},
	}
}
