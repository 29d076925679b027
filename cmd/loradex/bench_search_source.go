package main

// This file makes what `bench search` draws chunks from, and the indexes that hold them.

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"loradex/cmd/loradex/internal/bench"
	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/atomicfile"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/searchbench"
)

// searchBenchSource is what all sizes share.
type searchBenchSource struct {
	drawer  *searchbench.Drawer
	queries []searchbench.Query
	key     string // of what was encoded, and how: indexes of another one are not taken
}

// drawSeed makes every run draw the same chunks.
const drawSeed = 1

// searchBenchSource gathers real texts, encodes them and the queries, or reads the vectors that dir keeps.
func (a *app) searchBenchSource(ctx context.Context, f searchBenchFlags, dir string) (*searchBenchSource, error) {
	o, err := a.EncoderOptions(ctx)
	if err != nil {
		return nil, err
	}
	o.MaxTokens, o.Window = f.maxTokens, 0
	eng, err := a.OpenEngine(ctx, o)
	if err != nil {
		return nil, err
	}
	// Chunks with a doc comment give queries; they come from beyond those that are stored, so no query finds itself.
	texts, err := f.texts(ctx, f.encode+f.queries*8)
	if err != nil {
		return nil, err
	}
	rows := make([]embed.Row, 0, f.encode+f.queries)
	src := searchbench.Source{}
	for _, t := range texts[:f.encode] {
		rows = append(rows, embed.Row{Text: t.Text})
		src.Texts = append(src.Texts, t.Chunk.Text)
	}
	queries := searchQueries(texts[f.encode:], f.queries)
	if len(queries) < f.queries {
		return nil, fault.New(fault.Invalid, "the source has %d doc comments for queries, not %d", len(queries), f.queries).
			WithHint("name a larger folder with --source, or ask for fewer with --queries")
	}
	for _, q := range queries {
		rows = append(rows, embed.Row{Text: q.Text, Role: embed.Query})
	}
	out := &searchBenchSource{queries: queries, key: vectorsKey(eng.Encoder, rows)}
	path := filepath.Join(dir, "vectors-"+out.key+".f32")
	vectors, err := readVectors(path, len(rows), eng.Encoder.Dimensions())
	if errors.Is(err, fs.ErrNotExist) {
		if vectors, err = a.encodeAll(ctx, eng.Encoder, rows); err == nil {
			err = writeVectors(path, vectors)
		}
	}
	if err != nil {
		return nil, err
	}
	src.Vectors = vectors[:f.encode]
	for i := range queries {
		queries[i].Vector = vectors[f.encode+i]
	}
	out.drawer, err = searchbench.NewDrawer(ctx, src, drawSeed)
	return out, err
}

// searchQueries makes at most n queries of the first sentences of doc comments.
func searchQueries(texts []bench.Text, n int) []searchbench.Query {
	var queries []searchbench.Query
	for _, t := range texts {
		sentence, _, _ := strings.Cut(strings.Join(strings.Fields(t.Chunk.Doc), " "), ". ")
		if words := len(strings.Fields(sentence)); words < 4 || words > 30 {
			continue
		}
		if len(queries) == n {
			break
		}
		queries = append(queries, searchbench.Query{Text: sentence})
	}
	return queries
}

func (a *app) encodeAll(ctx context.Context, enc *embed.Encoder, rows []embed.Row) ([][]float32, error) {
	a.step("encoding %s texts", thousands(len(rows)))
	bar := a.Progress
	defer bar.Done()
	var out [][]float32
	for from := 0; from < len(rows); from += embedBatch {
		vectors, err := enc.Encode(ctx, rows[from:min(from+embedBatch, len(rows))])
		if err != nil {
			return nil, err
		}
		out = append(out, vectors...)
		bar.Set("encode", len(out), len(rows), "")
	}
	return out, nil
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
	out := make([][]float32, n)
	for i := range out {
		out[i] = make([]float32, dims)
		for j := range out[i] {
			out[i][j] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*(i*dims+j):]))
		}
	}
	return out, nil
}

func writeVectors(path string, vectors [][]float32) error {
	var raw []byte
	for _, v := range vectors {
		for _, x := range v {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
		}
	}
	return atomicfile.Replace(path, atomicfile.Content(raw))
}

// fillBench makes the index of n chunks, unless a kept one holds it, and returns the seconds that took.
func (a *app) fillBench(ctx context.Context, dir string, n int, f searchBenchFlags, src *searchBenchSource) (float64, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return 0, fault.Wrap(fault.Unavailable, err, "the folder %s", dir)
	}
	store, err := a.openBench(ctx, dir, f, false)
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
	bar := a.Progress
	defer bar.Done()
	err = searchbench.Fill(ctx, index, src.drawer, searchbench.FillOptions{
		Chunks: n, From: max(0, have-1), // the last batch may lack its vectors
		Progress: func(done int) { bar.Set("fill", done, n, "") },
	})
	if err == nil {
		err = settle(ctx, store)
	}
	return time.Since(start).Seconds(), err
}
