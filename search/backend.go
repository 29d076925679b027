package search

import (
	"context"
	"fmt"
	"time"

	"loradex/embed"
	"loradex/indexer"
)

// This file declares what a store implements. [In] makes of it what the indexer needs; search/storetest tests it.

// Backend is a store: an index of several trees. Safe for concurrent use. Each call that writes is atomic and durable when
// it returns: a process killed between two calls leaves an index that opens and that the next run completes.
type Backend interface {
	Reader
	// TextVectors returns the vectors that a space holds of some texts, in order, also of texts that no chunk has; nil where
	// it holds none. NotFound for an unknown space.
	TextVectors(ctx context.Context, space string, texts []string) ([][]float32, error)
	// Files returns the files that trees hold, each version once; nil stands for all trees. chunker is by which rules they
	// were cut, "" for any. Of several trees it says nothing of Stat.
	Files(ctx context.Context, trees []indexer.Tree, chunker string) ([]indexer.FileState, error)
	// CachedChunks is that of [indexer.Manifest], and so are the next four those of [indexer.Sink].
	CachedChunks(ctx context.Context, blob, language, chunker string) ([]indexer.Chunk, bool, error)
	PutSpace(ctx context.Context, space embed.Space, def bool) error
	DropSpace(ctx context.Context, id string) error
	Pending(ctx context.Context, space, after string, limit int) (page []indexer.PendingText, total int, err error)
	PutVectors(ctx context.Context, space string, vectors []indexer.TextVector) error
	// Change changes a tree; [In] sees to it that the files are valid, and that something changes. A tree that the index
	// does not have is made, where anything is put or recorded. Conflict where a file to share is in no other tree.
	Change(ctx context.Context, tree indexer.Tree, c Change) error
	// RemoveTrees removes trees with all that no other tree needs: files, texts, vectors, words. Nothing of it stays
	// behind in the store, not even in places that are free. NotFound where there is no such tree.
	RemoveTrees(ctx context.Context, trees ...indexer.Tree) error
	// Describe says what the store holds and how it is, for people.
	Describe(ctx context.Context) (Description, error)
	Close() error
}

// Change is what becomes of a tree in one call. A path is in one of the lists.
type Change struct {
	Chunker string                  // by which Put and Share were cut
	Put     []indexer.File          // as indexer.Sink's PutFiles
	Share   []indexer.FileState     // as indexer.Sharing's ShareFiles
	Remove  []string                // paths
	Touch   map[string]indexer.Stat // by path
	State   *indexer.RepoState      // what is recorded of the tree; its Languages are those of the whole index
}

// Files tells whether the tree has other files afterwards.
func (c *Change) Files() bool { return len(c.Put)+len(c.Share)+len(c.Remove) > 0 }

// Makes tells whether the tree is made where the index does not have it.
func (c *Change) Makes() bool { return len(c.Put)+len(c.Share) > 0 || c.State != nil }

// String is what a call with this change does, in words.
func (c *Change) String() string {
	switch {
	case len(c.Put) > 0:
		return "write files"
	case len(c.Share) > 0:
		return "share files"
	case len(c.Remove) > 0:
		return "remove files"
	case len(c.Touch) > 0:
		return "update files"
	}
	return "write the repository's state"
}

// Description is what a store says of itself.
type Description struct {
	Trees  []indexer.TreeState // as in State, with what they hold
	Size   *Size               // nil where a server keeps the index
	Server *Server             // nil where none does
}

// Size says how big an index in a folder is.
type Size struct {
	DatabaseBytes int64 `json:"database_bytes"` // index.db
	WALBytes      int64 `json:"wal_bytes"`      // changes that are not folded into it yet
	VectorBytes   int64 `json:"vector_bytes"`   // derived files
	WordBytes     int64 `json:"word_bytes"`     // derived files
	Files         int   `json:"files"`
	Chunks        int   `json:"chunks"`
	Texts         int   `json:"texts"`       // distinct texts, also of chunks that are gone
	Vectors       int   `json:"vectors"`     // in all spaces, also of texts that no chunk has
	ChunkLists    int   `json:"chunk_lists"` // cached lists
	Spaces        int   `json:"spaces"`
}

// Server says how the server of an index is.
type Server struct {
	Address     string        `json:"address"`
	Version     string        `json:"version"`
	Latency     time.Duration `json:"latency"` // of one small request
	Collections []Collection  `json:"collections,omitempty"`
}

// String is a server, and what it holds of an index, in words.
func (s Server) String() string {
	text := fmt.Sprintf("Qdrant %s at %s", s.Version, s.Address)
	if len(s.Collections) == 0 {
		return text
	}
	points := uint64(0)
	for _, c := range s.Collections {
		points += c.Points
	}
	return fmt.Sprintf("%s: %d collections, %d points", text, len(s.Collections), points)
}

// Collection says how a part of an index on a server is.
type Collection struct {
	Name string `json:"name"`
	// Status is "green" where all is well, "yellow" while the server optimises, "grey" where it will on the next
	// write, "red" where something failed.
	Status string `json:"status"`
	Points uint64 `json:"points"`
	Error  string `json:"error,omitempty"` // of the optimiser
}
