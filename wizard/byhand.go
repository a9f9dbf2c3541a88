package wizard

import (
	"context"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// byHand is the article's way: what to do in the portal, as the guide has it.
func (s *session) byHand(ctx context.Context) error {
	page := s.page(guide.Registration)
	s.Tell.Print(i18n.T("In Microsoft's portal, with your administrator account:"))
	s.read(page.Parts[:2]...) // the application and its second redirect URI
	answer, err := s.ask(ctx, ui.Question{ID: "loopback", Default: ui.Yes,
		Title: i18n.T("Is the second URI (%s) registered?", azure.LoopbackRedirect)})
	if err != nil {
		return err
	}
	if err := s.save(ctx, func(f *tokenfile.File) {
		f.Azure.Loopback, f.Azure.RedirectURI = answer == ui.Yes, s.base.RedirectURI()
		f.Azure.Created = marked(f.Azure.Created, "", pending+"?")
	}); err != nil {
		return err
	}
	s.Tell.ForgetCopyables()
	s.read(page.Parts[2:]...)
	return nil
}

// page is a page of the guide with the base's values; it is told where it is.
func (s *session) page(id string) guide.Page {
	s.Book.show(s.base, s.file, s.fetches())
	s.Book.beside(id)
	page, _ := guide.Find(s.Tell.Lang, valuesOf(s.base, s.file, s.fetches(), s.Cloud), id)
	return page
}

// fetches: the guide shows what incoming mail needs, unless it is known that
// none is fetched.
func (s *session) fetches() bool {
	if s.incoming == "" {
		return s.file.Fetch != nil || !s.file.Complete()
	}
	return s.incoming == ui.Yes
}

// read tells parts of a page; what they hold to copy can be copied.
func (s *session) read(parts ...guide.Part) {
	for _, p := range parts {
		s.Tell.Title(i18n.Literal(p.Title))
		if p.Link != "" {
			s.Tell.Address(p.Link)
		}
		s.Tell.Print(i18n.Literal(p.Text()))
		for _, step := range p.Steps {
			for _, v := range step.Values {
				s.Tell.Copyable(v)
			}
		}
	}
}
