package storetest_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"loradex/indexer"
	"loradex/indexer/indexertest"
	"loradex/search"
)

// This file makes what the tests store, and answers searches by brute force to compare with.

// What is stored is what indexertest.Run stores, too.
const chunker = indexertest.Chunker

var (
	file   = indexertest.File
	space  = indexertest.Space
	vector = indexertest.UnitVector
	digest = indexer.TextDigest
)

// encodeAll gives every pending text of a space its vector, page by page, as the indexer does.
func encodeAll(t *testing.T, s store, id string, dims int) int {
	t.Helper()
	n, after := 0, ""
	for {
		page, _, err := s.Pending(t.Context(), id, after, 7)
		must(t, err)
		if len(page) == 0 {
			return n
		}
		var vectors []indexer.TextVector
		for _, p := range page {
			vectors = append(vectors, indexer.TextVector{Digest: p.Digest, Vector: vector(p.Text, dims)})
			after = p.Cursor
		}
		must(t, s.PutVectors(t.Context(), id, vectors))
		n += len(page)
	}
}

// place names a chunk independently of a store's IDs.
type place struct {
	path string
	line int
}

// found is a hit with its place.
type found struct {
	place
	score float32
}

// places looks up where hits are.
func places(t *testing.T, s store, hits []search.Scored) []found {
	t.Helper()
	ids := make([]search.ID, len(hits))
	for i, h := range hits {
		ids[i] = h.ID
	}
	chunks, err := s.Chunks(t.Context(), nil, ids)
	must(t, err)
	out := make([]found, len(hits))
	for i, c := range chunks {
		if c.ID != ids[i] {
			t.Fatalf("Chunks returned %d at place %d, asked for %d", c.ID, i, ids[i])
		}
		out[i] = found{place{c.Path, c.Chunk.StartLine}, hits[i].Score}
	}
	return out
}

// bruteForce ranks all chunks of files by cosine.
func bruteForce(files []indexer.File, query []float32, k int, pass func(f indexer.File, c indexer.Chunk) bool) []found {
	var all []found
	for _, f := range files {
		for i, c := range f.Chunks {
			if pass != nil && !pass(f, c) {
				continue
			}
			var dot float64
			for j, x := range vector(f.Texts[i], len(query)) {
				dot += float64(x) * float64(query[j])
			}
			all = append(all, found{place{f.Path, c.StartLine}, float32(dot)})
		}
	}
	slices.SortFunc(all, func(a, b found) int { return cmp.Compare(b.score, a.score) })
	return all[:min(k, len(all))]
}

// sameRanking compares hits with brute force. Scores may differ by rounding, and rows with scores that close may
// change places.
func sameRanking(t *testing.T, got, want []found, what string) {
	t.Helper()
	const rounding = 2e-6
	if len(got) != len(want) {
		t.Fatalf("%s: %d hits, want %d", what, len(got), len(want))
	}
	scores := map[place]float32{}
	for _, w := range want {
		scores[w.place] = w.score
	}
	for i := range got {
		if d := math.Abs(float64(got[i].score - want[i].score)); d > rounding {
			t.Errorf("%s: hit %d is %v, want %v", what, i, got[i], want[i])
		}
		if w, ok := scores[got[i].place]; !ok && math.Abs(float64(got[i].score-want[len(want)-1].score)) > rounding ||
			ok && math.Abs(float64(w-got[i].score)) > rounding {
			t.Errorf("%s: hit %d at %v has score %v, brute force says %v", what, i, got[i].place, got[i].score, w)
		}
	}
}

// sortedByScore fails unless hits follow the rule: score descending, then ID ascending.
func sortedByScore(t *testing.T, hits []search.Scored) {
	t.Helper()
	if !slices.IsSortedFunc(hits, func(a, b search.Scored) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	}) {
		t.Errorf("hits out of order: %v", hits)
	}
}

// corpus returns n files with up to four chunks of words each, in two languages and two folders.
func corpus(n int) []indexer.File {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	words := []string{"read", "write", "file", "parse", "json", "http", "server", "token", "index", "vector", "search", "merge"}
	var files []indexer.File
	for i := range n {
		var texts []string
		for range 1 + r.IntN(4) {
			text := fmt.Sprintf("unique%d", r.Uint32())
			for range 3 + r.IntN(5) {
				text += " " + words[r.IntN(len(words))]
			}
			texts = append(texts, text)
		}
		language, folder, suffix := "go", "api", "go"
		if i%3 == 0 {
			language, folder, suffix = "python", "lib/deep", "py"
		}
		f := file(fmt.Sprintf("%s/f%d.%s", folder, i, suffix), language, texts...)
		for j := range f.Chunks {
			if j%2 == 1 {
				f.Chunks[j].Kind = "type"
			}
		}
		files = append(files, f)
	}
	return files
}
