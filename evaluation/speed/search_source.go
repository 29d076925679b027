package speed

// This file makes what [Search] draws chunks from, and the indexes that hold them.

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/atomicfile"
	"loradex/internal/fault"
	"loradex/search"
)

// drawSource is what all sizes share.
type drawSource struct {
	drawer  *drawer
	queries []searchQuery
	key     string // of what was encoded, and how: indexes of another one are not taken
}

// drawSeed makes every run draw the same chunks.
const drawSeed = 1

// drawFrom gathers real texts, encodes them and the queries, or reads the vectors that the folder keeps.
func (s *Setup) drawFrom(ctx context.Context, o *SearchOptions) (*drawSource, error) {
	// Chunks with a doc comment give queries; they come from beyond those that are stored, so no query finds itself.
	texts, err := Chunks(ctx, o.Source, o.Encode+o.Queries*8)
	if err != nil {
		return nil, err
	}
	rows := make([]embed.Row, 0, o.Encode+o.Queries)
	var drawn []string
	for _, t := range texts[:o.Encode] {
		rows = append(rows, embed.Row{Text: t.Text})
		drawn = append(drawn, t.Chunk.Text)
	}
	queries := searchQueries(texts[o.Encode:], o.Queries)
	if len(queries) < o.Queries {
		return nil, fault.New(fault.Invalid, "the source has %d doc comments for queries, not %d", len(queries), o.Queries).
			WithHint("name a larger folder with --source, or ask for fewer with --queries")
	}
	for _, q := range queries {
		rows = append(rows, embed.Row{Text: q.text, Role: embed.Query})
	}
	out := &drawSource{queries: queries, key: vectorsKey(s.Encoder, rows)}
	path := filepath.Join(o.Dir, "vectors-"+out.key+".f32")
	vectors, err := readVectors(path, len(rows), s.Encoder.Dimensions())
	if errors.Is(err, fs.ErrNotExist) {
		if vectors, err = s.encodeAll(ctx, rows); err == nil {
			err = writeVectors(path, vectors)
		}
	}
	if err != nil {
		return nil, err
	}
	for i := range queries {
		queries[i].vector = vectors[o.Encode+i]
	}
	out.drawer, err = newDrawer(ctx, drawn, vectors[:o.Encode], drawSeed)
	return out, err
}

// searchQueries makes at most n queries of the first sentences of doc comments.
func searchQueries(texts []text, n int) []searchQuery {
	var queries []searchQuery
	for _, t := range texts {
		sentence, _, _ := strings.Cut(strings.Join(strings.Fields(t.Chunk.Doc), " "), ". ")
		if words := len(strings.Fields(sentence)); words < 4 || words > 30 {
			continue
		}
		if len(queries) == n {
			break
		}
		queries = append(queries, searchQuery{text: sentence})
	}
	return queries
}

func (s *Setup) encodeAll(ctx context.Context, rows []embed.Row) ([][]float32, error) {
	s.step("encoding %d texts", len(rows))
	out, done := make([][]float32, len(rows)), 0
	return out, s.Encoder.Each(ctx, rows, func(i int, v []float32, _ int) error {
		out[i] = v
		done++
		s.progress("encode", done, len(rows))
		return nil
	})
}

// vectorsKey names everything that the vectors depend on.
func vectorsKey(enc *embed.Encoder, rows []embed.Row) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %d %d\n", enc.Model().BaseDigest(), enc.MaxTokens(), len(rows)) //nolint:errcheck // a hash takes everything
	for _, r := range rows {
		fmt.Fprintf(h, "%d %d %s\n", r.Role, len(r.Text), r.Text) //nolint:errcheck // as above
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// readVectors reads little-endian fp32. A file of another size is taken for one that is not there: a write that was
// interrupted leaves none, but a disk may.
func readVectors(path string, n, dims int) ([][]float32, error) {
	raw, err := os.ReadFile(path) //nolint:gosec // below a folder that the user named
	if err != nil {
		return nil, err
	}
	if len(raw) != 4*n*dims {
		return nil, fault.New(fault.Corrupt, "%s has %d bytes, not %d", path, len(raw), 4*n*dims).WithHint("remove it")
	}
	all := make([]float32, n*dims)
	_, err = binary.Decode(raw, binary.LittleEndian, all)
	return slices.Collect(slices.Chunk(all, dims)), err
}

func writeVectors(path string, vectors [][]float32) error {
	var raw []byte
	for _, v := range vectors {
		raw, _ = binary.Append(raw, binary.LittleEndian, v) // a list of numbers never fails
	}
	return atomicfile.Replace(path, atomicfile.Content(raw))
}

// fill makes the index of n chunks, unless a kept one holds it, and returns the seconds that took.
func (s *Setup) fill(ctx context.Context, o *SearchOptions, dir string, n int, src *drawSource) (float64, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return 0, fault.Wrap(fault.Unavailable, err, "the folder %s", dir)
	}
	store, err := o.Open(ctx, dir, false)
	if err != nil {
		return 0, err
	}
	defer store.Close() //nolint:errcheck // what was written is durable already; a failed fill has its own error
	index := search.In(store, indexer.Tree{})
	have, err := index.ChunkCount(ctx)
	if err != nil {
		return 0, err
	}
	keyPath := filepath.Join(dir, "source")
	key, err := os.ReadFile(keyPath) //nolint:gosec // below a folder that the user named
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fault.Wrap(fault.Unavailable, err, "reading %s", keyPath)
	}
	if have > n || have > 0 && string(key) != src.key {
		return 0, fault.New(fault.Conflict, "%s holds %d chunks of another source or size", dir, have).WithHint("remove it, or name another folder with --keep")
	}
	complete, err := index.Repo(ctx)
	if err != nil {
		return 0, err
	}
	if have == n && complete.Repo != "" {
		return 0, settle(ctx, store)
	}
	if err := os.WriteFile(keyPath, []byte(src.key), 0o600); err != nil {
		return 0, fault.Wrap(fault.Unavailable, err, "writing %s", keyPath)
	}
	start := time.Now()
	err = src.drawer.fill(ctx, index, max(0, have-1), n, func(done int) { s.progress("fill", done, n) }) // the last batch may lack its vectors
	if err == nil {
		err = settle(ctx, store)
	}
	return time.Since(start).Seconds(), err
}
