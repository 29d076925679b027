package lsp

import (
	"context"

	"loradex/adapters"
)

// open returns the index of the editor's folder, and opens it where that was not done or failed before. A user who
// makes the index after the editor's start can search at once.
func (s *Server) open(ctx context.Context) (Workspace, error) {
	select {
	case s.opening <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-s.opening }()
	s.mu.Lock()
	opened, root := s.opened, s.root
	s.mu.Unlock()
	if opened {
		return s.index, nil
	}
	if err := s.index.OpenFor(ctx, root); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.opened = true
	s.mu.Unlock()
	s.docs.attach(s.index) // what the editor has opened since its start
	return s.index, nil
}

// currentAdapter is the mix of searches that name none; nil is that of the index's default space.
func (s *Server) currentAdapter() *adapters.Mix {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.adapter
}
