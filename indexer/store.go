package indexer

import (
	"context"
	"slices"

	"loradex/adapters"
	"loradex/embed"
)

// This file declares what the indexer needs of a store. Package search makes it of one with several trees (search.In);
// indexertest.Run proves it.

// FileState is what the manifest remembers of an indexed file.
type FileState struct {
	Path, Blob, Language string
	Stat                 Stat
	Chunks               int
	Chunker              string // by which it was cut; see [Options.Chunker]
}

// RepoState describes the state of the repository that the index holds, or that one tree of it holds.
type RepoState struct {
	Repo    string         `json:"repo"` // absolute root, or the URL
	Rev     string         `json:"rev"`  // commit hash; "" before the first commit
	Dirty   bool           `json:"dirty"`
	Skipped map[string]int `json:"skipped"`         // files passed over, by reason
	Time    int64          `json:"time"`            // Unix seconds of the last complete scan; 0: there was none yet
	Rules   string         `json:"rules,omitempty"` // what decided which files are taken, besides the chunkers; opaque
	// Languages holds, in a language-wise index, the mix that the documents of each language are encoded with. Every language of the index is in it, and languages to come may be. Empty: one mix for all.
	Languages map[string]adapters.Mix `json:"languages,omitempty"`
}

// PendingText is a text that has no vector yet in a space.
type PendingText struct {
	Digest   string // hex SHA-256 of Text
	Text     string
	Language string   // of the oldest chunk with this text
	Others   []string // further languages of chunks with this text, sorted; nil for none
	Cursor   string   // what Pending goes on behind; opaque, of this store and space only
}

// In tells whether a chunk of one of these languages has the text.
func (p PendingText) In(languages []string) bool {
	return slices.Contains(languages, p.Language) ||
		slices.ContainsFunc(p.Others, func(l string) bool { return slices.Contains(languages, l) })
}

// TextVector is an encoded text.
type TextVector struct {
	Digest string
	Vector []float32 // unit length, Space.Dimensions long
}

// Manifest says what the index already holds. Safe for concurrent use, also while the Sink is written.
type Manifest interface {
	// Files returns the state of every indexed file by path. An empty index gives an empty map.
	Files(ctx context.Context) (map[string]FileState, error)
	// CachedChunks returns the chunk list stored for a blob by a chunker version, and whether there is one.
	CachedChunks(ctx context.Context, blob, language, chunker string) ([]Chunk, bool, error)
	// Repo returns the state that the last complete run recorded; the zero value where there was none.
	Repo(ctx context.Context) (RepoState, error)
	// Spaces lists the spaces of the index with the number of chunks that have a vector in each.
	Spaces(ctx context.Context) ([]SpaceState, error)
	// Covered returns how many chunks of files in these languages have a vector in a space; nil stands for all
	// languages. NotFound for an unknown space.
	Covered(ctx context.Context, space string, languages []string) (int, error)
	// ChunkCount returns the number of chunks in the index.
	ChunkCount(ctx context.Context) (int, error)
}

// SpaceState is a space and how full it is.
type SpaceState struct {
	Space   embed.Space
	Vectors int // chunks that have a vector in this space
	Default bool
}

// Sink takes what the indexer produces. Each call is atomic and durable when it returns: a process killed between two
// calls leaves an index that opens and that the next run completes.
type Sink interface {
	// PutFiles inserts or replaces files with all their chunks, and fills the chunk-list cache. Files with the same path,
	// blob, language and chunker are the same: a store keeps those of several trees once.
	PutFiles(ctx context.Context, chunker string, files []File) error
	// RemoveFiles deletes files and their chunks. Vectors stay cached by text. Unknown paths are ignored.
	RemoveFiles(ctx context.Context, paths []string) error
	// TouchFiles updates the stat data of files whose content did not change.
	TouchFiles(ctx context.Context, stats map[string]Stat) error
	// PutSpace registers a space; def makes it the default one. Idempotent.
	PutSpace(ctx context.Context, space embed.Space, def bool) error
	// DropSpace removes a space with its vectors. NotFound where the index has no such space.
	DropSpace(ctx context.Context, id string) error
	// Pending returns up to limit distinct texts that some chunk needs and that have no vector in the space: the text of
	// the newest chunk first, so what was stored last is encoded first. after is "" for the first page, then the Cursor
	// of the last text of the page before. Chunks that come while a caller pages are seen by the next first page; Invalid
	// for a cursor that is none. total is how many there are in all; it is only counted with the first page.
	Pending(ctx context.Context, space, after string, limit int) (page []PendingText, total int, err error)
	// PutVectors stores vectors of a space. NotFound for an unknown space; Invalid for a wrong length.
	PutVectors(ctx context.Context, space string, vectors []TextVector) error
	// PutRepo records the end of a complete scan; and, before files of a language with another mix are put, the old state
	// with the new mixes.
	PutRepo(ctx context.Context, state RepoState) error
}
