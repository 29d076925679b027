package lsp

import (
	"context"

	"go.lsp.dev/protocol"
)

// Initialized does nothing: what a search needs is opened by the first one.
func (*Server) Initialized(context.Context, *protocol.InitializedParams) error { return nil }
