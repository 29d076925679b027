package experiment

// This file puts the documents of a data set into an index. Each is a file of one chunk. It has no symbol and a number for a
// path, unless a template filled in the chunk: nothing about its place can give the answer away.

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

// documentsOf are the documents of a data set, in order.
func documentsOf(ds *dataset.Dataset) []indexer.File {
	docs := make([]indexer.File, len(ds.Docs))
	for i, d := range ds.Docs {
		docs[i] = indexer.File{
			Path: fmt.Sprintf("%08d", i), Language: d.Language, Size: int64(len(d.Text)), Texts: []string{d.Text},
			Chunks: []indexer.Chunk{{StartLine: 1, EndLine: 1 + strings.Count(d.Text, "\n"), Text: d.Text}},
		}
	}
	return docs
}

// filledSpace is a space of the index with its vectors.
type filledSpace struct {
	embed.Space // the encoder's part
	isDefault   bool
	vectors     [][]float32 // parallel to the documents; nil for a document without one
}

// fillStore writes documents and vectors into an empty store. languages is the mapping of a language-wise index, as
// indexer.RepoState has it; nil for any other.
func fillStore(ctx context.Context, to search.Backend, docs []indexer.File, spaces []filledSpace, languages map[string]adapters.Mix) error {
	store := search.In(to, indexer.Tree{})
	for i := range docs {
		sum := sha256.Sum256([]byte(docs[i].Path)) // a store may take files of one blob for one
		docs[i].Blob = hex.EncodeToString(sum[:20])
	}
	for batch := range slices.Chunk(docs, writeBatch) {
		if err := store.PutFiles(ctx, chunker, batch); err != nil {
			return err
		}
	}
	for _, s := range spaces {
		if len(s.vectors) != len(docs) {
			return fault.New(fault.Internal, "%d vectors for %d documents", len(s.vectors), len(docs))
		}
		space := s.WithChunker(chunker)
		if err := store.PutSpace(ctx, space, s.isDefault); err != nil {
			return err
		}
		seen := map[string]bool{}
		var vectors []indexer.TextVector
		for i, d := range docs {
			if digest := indexer.TextDigest(d.Texts[0]); s.vectors[i] != nil && !seen[digest] {
				seen[digest] = true
				vectors = append(vectors, indexer.TextVector{Digest: digest, Vector: s.vectors[i]})
			}
		}
		for batch := range slices.Chunk(vectors, writeBatch) {
			if err := store.PutVectors(ctx, space.ID, batch); err != nil {
				return err
			}
		}
	}
	return store.PutRepo(ctx, indexer.RepoState{Repo: "evaluation", Time: 1, Languages: languages})
}

// cover returns the vectors of a share of the documents and nil for the others: an index that is being filled. Which ones
// is decided by a digest of the text and the seed, so that it is the same every time, larger shares hold all of smaller
// ones, and equal texts go together.
func cover(vectors [][]float32, docs []indexer.File, share float64, seed uint64) [][]float32 {
	if share >= 1 {
		return vectors
	}
	out := make([][]float32, len(vectors))
	for i := range vectors {
		sum := sha256.Sum256(binary.LittleEndian.AppendUint64([]byte(docs[i].Texts[0]), seed))
		if float64(binary.LittleEndian.Uint64(sum[:8])) < share*math.MaxUint64 {
			out[i] = vectors[i]
		}
	}
	return out
}
