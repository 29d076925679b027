package speed

import (
	"bufio"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/indexer"
	"loradex/indexer/indexertest"
	"loradex/search"
	"loradex/search/sqlite"
)

// drawnFrom is what a drawer draws from.
type drawnFrom struct {
	Texts   []string
	Vectors [][]float32
}

func drawnSource(n, dims int) drawnFrom {
	r := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("read write open close parse config server client token index vector search merge split join")
	var s drawnFrom
	for range n {
		text := "func " + words[r.IntN(len(words))] + words[r.IntN(len(words))] + "("
		for range 20 {
			text += " " + words[r.IntN(len(words))]
		}
		s.Texts = append(s.Texts, text)
		s.Vectors = append(s.Vectors, indexertest.RandomVector(r, dims))
	}
	return s
}

func drawerOf(t testing.TB, src drawnFrom) *drawer {
	t.Helper()
	d, err := newDrawer(t.Context(), src.Texts, src.Vectors, 1)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func openStore(t testing.TB) sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // the measurements are over
	return s
}

func TestFillAndMeasure(t *testing.T) {
	s := openStore(t)
	src := drawnSource(60, 40)
	const chunks = 1234
	last := 0
	err := drawerOf(t, src).fill(t.Context(), search.In(s, indexer.Tree{}), 0, chunks, func(n int) { last = n })
	if err != nil {
		t.Fatal(err)
	}
	n, err := search.In(s, indexer.Tree{}).ChunkCount(t.Context())
	if err != nil || n != chunks || last != chunks {
		t.Fatalf("%d chunks, progress %d, %v", n, last, err)
	}
	var queries []searchQuery
	for i := range 20 {
		queries = append(queries, searchQuery{text: src.Texts[i], vector: src.Vectors[i]})
	}
	report, err := measureSearches(t.Context(), s, queries, searchOptions{k: 10, depth: 100})
	if err != nil {
		t.Fatal(err)
	}
	if report.dense.Max <= 0 || report.lexical.Max <= 0 || report.whole.P50 <= 0 || report.whole.Max < report.dense.Max || report.recall < 0.95 || report.recall > 1 {
		t.Errorf("%+v", report)
	}
}

func TestBadSettings(t *testing.T) {
	for name, src := range map[string]drawnFrom{"empty": {}, "uneven": {Texts: []string{"a"}, Vectors: [][]float32{{1}, {1}}}} {
		if _, err := newDrawer(t.Context(), src.Texts, src.Vectors, 1); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// BenchmarkSearch measures at 100,000 chunks. Where the folder that LORADEX_BENCH_SOURCE names holds texts.jsonl
// ({"text"} a line) and vectors.f32 (384 floats each, little-endian), chunks are drawn from them, else from random ones.
//
//	taskset -c 1 go test ./evaluation/speed -bench Search -benchtime 1x
func BenchmarkSearch(b *testing.B) {
	src := drawnSource(5000, 384)
	if dir := os.Getenv("LORADEX_BENCH_SOURCE"); dir != "" {
		src = readDrawn(b, dir)
	}
	s := openStore(b)
	if err := drawerOf(b, src).fill(b.Context(), search.In(s, indexer.Tree{}), 0, 100_000, func(int) {}); err != nil {
		b.Fatal(err)
	}
	var queries []searchQuery
	for i := range 300 {
		text := strings.Fields(src.Texts[i*7%len(src.Texts)])
		queries = append(queries, searchQuery{text: strings.Join(text[:min(8, len(text))], " "), vector: src.Vectors[i*13%len(src.Vectors)]})
	}
	for b.Loop() {
		report, err := measureSearches(b.Context(), s, queries, searchOptions{k: 10, depth: 100})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(report.dense.P50, "dense-p50-ms")
		b.ReportMetric(report.lexical.P50, "lexical-p50-ms")
		b.ReportMetric(report.lexical.P95, "lexical-p95-ms")
		b.ReportMetric(report.recall, "recall@10")
	}
}

func readDrawn(b *testing.B, dir string) drawnFrom {
	b.Helper()
	var src drawnFrom
	f, err := os.Open(filepath.Join(dir, "texts.jsonl"))
	if err != nil {
		b.Skip(err)
	}
	defer f.Close() //nolint:errcheck // read only
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var row struct{ Text string }
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			b.Fatal(err)
		}
		src.Texts = append(src.Texts, row.Text)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "vectors.f32"))
	if err != nil {
		b.Skip(err)
	}
	for ; len(raw) >= 4*384; raw = raw[4*384:] {
		v := make([]float32, 384)
		for i := range v {
			v[i] = math.Float32frombits(uint32(raw[4*i]) | uint32(raw[4*i+1])<<8 | uint32(raw[4*i+2])<<16 | uint32(raw[4*i+3])<<24)
		}
		src.Vectors = append(src.Vectors, v)
	}
	return src
}
