package search

import (
	"context"

	"loradex/adapters"
	"loradex/indexer"
)

// ID names a chunk inside one store. It is valid until the chunk's file changes.
type ID int64

// Filter narrows a search. Empty fields match everything.
type Filter struct {
	Languages []string // any of these (lower case)
	Paths     []string // as [ReadPaths] has them
	Kinds     []string // any of these
	// Trees are those that are searched; the default nil is all. A chunk that several hold is found once, in the first of
	// them. Trees that the index does not have are empty, and no tree at all holds nothing.
	Trees   []indexer.Tree
	Only    []ID   // sorted: chunks that pass; nil is all
	Exclude []Span // chunks that overlap these spans are left out: the code that a Code2Code query came from
}

// Span is a range of lines of a file, 1-based and inclusive.
type Span struct {
	Path               string
	StartLine, EndLine int
}

// Scored is a chunk with a score; larger is better.
type Scored struct {
	ID    ID
	Score float32
}

// Stored is a chunk as the store holds it.
type Stored struct {
	ID       ID
	Path     string
	Language string
	Blob     string
	Chunk    indexer.Chunk
	// Tree is the first of the trees that were asked for which holds it; nil where the index has one tree only.
	Tree *indexer.TreeState
}

// Named is a symbol with its chunk.
type Named struct {
	ID     ID
	Symbol indexer.Symbol
}

// State is what an index says of itself: nothing that has to be counted.
type State struct {
	Trees     []indexer.TreeState     // work trees first, then branches and revisions by name; Files and Chunks are not set
	Spaces    []indexer.SpaceState    // the oldest first; Vectors is not set
	Languages map[string]adapters.Mix // as in indexer.RepoState; those of all trees
}

// Reader is what search needs of a store. Safe for concurrent use. Where trees are asked for, nil stands for all, and a
// tree that the index does not have is empty.
type Reader interface {
	// Dense returns the k best chunks of a space by cosine, best first, ties by ID ascending. vector has unit length.
	// exact scans every fp32 row instead of the sign bits. NotFound for an unknown space.
	Dense(ctx context.Context, space string, vector []float32, f Filter, k int, exact bool) ([]Scored, error)
	// Lexical returns the k best chunks by BM25 over words, best first, ties by ID ascending, and the numbers that it ranked by;
	// nil where the store does not tell. The terms are distinct, and are not split again: each counts, however many chunks
	// have it. No terms give no hits. Invalid for a weight that [CheckTerms] refuses.
	Lexical(ctx context.Context, terms []Term, f Filter, k int) ([]Scored, *WordStats, error)
	// Chunks returns chunks by ID, in the order asked. NotFound where one is gone.
	Chunks(ctx context.Context, trees []indexer.Tree, ids []ID) ([]Stored, error)
	// Scan calls visit for every chunk that passes a filter and whose text has a literal ("": any), in any order. Of a chunk it
	// gives ID, path, lines and text. An error of visit, a *fault.Error, ends it. Memory is bounded.
	Scan(ctx context.Context, f Filter, literal string, visit func(c *Stored) error) error
	// At returns the chunks of a file that overlap lines a..b (0,0: all), in the order of the file. A file that is not in
	// the index has none; of one that several trees hold in several versions, those of all are returned.
	At(ctx context.Context, trees []indexer.Tree, path string, a, b int) ([]Stored, error)
	// Named returns symbols that have the letters of a text in its order, whatever stands between: those with the shortest
	// names, at most k.
	Named(ctx context.Context, trees []indexer.Tree, letters string, k int) ([]Named, error)
	// Vectors returns the vectors of chunks in a space, in the order asked; nil where there is none. NotFound for an unknown
	// space.
	Vectors(ctx context.Context, space string, ids []ID) ([][]float32, error)
	// Count counts chunks in files of some languages (nil: of all, empty: of none): for each space those that have a vector
	// in it, for "" all. NotFound for an unknown space.
	Count(ctx context.Context, trees []indexer.Tree, languages []string, spaces ...string) ([]int, error)
	// State returns the trees and spaces of the index.
	State(ctx context.Context) (State, error)
}
