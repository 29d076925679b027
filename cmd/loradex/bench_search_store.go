package main

// This file opens the stores that `bench search` measures.

import (
	"context"
	"path/filepath"
	"time"

	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/qdrant"
	"loradex/search/searchbench"
	"loradex/search/sqlite"
	"loradex/workspace"
)

// openBench opens the index of a folder, or of that name on the server.
func (a *app) openBench(ctx context.Context, dir string, f searchBenchFlags, readOnly bool) (search.Backend, error) {
	if a.Config.Index.Store == workspace.InSQLite {
		return sqlite.Open(ctx, dir, sqlite.Options{ReadOnly: readOnly, Candidates: f.candidates})
	}
	o, name := a.QdrantOptions(), filepath.ToSlash(dir)
	o.ReadOnly = readOnly
	s, err := qdrant.Open(ctx, name, o)
	if err != nil {
		return nil, workspace.QdrantError(err)
	}
	return s, nil
}

// settle waits until a store that was filled is as it will be searched, for an hour at most.
func settle(ctx context.Context, s search.Backend) error {
	switch s := s.(type) {
	case *sqlite.Store:
		return s.Flush(ctx) // an older build may have left vector files that this one does not take
	case *qdrant.Store:
		ctx, cancel := context.WithTimeout(ctx, time.Hour)
		defer cancel()
		return s.WaitIndexed(ctx, searchbench.SpaceID)
	default:
		return fault.New(fault.Internal, "a store of type %T is not known", s)
	}
}

// sized adds what only the embedded store says of its size.
func (s *searchSize) sized(ctx context.Context, store search.Backend, dims int) error {
	held, err := store.Describe(ctx)
	if err != nil || held.Size == nil {
		return err
	}
	stats := held.Size
	s.Size, s.Predicted = stats, int64(stats.Vectors)*int64(4*dims+12)+int64(s.Chunks)*int64(24+8*((dims+63)/64))
	return nil
}
