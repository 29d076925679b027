package lsp

import "context"

// Exit ends [Server.Serve].
func (s *Server) Exit(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase == stopped {
		s.phase = exited
	}
	s.wire.stop()
	return nil
}

// stoppedInOrder tells whether the editor said shutdown. An input that ends after it counts as exit. s.mu is held.
func (s *Server) stoppedInOrder() bool { return s.phase >= stopped }
