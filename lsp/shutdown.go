package lsp

import "context"

// Shutdown makes the server refuse everything but exit. Searches in flight are still answered.
func (s *Server) Shutdown(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase = stopped
	return nil
}
