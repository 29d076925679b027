package lsp

import (
	"context"

	"go.lsp.dev/protocol"
)

// DidClose forgets a text. Changes that were not saved are gone.
func (s *Server) DidClose(_ context.Context, p *protocol.DidCloseTextDocumentParams) error {
	s.docs.close(p.TextDocument.URI)
	return nil
}
