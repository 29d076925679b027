package qdrant

import (
	"context"
	"maps"
	"slices"

	"loradex/indexer"
	"loradex/search"
)

// This file defines what some trees of an index are to a reader.

// In implements search.Forest.
func (s *Store) In(trees ...indexer.Tree) search.Reader {
	return &scope{Store: s, trees: append([]indexer.Tree{}, trees...)} // no tree is not any tree
}

// scope reads some trees; what it does not say is the whole store's.
type scope struct {
	*Store
	trees []indexer.Tree
}

// narrow adds the scope's trees to a filter.
func (c *scope) narrow(f search.Filter) search.Filter {
	if f.Trees == nil {
		f.Trees = c.trees
		return f
	}
	f.Trees = slices.DeleteFunc(slices.Clone(f.Trees), func(t indexer.Tree) bool { return !slices.Contains(c.trees, t) })
	return f
}

// Dense implements search.Reader.
func (c *scope) Dense(ctx context.Context, space string, vector []float32, f search.Filter, k int, exact bool) ([]search.Scored, error) {
	return c.Store.Dense(ctx, space, vector, c.narrow(f), k, exact)
}

// Lexical implements search.Reader.
func (c *scope) Lexical(ctx context.Context, query string, f search.Filter, k int) ([]search.Scored, error) {
	return c.Store.Lexical(ctx, query, c.narrow(f), k)
}

// Chunks implements search.Reader.
func (c *scope) Chunks(ctx context.Context, ids []search.ID) ([]search.Stored, error) {
	return c.chunks(ctx, ids, c.trees)
}

// At implements search.Reader.
func (c *scope) At(ctx context.Context, path string, a, b int) ([]search.Stored, error) {
	return c.at(ctx, path, a, b, c.trees)
}

// Files implements indexer.Manifest. Of several trees it is the files of all, those of the first where they differ.
func (c *scope) Files(ctx context.Context) (map[string]indexer.FileState, error) {
	out := map[string]indexer.FileState{}
	for _, t := range slices.Backward(c.trees) {
		files, err := c.files(ctx, t)
		if err != nil {
			return nil, err
		}
		maps.Copy(out, files)
	}
	return out, nil
}

// Repo implements indexer.Manifest: the state of the first tree.
func (c *scope) Repo(ctx context.Context) (indexer.RepoState, error) {
	if len(c.trees) == 0 {
		return indexer.RepoState{}, ctx.Err()
	}
	return c.repo(ctx, c.trees[0])
}

// ChunkCount implements indexer.Manifest.
func (c *scope) ChunkCount(ctx context.Context) (int, error) {
	return c.chunkCount(ctx, c.trees)
}

// Covered implements indexer.Manifest.
func (c *scope) Covered(ctx context.Context, space string, languages []string) (int, error) {
	return c.covered(ctx, space, languages, c.trees)
}

// Spaces implements indexer.Manifest.
func (c *scope) Spaces(ctx context.Context) ([]indexer.SpaceState, error) {
	return c.spaces(ctx, c.trees)
}
