package retrieval

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"

	"loradex/adapters"
	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/dataset"
	"loradex/internal/fault"
	"loradex/search"
)

// chunker stands for the rules by which a data set's documents were cut: none.
const chunker = "evaluation"

// writeBatch is how many documents one transaction writes.
const writeBatch = 2000

// Document is a document of a data set as an index holds it.
type Document struct {
	Path     string // unique
	Language string
	Chunk    indexer.Chunk
	Text     string // exactly what was encoded
}

// Documents returns the documents of a data set, in order: each one chunk without a symbol, in a file whose name is a
// number.
func Documents(ds *dataset.Dataset) []Document {
	docs := make([]Document, len(ds.Docs))
	for i, d := range ds.Docs {
		docs[i] = Document{
			Path: fmt.Sprintf("%08d", i), Language: d.Language, Text: d.Text,
			Chunk: indexer.Chunk{StartLine: 1, EndLine: 1 + strings.Count(d.Text, "\n"), Text: d.Text},
		}
	}
	return docs
}

// Space is a space of the index with its vectors.
type Space struct {
	Space   embed.Space // the encoder's part
	Default bool
	Vectors [][]float32 // parallel to the documents; nil for a document without one
}

// Fill writes documents and vectors into an empty store. languages is the mapping of a language-wise index, as
// indexer.RepoState has it; nil for any other.
func Fill(ctx context.Context, to search.Backend, docs []Document, spaces []Space, languages map[string]adapters.Mix) error {
	store := search.In(to, indexer.Tree{})
	files := make([]indexer.File, len(docs))
	for i, d := range docs {
		files[i] = indexer.File{
			Path: d.Path, Language: d.Language, Blob: blob(d.Path), Size: int64(len(d.Chunk.Text)),
			Chunks: []indexer.Chunk{d.Chunk}, Texts: []string{d.Text},
		}
	}
	for batch := range slices.Chunk(files, writeBatch) {
		if err := store.PutFiles(ctx, chunker, batch); err != nil {
			return err
		}
	}
	for _, s := range spaces {
		if err := fillSpace(ctx, store, docs, s); err != nil {
			return err
		}
	}
	return store.PutRepo(ctx, indexer.RepoState{Repo: "evaluation", Time: 1, Chunker: chunker, Languages: languages})
}

// blob is unique for each document: a store may take files of one blob for one.
func blob(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:20])
}

func fillSpace(ctx context.Context, store indexer.Sink, docs []Document, s Space) error {
	if len(s.Vectors) != len(docs) {
		return fault.New(fault.Invalid, "%d vectors for %d documents", len(s.Vectors), len(docs))
	}
	space := s.Space.WithChunker(chunker)
	if err := store.PutSpace(ctx, space, s.Default); err != nil {
		return err
	}
	seen := map[string]bool{}
	var vectors []indexer.TextVector
	for i, d := range docs {
		digest := digestOf(d.Text)
		if s.Vectors[i] == nil || seen[digest] {
			continue
		}
		seen[digest] = true
		vectors = append(vectors, indexer.TextVector{Digest: digest, Vector: s.Vectors[i]})
	}
	for batch := range slices.Chunk(vectors, writeBatch) {
		if err := store.PutVectors(ctx, space.ID, batch); err != nil {
			return err
		}
	}
	return nil
}

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Cover returns the vectors of a share of the documents and nil for the others: an index that is being filled. Which ones
// is decided by a digest of the text and the seed, so that it is the same every time, larger shares hold all of smaller
// ones, and equal texts go together.
func Cover(vectors [][]float32, docs []Document, share float64, seed uint64) [][]float32 {
	if share >= 1 {
		return vectors
	}
	out := make([][]float32, len(vectors))
	for i := range vectors {
		sum := sha256.Sum256(binary.LittleEndian.AppendUint64([]byte(docs[i].Text), seed))
		if float64(binary.LittleEndian.Uint64(sum[:8])) < share*math.MaxUint64 {
			out[i] = vectors[i]
		}
	}
	return out
}
