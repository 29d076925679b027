package lsp

import (
	"context"

	"go.lsp.dev/protocol"
)

// DidOpen takes note of a file that the editor shows. It may differ from the disk already: editors bring unsaved texts back
// after a restart.
func (s *Server) DidOpen(_ context.Context, p *protocol.DidOpenTextDocumentParams) error {
	return s.docs.put(p.TextDocument.URI, p.TextDocument.Text)
}
