package search

import (
	"context"

	"loradex/indexer"
)

// ID names a chunk inside one store. It is valid until the chunk's file changes.
type ID int64

// Filter narrows a search. Empty fields match everything.
type Filter struct {
	Languages []string       // any of these (lower case)
	PathGlob  string         // doublestar pattern over the slash path: "api/**", "**/*_test.go"
	Kinds     []string       // any of these
	Trees     []indexer.Tree // files that one of these holds; a chunk that several hold is found once
	Exclude   []Span         // chunks that overlap these spans are left out: the code that a Code2Code query came from
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
	// Tree is the first of the reader's trees that holds it; nil where the index has one tree only.
	Tree *indexer.TreeState
}

// Reader is what search needs of a store. Safe for concurrent use.
type Reader interface {
	// Dense returns the k best chunks of a space by cosine, best first, ties by ID ascending. vector has unit length.
	// exact scans every fp32 row instead of the sign bits. NotFound for an unknown space.
	Dense(ctx context.Context, space string, vector []float32, f Filter, k int, exact bool) ([]Scored, error)
	// Lexical returns the k best chunks by BM25 over the tokens of a query text, best first, ties by ID ascending.
	// A query without any token gives no hits.
	Lexical(ctx context.Context, query string, f Filter, k int) ([]Scored, error)
	// Chunks returns chunks by ID, in the order asked. NotFound where one is gone.
	Chunks(ctx context.Context, ids []ID) ([]Stored, error)
	// VectorOf returns the vector of a chunk in a space, and whether there is one.
	VectorOf(ctx context.Context, space string, id ID) ([]float32, bool, error)
	// At returns the chunks of a file that overlap lines a..b (0,0: all).
	At(ctx context.Context, path string, a, b int) ([]Stored, error)
	indexer.Manifest
	Close() error
}

// Forest is a store of several trees. What a store itself does as [Reader] is about all of them; as indexer.Store it
// is about the zero Tree.
type Forest interface {
	// Trees lists the trees of the index: work trees first, then branches and revisions by name.
	Trees(ctx context.Context) ([]indexer.TreeState, error)
	// Tree returns the index of one tree, which the first call that writes makes. Spaces, cached chunk lists and
	// pending texts are those of the whole index. Closing it closes the store.
	Tree(t indexer.Tree) indexer.Store
	// In returns a reader of these trees alone: its searches, counts and states see nothing else. Trees that the index
	// does not have are empty. Closing it closes the store.
	In(trees ...indexer.Tree) Reader
	// RemoveTrees removes trees with all that no other tree needs: files, texts, vectors, words. Nothing of it stays
	// behind in the store, not even in places that are free. NotFound where there is no such tree.
	RemoveTrees(ctx context.Context, trees ...indexer.Tree) error
}
