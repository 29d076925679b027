package lsp

import (
	"context"

	"go.lsp.dev/protocol"
)

// DidSave takes note that the disk has the text. Until the index has it, too, the text is searched.
func (s *Server) DidSave(_ context.Context, p *protocol.DidSaveTextDocumentParams) error {
	s.docs.saved(p.TextDocument.URI)
	return nil
}
