package evaluation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/adapters/adapterstest"
	"loradex/embed"
	"loradex/evaluation"
	"loradex/evaluation/cosine"
	"loradex/evaluation/page"
	"loradex/evaluation/runfile"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden pins the whole outcome on the tiny data set: the JSON of `eval run`, the table, the run file and the values
// of each query. A change in ranking shows up as a difference to review.
func TestGolden(t *testing.T) {
	report, result := runTiny(t, evaluation.Options{Model: "words", MaxTokens: 256})
	report.Seconds = evaluation.Seconds{Encode: 1.25, Rank: 0.5, Total: 1.75} // the only part that depends on the machine
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(report); err != nil {
		t.Fatal(err)
	}
	golden(t, "tiny.report.json", b.Bytes())
	b.Reset()
	if err := page.WriteReport(&b, report); err != nil {
		t.Fatal(err)
	}
	golden(t, "tiny.table.txt", b.Bytes())
	b.Reset()
	if err := result.WriteRun(&b, "words"); err != nil {
		t.Fatal(err)
	}
	golden(t, "tiny.run.trec", b.Bytes())
	b.Reset()
	if err := runfile.WritePerQuery(&b, result.PerQuery()); err != nil {
		t.Fatal(err)
	}
	golden(t, "tiny.queries.jsonl", b.Bytes())
}

// TestRunOfSearch: a run file says the order in which a search answered, whatever its scores and ties.
func TestRunOfSearch(t *testing.T) {
	ds := fruit([]string{"", "", "", ""}, []string{"", "", "", ""})
	hits := []cosine.Hit{{Doc: 0, Score: 2}, {Doc: 3, Score: 2}, {Doc: 1, Score: 2}, {Doc: 2, Score: 2.5}}
	_, result, err := evaluation.RunRankings(t.Context(), []cosine.Result{{Hits: hits}, {}, {}, {}}, ds, evaluation.Options{Metrics: []string{"mrr"}})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := result.WriteRun(&b, "s"); err != nil {
		t.Fatal(err)
	}
	run, err := runfile.Read(&b, "run")
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range run.Rankings["q0"] {
		if want := ds.Docs[hits[i].Doc].ID; h.Doc != want || math.Abs(float64(h.Score-2)) > 1e-5 {
			t.Errorf("place %d: %s with %g, want %s", i+1, h.Doc, h.Score, want)
		}
	}
}

// TestReportContract checks the key names that scripts rely on.
func TestReportContract(t *testing.T) {
	report, _ := runTiny(t, evaluation.Options{Model: "words"})
	data, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	wantKeys(t, "report", got, "dataset", "split", "model", "adapter", "doc_adapter", "max_tokens", "queries", "corpus", "metrics", "ci95", "seconds",
		"template", "truncation", "depth", "pool", "tie_break", "digests",
		"unanswerable", "missing", "exclude_self", "self_queries")
	for part, keys := range map[string][]string{
		"metrics": {"mrr@10", "mrr", "ndcg@10", "recall@1", "recall@10", "recall@100", "map"},
		"ci95":    {"mrr@10", "mrr", "ndcg@10", "recall@1", "recall@10", "recall@100", "map"},
		"seconds": {"encode", "rank", "total"},
		"digests": {"model", "adapter", "doc_adapter", "data", "code"},
	} {
		var inner map[string]json.RawMessage
		if err := json.Unmarshal(got[part], &inner); err != nil {
			t.Fatal(err)
		}
		wantKeys(t, part, inner, keys...)
	}
	var back evaluation.Report
	if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(&back, report) {
		t.Errorf("read back %+v, %v", back, err)
	}
}

func wantKeys(t *testing.T, what string, got map[string]json.RawMessage, keys ...string) {
	t.Helper()
	for _, key := range keys {
		if _, ok := got[key]; !ok {
			t.Errorf("%s has no %q", what, key)
		}
	}
	if len(got) != len(keys) {
		t.Errorf("%s has %d keys, want %d", what, len(got), len(keys))
	}
}

// TestMixes checks which side gets which adapter, and that the report says so.
func TestMixes(t *testing.T) {
	enc := &wordHasher{}
	ds := tiny(t, "test")
	report, _, err := evaluation.Run(t.Context(), enc, ds, evaluation.Options{Adapter: mix("go"), DocAdapter: mix("docs")})
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]int{"query go": 8, "document docs": 12}; !reflect.DeepEqual(enc.mixes, want) {
		t.Errorf("rows %v, want %v", enc.mixes, want)
	}
	if report.Adapter != "go" || report.DocAdapter != "docs" {
		t.Errorf("the report says %q and %q", report.Adapter, report.DocAdapter)
	}
}

func mix(id string) adapters.Mix {
	return adapterstest.Mix(id)
}

// TestDuplicatesAreEncodedOnce checks that equal texts share a vector and tie exactly, larger id first.
func TestDuplicatesAreEncodedOnce(t *testing.T) {
	ds := &dataset.Dataset{
		Docs:       []dataset.Text{{ID: "a", Text: "same words"}, {ID: "b", Text: "other"}, {ID: "c", Text: "same words"}},
		Queries:    []dataset.Text{{ID: "q", Text: "same words"}},
		Judgements: [][]dataset.Judgement{{{Doc: 0, Grade: 1}}},
	}
	enc := &wordHasher{}
	report, result, err := evaluation.Run(t.Context(), enc, ds, evaluation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	hits := result.Rankings[0].Hits
	if enc.rows != 3 || hits[0].Doc != 2 || hits[1].Doc != 0 || hits[0].Score != hits[1].Score || report.Metrics["mrr"] != 0.5 {
		t.Errorf("%d rows encoded, hits %v, mrr %g", enc.rows, hits, report.Metrics["mrr"])
	}
}

// TestBatchesDoNotMatter checks that the size of the calls changes nothing but their number, and that progress is told.
func TestBatchesDoNotMatter(t *testing.T) {
	want, _ := runTiny(t, evaluation.Options{})
	enc := &wordHasher{}
	var seen []evaluation.Progress
	got, _, err := evaluation.Run(t.Context(), enc, tiny(t, "test"), evaluation.Options{
		Batch: 5, Progress: func(p evaluation.Progress) { seen = append(seen, p) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if enc.calls != 3+2 || !reflect.DeepEqual(got.Metrics, want.Metrics) || !reflect.DeepEqual(got.CI95, want.CI95) {
		t.Errorf("%d calls, metrics %v, want %v", enc.calls, got.Metrics, want.Metrics)
	}
	wantSeen := []evaluation.Progress{
		{Stage: "documents", Done: 0, Total: 12},
		{Stage: "documents", Done: 5, Total: 12},
		{Stage: "documents", Done: 10, Total: 12},
		{Stage: "documents", Done: 12, Total: 12},
		{Stage: "queries", Done: 0, Total: 8},
		{Stage: "queries", Done: 5, Total: 8},
		{Stage: "queries", Done: 8, Total: 8},
		{Stage: "rank", Done: 8, Total: 8},
	}
	if !slices.Equal(seen, wantSeen) {
		t.Errorf("progress %v", seen)
	}
}

// TestRunVectorsEqualsRun checks that vectors made elsewhere give the same figures.
func TestRunVectorsEqualsRun(t *testing.T) {
	want, _ := runTiny(t, evaluation.Options{})
	ds := tiny(t, "test")
	vectors := func(texts []dataset.Text, role embed.Role) [][]float32 {
		rows := make([]embed.Row, len(texts))
		for i, text := range texts {
			rows[i] = embed.Row{Text: text.Text, Role: role}
		}
		out, err := (&wordHasher{}).Encode(t.Context(), rows)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	queries, docs := vectors(ds.Queries, embed.Query), vectors(ds.Docs, embed.Document)
	got, _, err := evaluation.RunVectors(t.Context(), queries, docs, ds, evaluation.Options{})
	if err != nil || !reflect.DeepEqual(got.Metrics, want.Metrics) {
		t.Errorf("metrics %v, %v; want %v", got, err, want.Metrics)
	}
	if _, _, err := evaluation.RunVectors(t.Context(), queries[1:], docs, ds, evaluation.Options{}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a vector is missing: %v", err)
	}
}

// TestRunFromFileEqualsRun saves an evaluation and evaluates its run file: all figures must be the same.
func TestRunFromFileEqualsRun(t *testing.T) {
	want, result := runTiny(t, evaluation.Options{Model: "words"})
	dir := filepath.Join(t.TempDir(), "new", "folder")
	for range 2 { // the second time replaces the files
		if err := evaluation.Save(dir, want, result); err != nil {
			t.Fatal(err)
		}
	}
	got, again, err := evaluation.RunFromFile(t.Context(), filepath.Join(dir, evaluation.RunFile), tiny(t, "test"), evaluation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Metrics, want.Metrics) || !reflect.DeepEqual(got.CI95, want.CI95) || got.Model != "words+none" {
		t.Errorf("from the run file %+v, want %+v", got, want)
	}
	if !reflect.DeepEqual(again.Rankings, result.Rankings) {
		t.Error("the rankings differ")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("files left: %v, %v", entries, err)
	}
}

func TestRunFromFile(t *testing.T) {
	for _, c := range []struct {
		name, run string
		code      fault.Code // "" where it works
		message   string
		mrr       float64
		unranked  int
	}{
		{"some queries", "q4 Q0 lru.java 1 2 t\nq4 Q0 reverse.js 2 1 t\nq5 Q0 is_prime.c 1 1 t\nnot-in-split Q0 whatever 1 1 t\n", "", "", 1.5 / 8, 6},
		{"unknown documents", "q4 Q0 nope 1 2 t\nq4 Q0 reverse.js 2 1 t\n", fault.Invalid, "ranks 1 document that tiny does not hold: nope", 0, 0},
		{"another split", "q9 Q0 group_by.ts 1 2 t\n", fault.Invalid, "ranks none of the 8 queries", 0, 0},
		{"malformed", "q4 Q0", fault.Invalid, "run.trec:1: 2 columns", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "run.trec")
			if err := os.WriteFile(path, []byte(c.run), 0o600); err != nil {
				t.Fatal(err)
			}
			report, result, err := evaluation.RunFromFile(t.Context(), path, tiny(t, "test"), evaluation.Options{})
			if c.code != "" {
				if fault.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.message) {
					t.Errorf("got %v, want %q", err, c.message)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(report.Metrics["mrr"]-c.mrr) > 1e-12 || result.Unranked != c.unranked {
				t.Errorf("mrr %g, %d unranked; want %g, %d", report.Metrics["mrr"], result.Unranked, c.mrr, c.unranked)
			}
		})
	}
}

// TestFullMRRSeesBeyondDepth checks that the depth cuts every metric but full MRR.
func TestFullMRRSeesBeyondDepth(t *testing.T) {
	names := []string{"mrr", "map", "recall@1"}
	deep, _ := runTiny(t, evaluation.Options{Metrics: names})
	flat, result := runTiny(t, evaluation.Options{Metrics: names, Depth: 1})
	if flat.Metrics["mrr"] != deep.Metrics["mrr"] || flat.Metrics["recall@1"] != deep.Metrics["recall@1"] {
		t.Errorf("at depth 1 %v, at depth 1000 %v", flat.Metrics, deep.Metrics)
	}
	if flat.Metrics["map"] >= deep.Metrics["map"] || len(result.Rankings[0].Hits) != 1 {
		t.Errorf("map %g at depth 1, %g at depth 1000", flat.Metrics["map"], deep.Metrics["map"])
	}
}

func TestValues(t *testing.T) {
	report, result := runTiny(t, evaluation.Options{Metrics: []string{"mrr@1", "hit@3"}})
	values := result.Values("hit@3")
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	if len(values) != 8 || report.Metrics["hit@3"] != sum/8 || result.Values("mrr@10") != nil {
		t.Errorf("values %v, report %v", values, report.Metrics)
	}
}

func TestFailures(t *testing.T) {
	defer fault.ExpectBugs()()
	boom := errors.New("boom")
	ds := tiny(t, "test")
	fails := func(call int, err error) *wordHasher {
		return &wordHasher{before: func(n int) error {
			if n == call {
				return err
			}
			return nil
		}}
	}
	if _, _, err := evaluation.Run(t.Context(), fails(2, boom), ds, evaluation.Options{Batch: 100}); !errors.Is(err, boom) || !strings.Contains(err.Error(), "queries") {
		t.Errorf("a failing encoder: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stops := &wordHasher{before: func(int) error { cancel(); return nil }}
	if _, _, err := evaluation.Run(ctx, stops, ds, evaluation.Options{Batch: 4}); !errors.Is(err, context.Canceled) || stops.calls != 1 {
		t.Errorf("a canceled run: %v after %d calls", err, stops.calls)
	}
	if _, _, err := evaluation.Run(t.Context(), shortEncoder{}, ds, evaluation.Options{}); fault.CodeOf(err) != fault.Internal {
		t.Errorf("an encoder that drops rows: %v", err)
	}
	for name, o := range map[string]evaluation.Options{
		"depth":  {Depth: -1},
		"batch":  {Batch: -1},
		"metric": {Metrics: []string{"accuracy"}},
		"cutoff": {Depth: 50},
		"cache":  {Cache: mapCache{}},
	} {
		if _, _, err := evaluation.Run(t.Context(), &wordHasher{}, ds, o); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type shortEncoder struct{}

func (shortEncoder) Encode(context.Context, []embed.Row) ([][]float32, error) { return nil, nil }

// TestCache checks that a second run encodes nothing and says the same, and that sides do not share vectors.
func TestCache(t *testing.T) {
	cache := mapCache{}
	o := evaluation.Options{Cache: cache, QuerySpace: "q", DocSpace: "d"}
	first, _ := runTiny(t, o)
	enc := &wordHasher{}
	second, _, err := evaluation.Run(t.Context(), enc, tiny(t, "test"), o)
	if err != nil {
		t.Fatal(err)
	}
	if enc.calls != 0 || len(cache) != 20 || !reflect.DeepEqual(first.Metrics, second.Metrics) {
		t.Errorf("%d calls, %d vectors kept, %v and %v", enc.calls, len(cache), first.Metrics, second.Metrics)
	}
}

type mapCache map[evaluation.VectorKey][]float32

func (c mapCache) Get(_ context.Context, key evaluation.VectorKey) ([]float32, bool, error) {
	v, ok := c[key]
	return v, ok, nil
}

func (c mapCache) Put(_ context.Context, key evaluation.VectorKey, vector []float32) error {
	c[key] = vector
	return nil
}

func TestSaveFails(t *testing.T) {
	report, result := runTiny(t, evaluation.Options{})
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := evaluation.Save(filepath.Join(file, "run"), report, result); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a file in the way: %v", err)
	}
}
