package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/guard"
	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/store"
	"github.com/openfire-fr/openfire-o365/oauthflow"
	"github.com/openfire-fr/openfire-o365/wizard"
)

// errTerminated is the cause of a run ended by SIGTERM or SIGHUP.
var errTerminated = errors.New("terminated")

// usage is a problem of whoever typed the command; nothing was changed.
func usage(field string, what lang.Text) *lang.Problem {
	return &lang.Problem{Exit: lang.Usage, ID: field, What: what,
		Do: lang.Text{FR: "« openfire-o365 help » montre les commandes et leurs options.", EN: "\"openfire-o365 help\" shows the commands and their flags."}}
}

// silent ends a command whose results have been told already.
type silent struct{ code lang.Exit }

func (silent) Error() string { return "told" }

// finish tells the error, if any, closes the JSON lines and gives the exit
// code: the only place where errors become codes.
func (p *program) finish(ctx context.Context, err error) lang.Exit {
	code, problem := lang.OK, p.explain(ctx, err)
	var told silent
	switch {
	case errors.As(err, &told):
		code, problem = told.code, nil
	case problem != nil:
		code = problem.Exit
	}
	if p.flags.nagios && problem != nil { // a plugin that could not do its work, whatever the reason
		return p.nagiosLine(nagiosUnknown, problem.What, "")
	}
	if code == lang.Usage || p.flags.json {
		p.summary(code, problem)
	}
	if problem != nil {
		p.tell.Problem(problem)
	}
	if p.out.err != nil && code == lang.OK {
		p.tell.Problem(&lang.Problem{What: lang.Text{FR: "La sortie n'a pas pu être écrite : %v.", EN: "The output could not be written: %v."}.With(p.out.err)})
		if p.flags.nagios {
			return nagiosUnknown
		}
		return lang.Disk
	}
	return code
}

func (p *program) summary(code lang.Exit, problem *lang.Problem) {
	if !p.flags.json {
		return
	}
	fields := map[string]any{"exit": code}
	maps.Copy(fields, p.figures)
	if problem != nil {
		fields["id"], fields["message"] = problem.ID, problem.Error()
	}
	_ = p.out.line("summary", fields)
}

// explain turns an error into what a person is told, most specific first.
func (p *program) explain(ctx context.Context, err error) *lang.Problem {
	if err == nil {
		return nil
	}
	if stopped := interrupted(ctx, err); stopped != nil {
		return stopped
	}
	var problem *lang.Problem
	var missing *wizard.Missing
	var saved *store.Error
	if errors.As(err, &problem) {
		if errors.As(err, &saved) {
			return storeProblem(saved)
		}
		return problem
	}
	if refusal, is := azure.AsRefusal(err); is {
		problem := refusal.Problem()
		problem.What = lang.Text{FR: "%s Microsoft : %s", EN: "%s Microsoft: %s"}.With(refusal.What, refusal.Detail)
		return problem
	}
	switch {
	case errors.As(err, &missing):
		return usage("missing", lang.Text{FR: "Il manque : %s.", EN: "Missing: %s."}.With(join(missing.Flags())))
	case errors.As(err, &saved):
		return storeProblem(saved)
	case errors.Is(err, fs.ErrNotExist):
		return usage("token.file", lang.Text{FR: "Il n'y a pas de fichier de jetons : lancez d'abord setup.", EN: "There is no token file: run setup first."})
	case errors.Is(err, oauthflow.ErrClaims):
		return &lang.Problem{Exit: lang.Safety, ID: "id_token", Err: err,
			What: lang.Text{FR: "La réponse de Microsoft n'est pas pour cette connexion (%s). Rien n'a été enregistré.", EN: "Microsoft's answer is not for this sign-in (%s). Nothing was saved."}.With(guard.Line(err.Error())),
			Do:   lang.Text{FR: "Relancez setup ; si cela se répète, prévenez le support OpenFire.", EN: "Run setup again; if it happens again tell OpenFire support."}}
	case errors.Is(err, oauthflow.ErrNotTokenAnswer):
		return &lang.Problem{Exit: lang.Temporary, ID: "token.answer", Err: err,
			What: lang.Text{FR: "%s n'a pas répondu comme Microsoft : un portail captif ou un proxy est peut-être entre les deux. Les jetons sont gardés.", EN: "%s did not answer as Microsoft does: perhaps a captive portal or a proxy stands between. The tokens are kept."}.With(p.cloud.Login)}
	}
	if problem, is := azure.Network(err, p.cloud.Login); is {
		return problem
	}
	return &lang.Problem{Exit: lang.Bug, ID: "bug", Err: err,
		What: lang.Text{FR: "Erreur imprévue : %s.", EN: "Unexpected error: %s."}.With(guard.Line(err.Error())),
		Do:   lang.Text{FR: "Envoyez cette ligne au support OpenFire.", EN: "Send this line to OpenFire support."}}
}

// interrupted is the end by a signal or by Ctrl-C in a form.
func interrupted(ctx context.Context, err error) *lang.Problem {
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errTerminated): // also when the terminal went away under a question
		return &lang.Problem{Exit: lang.Terminated, ID: "terminated", What: lang.Text{FR: "Arrêté par le système.", EN: "Stopped by the system."}}
	case errors.Is(err, wizard.ErrInterrupted), errors.Is(cause, wizard.ErrInterrupted):
		return &lang.Problem{Exit: lang.Interrupted, ID: "interrupted",
			What: lang.Text{FR: "Interrompu. Vos réponses sont gardées : relancez la commande pour continuer.", EN: "Interrupted. Your answers are kept: run the command again to go on."}}
	}
	return nil
}

// storeProblem says what happened to the file; store itself speaks no French.
func storeProblem(e *store.Error) *lang.Problem {
	pr := &lang.Problem{ID: "token.file", Err: e}
	cause := strings.TrimSuffix(guard.Line(e.Error()), ".") // Windows' errors are sentences
	switch e.Kind {
	case store.Busy:
		pr.Exit = lang.Temporary
		pr.What = lang.Text{FR: "%s est utilisé par un autre openfire-o365.", EN: "%s is in use by another openfire-o365."}.With(e.Path)
	case store.Scarce:
		pr.Exit = lang.Temporary
		pr.What = lang.Text{FR: "Cette machine n'a plus de mémoire ou de descripteurs libres : %s. L'ancien contenu est intact.", EN: "This machine has no memory or descriptors left: %s. The old content is intact."}.With(cause)
	case store.Unsure:
		pr.Exit = lang.Disk
		pr.What = lang.Text{FR: "Le nouveau fichier est en place, mais le disque ne l'a pas confirmé : %s. Une panne de courant pourrait le perdre.", EN: "The new file is in place, but the disk has not confirmed it: %s. A power cut might lose it."}.With(cause)
		pr.Do = lang.Text{FR: "Vérifiez ce disque ; le prochain renouvellement réessaiera.", EN: "Check this disk; the next renewal will try again."}
	case store.Unsafe:
		pr.Exit = lang.Safety
		pr.What = lang.Text{FR: "Refusé pour votre sécurité : %s.", EN: "Refused for your safety: %s."}.With(cause)
		switch {
		case e.Mendable:
			pr.Do = lang.Text{FR: "Pour réparer : « openfire-o365 verify --fix-perms », ou %s", EN: "To repair: \"openfire-o365 verify --fix-perms\", or %s"}.With(e.Repair)
		case e.Repair != "":
			pr.Do = lang.Text{FR: "Pour réparer : %s", EN: "To repair: %s"}.With(e.Repair)
		}
	case store.Denied:
		pr.Exit = lang.Permission
		pr.What = lang.Text{FR: "Droits insuffisants : %s.", EN: "Permission denied: %s."}.With(cause)
		pr.Do = lang.Text{FR: "Lancez la commande avec le compte qui possède le fichier.", EN: "Run the command as the account that owns the file."}
	case store.Broken:
		errors.As(e.Err, &pr)
		broken := *pr
		broken.Do = lang.Text{FR: "%s Fichier : %s", EN: "%s File: %s"}.With(pr.Do, e.Path)
		return &broken
	case store.NoOwner:
		return usage("owner", lang.Text{FR: "--owner veut UTILISATEUR:GROUPE, deux noms ou numéros de cette machine (%s).", EN: "--owner wants USER:GROUP, two names or numbers of this machine (%s)."}.With(cause))
	default:
		pr.Exit = lang.Disk
		pr.What = lang.Text{FR: "Le fichier n'a pas pu être lu ou écrit : %s. L'ancien contenu est intact.", EN: "The file could not be read or written: %s. The old content is intact."}.With(cause)
		switch {
		case e.Repair != "":
			pr.Do = lang.Text{FR: "Pour réparer : %s", EN: "To repair: %s"}.With(e.Repair)
		case errors.Is(e, syscall.EBUSY):
			pr.Do = lang.Text{FR: "Si le fichier est monté seul dans un conteneur, montez plutôt son dossier.", EN: "If the file is mounted by itself in a container, mount its folder instead."}
		}
	}
	return pr
}

// flagProblem says in two languages what pflag says in English.
func flagProblem(err error) error {
	var unknown *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	var syntax *pflag.InvalidSyntaxError
	switch {
	case errors.As(err, &unknown):
		return usage("flag", lang.Text{FR: "L'option %s n'existe pas.", EN: "There is no flag %s."}.With(guard.Line(dashes(unknown.GetSpecifiedName()))))
	case errors.As(err, &bare):
		return usage(bare.GetSpecifiedName(), lang.Text{FR: "L'option %s veut une valeur.", EN: "The flag %s wants a value."}.With(dashes(bare.GetSpecifiedName())))
	case errors.As(err, &invalid):
		return usage(invalid.GetFlag().Name, lang.Text{FR: "« %s » n'est pas une valeur pour --%s.", EN: "\"%s\" is no value for --%s."}.With(guard.Line(invalid.GetValue()), invalid.GetFlag().Name))
	case errors.As(err, &syntax):
		return usage("flag", lang.Text{FR: "« %s » n'est pas une option.", EN: "\"%s\" is no flag."}.With(guard.Line(syntax.GetSpecifiedFlag())))
	}
	return usage("flag", lang.Same("%s").With(guard.Line(err.Error())))
}

func dashes(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// output is standard output. The first write that fails is remembered: the
// work goes on, the exit code tells.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(b []byte) (int, error) {
	if o.err == nil {
		_, o.err = o.w.Write(b)
	}
	return len(b), nil
}

// line writes one JSON line: {"v":1,"type":kind,…}. Keys are only ever added.
func (o *output) line(kind string, fields map[string]any) error {
	body, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	head := `{"v":1,"type":"` + kind + `"`
	if len(fields) > 0 {
		head += ","
	}
	_, err = o.Write([]byte(head + string(body[1:]) + "\n"))
	return err
}
