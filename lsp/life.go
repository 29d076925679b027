package lsp

// This file answers what begins and ends the life of a connection.

import (
	"context"
	"slices"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// Initialize tells what the server can do and notes the editor's folder.
func (s *server) Initialize(_ context.Context, p *protocol.InitializeParams) (*protocol.InitializeResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase = initialized
	s.root = rootOf(p)
	info := protocol.ServerInfo{Name: "loradex"}
	if s.opts.Version != "" {
		info.Version.Set(s.opts.Version)
	}
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	encoding := encodingOf(p)
	s.docs.utf8 = encoding == protocol.PositionEncodingKindUTF8
	return &protocol.InitializeResult{
		Capabilities: protocol.ServerCapabilities{
			PositionEncoding: encoding,
			TextDocumentSync: &protocol.TextDocumentSyncOptions{
				OpenClose: new(true), Change: new(protocol.TextDocumentSyncKindIncremental), Save: protocol.Boolean(true),
			},
			WorkspaceSymbolProvider: protocol.Boolean(true),
			ExecuteCommandProvider:  protocol.ExecuteCommandOptions{Commands: names},
		},
		ServerInfo: info,
	}, nil
}

// encodingOf picks how columns are counted: in bytes where the editor can, else as every editor can.
func encodingOf(p *protocol.InitializeParams) protocol.PositionEncodingKind {
	if g := p.Capabilities.General; g != nil && slices.Contains(g.PositionEncodings, protocol.PositionEncodingKindUTF8) {
		return protocol.PositionEncodingKindUTF8
	}
	return protocol.PositionEncodingKindUTF16
}

// rootOf returns the folder that the editor works in, "" where it names none on this machine. Of several the first
// counts.
func rootOf(p *protocol.InitializeParams) string {
	if folders, ok := p.WorkspaceFolders.Get(); ok {
		for _, f := range folders {
			if path := filePath(f.URI); path != "" {
				return path
			}
		}
	}
	if p.RootURI != nil { //nolint:staticcheck // editors without workspace folders send it
		if path := filePath(*p.RootURI); path != "" { //nolint:staticcheck // as above
			return path
		}
	}
	path, _ := p.RootPath.Get() //nolint:staticcheck // as above
	return path
}

// filePath returns the path of a file URI, else "".
func filePath(u uri.URI) string {
	if !u.IsFile() {
		return ""
	}
	return u.FsPath()
}

// Initialized does nothing: what a search needs is opened by the first one.
func (*server) Initialized(context.Context, *protocol.InitializedParams) error { return nil }

// Shutdown makes the server refuse everything but exit. Searches in flight are still answered.
func (s *server) Shutdown(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase = stopped
	return nil
}

// Exit ends [server.Serve].
func (s *server) Exit(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase == stopped {
		s.phase = exited
	}
	s.wire.stop()
	return nil
}
