package lsp

import (
	"context"

	"go.lsp.dev/protocol"

	"loradex/internal/fault"
)

// DidChange edits the text of an open file.
func (s *Server) DidChange(_ context.Context, p *protocol.DidChangeTextDocumentParams) error {
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
