package lsp

// This file answers what an editor says of its open files.

import (
	"context"

	"go.lsp.dev/protocol"

	"loradex/internal/fault"
)

// DidOpen takes note of a file that the editor shows. It may differ from the disk already: editors bring unsaved texts back
// after a restart.
func (s *server) DidOpen(_ context.Context, p *protocol.DidOpenTextDocumentParams) error {
	return s.docs.put(p.TextDocument.URI, p.TextDocument.Text)
}

// DidChange edits the text of an open file.
func (s *server) DidChange(_ context.Context, p *protocol.DidChangeTextDocumentParams) error {
	return s.docs.change(p.TextDocument.URI, func(text string) (string, error) {
		for _, c := range p.ContentChanges {
			switch c := c.(type) {
			case *protocol.TextDocumentContentChangeWholeDocument:
				text = c.Text
			case *protocol.TextDocumentContentChangePartial:
				if len(text)+len(c.Text) > 2*s.opts.MaxDocumentBytes { // before memory is taken
					return "", fault.New(fault.Unavailable, "an open file has more than %d bytes", s.opts.MaxDocumentBytes)
				}
				text = edit(text, c.Range, c.Text, s.docs.utf8)
			default:
				return "", fault.New(fault.Invalid, "a change of an unknown kind")
			}
		}
		return text, nil
	})
}

// DidSave takes note that the disk has the text. Until the index has it, too, the text is searched.
func (s *server) DidSave(_ context.Context, p *protocol.DidSaveTextDocumentParams) error {
	s.docs.saved(p.TextDocument.URI)
	return nil
}

// DidClose forgets a text. Changes that were not saved are gone.
func (s *server) DidClose(_ context.Context, p *protocol.DidCloseTextDocumentParams) error {
	s.docs.close(p.TextDocument.URI)
	return nil
}
