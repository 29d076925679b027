package workspace

// This file keeps the stat data of a linked work tree out of the store: they are in the list of its files alone, which takes a few bytes
// for each. So a work tree that is like another one costs next to nothing. Where the list is lost, files are read to see whether they
// changed.

import (
	"context"
	"maps"
	"slices"
	"sync"

	"loradex/indexer"
	"loradex/indexer/fresh"
	"loradex/search"
)

// isLinked tells whether a tree of an index is a linked work tree.
func (s *Session) isLinked(t indexer.Tree) bool {
	return s.Shared == "" && t.Repo != "" && t.IsWorkTree()
}

// stamped is the index of a linked work tree while it is brought up to date.
type stamped struct {
	search.Trees
	last *fresh.Table // the list of the run before; nil where there is none

	mu    sync.Mutex // guards stats
	stats map[string]indexer.Stat
}

// stampedBy is the index of a tree, with the stat data of a list.
func stampedBy(tree search.Trees, list string) *stamped {
	s := &stamped{Trees: tree, stats: map[string]indexer.Stat{}}
	if last, err := fresh.Last(list); err == nil {
		s.last = last
	}
	return s
}

// Files implements indexer.Manifest.
func (s *stamped) Files(ctx context.Context) (map[string]indexer.FileState, error) {
	held, err := s.Trees.Files(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, f := range held {
		if stat, ok := s.stats[path]; ok {
			f.Stat = stat
		} else if s.last != nil {
			f.Stat = s.last.Stat(path, f.Blob)
		}
		held[path] = f
	}
	return held, err
}

// PutFiles implements indexer.Sink.
func (s *stamped) PutFiles(ctx context.Context, chunker string, files []indexer.File) error {
	files = slices.Clone(files)
	for i := range files {
		s.stamp(files[i].Path, files[i].Stat)
		files[i].Stat = indexer.Stat{}
	}
	return s.Trees.PutFiles(ctx, chunker, files)
}

// ShareFiles implements indexer.Sharing.
func (s *stamped) ShareFiles(ctx context.Context, chunker string, files []indexer.FileState) error {
	files = slices.Clone(files)
	for i := range files {
		s.stamp(files[i].Path, files[i].Stat)
		files[i].Stat = indexer.Stat{}
	}
	return s.Trees.ShareFiles(ctx, chunker, files)
}

// TouchFiles implements indexer.Sink.
func (s *stamped) TouchFiles(_ context.Context, stats map[string]indexer.Stat) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.stats, stats)
	return nil
}

func (s *stamped) stamp(path string, stat indexer.Stat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats[path] = stat
}
