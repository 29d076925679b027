package searchbench_test

import (
	"bufio"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/evaluation/speed/searchbench"
	"loradex/indexer"
	"loradex/indexer/indexertest"
	"loradex/search"
	"loradex/search/sqlite"
)

func source(n, dims int) searchbench.Source {
	r := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("read write open close parse config server client token index vector search merge split join")
	var s searchbench.Source
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

func drawer(t testing.TB, src searchbench.Source) *searchbench.Drawer {
	t.Helper()
	d, err := searchbench.NewDrawer(t.Context(), src, 1)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func open(t testing.TB) sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // the measurements are over
	return s
}

func TestFillAndMeasure(t *testing.T) {
	s := open(t)
	src := source(60, 40)
	const chunks = 1234
	last := 0
	err := searchbench.Fill(t.Context(), search.In(s, indexer.Tree{}), drawer(t, src), searchbench.FillOptions{Chunks: chunks, PerFile: 7, Progress: func(n int) { last = n }})
	if err != nil {
		t.Fatal(err)
	}
	n, err := search.In(s, indexer.Tree{}).ChunkCount(t.Context())
	if err != nil || n != chunks || last != chunks {
		t.Fatalf("%d chunks, progress %d, %v", n, last, err)
	}
	var queries []searchbench.Query
	for i := range 20 {
		queries = append(queries, searchbench.Query{Text: src.Texts[i], Vector: src.Vectors[i]})
	}
	report, err := searchbench.Measure(t.Context(), s, queries, searchbench.MeasureOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Chunks != chunks || report.Dense.N != 20 || report.Lexical.N != 20 || report.Whole.P50 <= 0 || report.Recall < 0.95 || report.Recall > 1 {
		t.Errorf("%+v", report)
	}
	if !strings.Contains(report.String(), "recall") {
		t.Error(report.String())
	}
	words, err := searchbench.Measure(t.Context(), s, []searchbench.Query{{Text: "parse"}}, searchbench.MeasureOptions{})
	if err != nil || words.Dense.N != 0 || words.Lexical.N != 1 {
		t.Errorf("words alone: %+v, %v", words, err)
	}
}

func TestBadSettings(t *testing.T) {
	s := open(t)
	for name, src := range map[string]searchbench.Source{"empty": {}, "uneven": {Texts: []string{"a"}, Vectors: [][]float32{{1}, {1}}}} {
		if _, err := searchbench.NewDrawer(t.Context(), src, 1); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := searchbench.Measure(t.Context(), s, nil, searchbench.MeasureOptions{K: 10, Depth: 5}); err == nil {
		t.Error("depth below k: no error")
	}
}

// BenchmarkSearch measures at 100,000 chunks. Where the folder that LORADEX_BENCH_SOURCE names holds texts.jsonl
// ({"text"} a line) and vectors.f32 (384 floats each, little-endian), chunks are drawn from them, else from random ones.
//
//	taskset -c 1 go test ./search/searchbench -bench Search -benchtime 1x
func BenchmarkSearch(b *testing.B) {
	src := source(5000, 384)
	if dir := os.Getenv("LORADEX_BENCH_SOURCE"); dir != "" {
		src = read(b, dir)
	}
	s := open(b)
	if err := searchbench.Fill(b.Context(), search.In(s, indexer.Tree{}), drawer(b, src), searchbench.FillOptions{Chunks: 100_000}); err != nil {
		b.Fatal(err)
	}
	var queries []searchbench.Query
	for i := range 300 {
		text := strings.Fields(src.Texts[i*7%len(src.Texts)])
		queries = append(queries, searchbench.Query{Text: strings.Join(text[:min(8, len(text))], " "), Vector: src.Vectors[i*13%len(src.Vectors)]})
	}
	for b.Loop() {
		report, err := searchbench.Measure(b.Context(), s, queries, searchbench.MeasureOptions{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(report.Dense.P50.Microseconds()), "dense-p50-µs")
		b.ReportMetric(float64(report.Lexical.P50.Microseconds()), "lexical-p50-µs")
		b.ReportMetric(float64(report.Lexical.P95.Microseconds()), "lexical-p95-µs")
		b.ReportMetric(report.Recall, "recall@10")
	}
}

func read(b *testing.B, dir string) searchbench.Source {
	b.Helper()
	var src searchbench.Source
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
