package lsp

import "go.lsp.dev/protocol"

// unimplemented answers every request that has no file here with MethodNotFound, and drops such notifications.
type unimplemented struct{ protocol.UnimplementedServer }

// Server has the methods of the protocol, by embedding or by a file of its own.
var _ protocol.Server = (*Server)(nil)
