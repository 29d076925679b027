package cosine_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"sort"
	"sync/atomic"
	"testing"

	"loradex/evaluation/cosine"
	"loradex/internal/fault"
)

// vectors makes n random vectors; every third repeats an earlier one, so that there are ties.
func vectors(rng *rand.Rand, n, dim int) [][]float32 {
	out := make([][]float32, n)
	for i := range out {
		if i%3 == 2 {
			out[i] = out[rng.IntN(i)]
			continue
		}
		out[i] = make([]float32, dim)
		for d := range out[i] {
			out[i][d] = float32(rng.NormFloat64())
		}
	}
	return out
}

// naive ranks in float64, one pair at a time.
func naive(query []float32, docs [][]float32) []float64 {
	scores := make([]float64, len(docs))
	for i, doc := range docs {
		var dot, a, b float64
		for d := range doc {
			dot += float64(query[d]) * float64(doc[d])
			a += float64(query[d]) * float64(query[d])
			b += float64(doc[d]) * float64(doc[d])
		}
		if a > 0 && b > 0 {
			scores[i] = dot / math.Sqrt(a*b)
		}
	}
	return scores
}

// TestRankAgainstNaive compares with the definition over sizes that leave tiles, pairs and blocks unfilled.
func TestRankAgainstNaive(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct{ queries, docs, dim, depth int }{
		{1, 1, 1, 1}, {1, 5, 3, 2}, {2, 4, 8, 4}, {3, 7, 16, 100}, {65, 130, 24, 10}, {130, 33, 5, 0}, {7, 2500, 12, 1000},
	} {
		docs, queries := vectors(rng, c.docs, c.dim), vectors(rng, c.queries, c.dim)
		matrix, err := cosine.NewMatrix(docs)
		if err != nil {
			t.Fatal(err)
		}
		targets := make([][]int32, c.queries)
		for i := range targets {
			for range i % 3 {
				targets[i] = append(targets[i], int32(rng.IntN(c.docs)))
			}
		}
		results, err := cosine.Rank(t.Context(), queries, matrix, cosine.Options{Depth: c.depth, Targets: targets})
		if err != nil {
			t.Fatal(err)
		}
		for q, r := range results {
			check(t, r, naive(queries[q], docs), docs, targets[q], c.depth)
		}
	}
}

// check verifies a result against exact scores: equal up to rounding, in order, nothing better left out, ties by index.
func check(t *testing.T, r cosine.Result, exact []float64, docs [][]float32, targets []int32, depth int) {
	t.Helper()
	if depth == 0 {
		depth = 1000
	}
	if len(r.Hits) != min(depth, len(docs)) {
		t.Fatalf("%d hits of %d documents at depth %d", len(r.Hits), len(docs), depth)
	}
	ranked := make(map[int32]bool)
	for i, hit := range r.Hits {
		if ranked[hit.Doc] {
			t.Fatalf("document %d stands there twice", hit.Doc)
		}
		ranked[hit.Doc] = true
		if math.Abs(float64(hit.Score)-exact[hit.Doc]) > 1e-5 {
			t.Errorf("document %d scores %g, want %g", hit.Doc, hit.Score, exact[hit.Doc])
		}
		if i == 0 {
			continue
		}
		before := r.Hits[i-1]
		if before.Score < hit.Score || before.Score == hit.Score && before.Doc < hit.Doc {
			t.Errorf("%+v stands before %+v", before, hit)
		}
	}
	// Copies share their slice, so equal vectors are easy to tell: they must tie exactly and follow each other.
	for i := 1; i < len(r.Hits); i++ {
		a, b := r.Hits[i-1], r.Hits[i]
		if &docs[a.Doc][0] == &docs[b.Doc][0] && a.Score != b.Score {
			t.Errorf("copies %d and %d score %g and %g", a.Doc, b.Doc, a.Score, b.Score)
		}
	}
	worst := float64(r.Hits[len(r.Hits)-1].Score)
	for doc, score := range exact {
		if !ranked[int32(doc)] && score > worst+1e-5 {
			t.Errorf("document %d with %g was left out, %g was not", doc, score, worst)
		}
	}
	first := 0
	for rank, hit := range r.Hits {
		for _, target := range targets {
			if hit.Doc == target && first == 0 {
				first = rank + 1
			}
		}
	}
	if first != 0 && r.First != first || first == 0 && len(targets) > 0 && r.First <= len(r.Hits) || len(targets) == 0 && r.First != 0 {
		t.Errorf("first target at %d, ranked at %d of %d", r.First, first, len(r.Hits))
	}
}

// TestFirstBeyondDepth checks the exact rank of targets that are not kept: it must not depend on the depth.
func TestFirstBeyondDepth(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	docs, queries := vectors(rng, 300, 8), vectors(rng, 40, 8)
	matrix, err := cosine.NewMatrix(docs)
	if err != nil {
		t.Fatal(err)
	}
	targets := make([][]int32, len(queries))
	for i := range targets {
		targets[i] = []int32{int32(rng.IntN(len(docs)))}
	}
	deep, err := cosine.Rank(t.Context(), queries, matrix, cosine.Options{Depth: 300, Targets: targets})
	if err != nil {
		t.Fatal(err)
	}
	flat, err := cosine.Rank(t.Context(), queries, matrix, cosine.Options{Depth: 3, Targets: targets, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range queries {
		at := sort.Search(len(deep[i].Hits), func(k int) bool { return k+1 >= deep[i].First })
		if deep[i].Hits[at].Doc != targets[i][0] || flat[i].First != deep[i].First {
			t.Errorf("query %d: rank %d at depth 3, %d at depth 300", i, flat[i].First, deep[i].First)
		}
		if !reflect.DeepEqual(flat[i].Hits, deep[i].Hits[:3]) {
			t.Errorf("query %d: the first three differ by depth", i)
		}
	}
}

// TestZeroVectors checks that a vector of zeros, and a negative zero among the scores, tie with score 0.
// TestPools: within a pool, scores, order and ranks are those of the whole corpus without the others.
func TestPools(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	docs, queries := vectors(rng, 90, 8), vectors(rng, 70, 8)
	m, err := cosine.NewMatrix(docs)
	if err != nil {
		t.Fatal(err)
	}
	o := cosine.Options{Depth: 90, Workers: 2}
	for range queries {
		pool := []int32{}
		for _, doc := range rng.Perm(90)[:1+rng.IntN(30)] {
			pool = append(pool, int32(doc))
		}
		o.Pools, o.Targets = append(o.Pools, pool), append(o.Targets, pool[:1])
	}
	pooled, err := cosine.Rank(t.Context(), queries, m, o)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := cosine.Rank(t.Context(), queries, m, cosine.Options{Depth: 90})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range pooled {
		var want []cosine.Hit
		first := 0
		for _, hit := range whole[i].Hits {
			if slices.Contains(o.Pools[i], hit.Doc) {
				want = append(want, hit)
			}
			if hit.Doc == o.Targets[i][0] {
				first = len(want)
			}
		}
		if !reflect.DeepEqual(r.Hits, want) || r.First != first {
			t.Errorf("query %d: %v, first %d; want %v, first %d", i, r.Hits, r.First, want, first)
		}
	}
	o.Pools, o.Targets = [][]int32{{90}}, nil
	if err := rank(t.Context(), queries[:1], m, o); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a document outside: %v", err)
	}
	if err := rank(t.Context(), queries[:2], m, o); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("one pool for two queries: %v", err)
	}
}

func TestZeroVectors(t *testing.T) {
	negative := float32(math.Copysign(0, -1))
	matrix, err := cosine.NewMatrix([][]float32{{0, 0}, {0, 1}, {0, -1}, {negative, negative}, {1, 0}})
	if err != nil {
		t.Fatal(err)
	}
	results, err := cosine.Rank(t.Context(), [][]float32{{2, 0}, {-3, 0}, {0, 0}}, matrix, cosine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]int32{{4, 3, 2, 1, 0}, {3, 2, 1, 0, 4}, {4, 3, 2, 1, 0}} {
		var got []int32
		for _, hit := range results[i].Hits {
			got = append(got, hit.Doc)
			if hit.Score == 0 && math.Signbit(float64(hit.Score)) {
				t.Errorf("query %d: document %d has a negative zero", i, hit.Doc)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("query %d: order %v, want %v", i, got, want)
		}
	}
}

func TestRefuses(t *testing.T) {
	inf := float32(math.Inf(1))
	for name, v := range map[string][][]float32{"none": nil, "no dimension": {{}}, "uneven": {{1}, {1, 2}}, "infinite": {{inf}}} {
		if _, err := cosine.NewMatrix(v); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	matrix, err := cosine.NewMatrix([][]float32{{1, 0}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		query []float32
		o     cosine.Options
	}{
		"query dimensions": {query: []float32{1}},
		"query not finite": {query: []float32{inf, 0}},
		"depth":            {query: []float32{1, 0}, o: cosine.Options{Depth: -1}},
		"targets missing":  {query: []float32{1, 0}, o: cosine.Options{Targets: [][]int32{}}},
		"target outside":   {query: []float32{1, 0}, o: cosine.Options{Targets: [][]int32{{1}}}},
	} {
		if err := rank(t.Context(), [][]float32{c.query}, matrix, c.o); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := rank(t.Context(), nil, matrix, cosine.Options{}); err != nil {
		t.Errorf("no query: %v", err)
	}
}

func TestCanceled(t *testing.T) {
	matrix, err := cosine.NewMatrix([][]float32{{1}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := rank(ctx, [][]float32{{1}}, matrix, cosine.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestProgressEndsAtTheTotal(t *testing.T) {
	queries := vectors(rand.New(rand.NewPCG(1, 1)), 200, 4)
	matrix, err := cosine.NewMatrix(queries)
	if err != nil {
		t.Fatal(err)
	}
	var last atomic.Int64
	report := func(done int) {
		for old := last.Load(); int64(done) > old && !last.CompareAndSwap(old, int64(done)); old = last.Load() {
		}
	}
	if err := rank(t.Context(), queries, matrix, cosine.Options{Progress: report}); err != nil || last.Load() != 200 {
		t.Errorf("last report %d, %v", last.Load(), err)
	}
}

func rank(ctx context.Context, queries [][]float32, m *cosine.Matrix, o cosine.Options) error {
	_, err := cosine.Rank(ctx, queries, m, o)
	return err
}

// BenchmarkRank has the sizes of cosqa and of so_csharp, the largest reference set.
func BenchmarkRank(b *testing.B) {
	for name, size := range map[string][2]int{"cosqa": {500, 6267}, "so_csharp": {4579, 12838}} {
		b.Run(name, func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			queries, docs := vectors(rng, size[0], 384), vectors(rng, size[1], 384)
			targets := make([][]int32, len(queries))
			for i := range targets {
				targets[i] = []int32{int32(rng.IntN(len(docs)))}
			}
			b.ResetTimer()
			for b.Loop() {
				matrix, err := cosine.NewMatrix(docs)
				if err != nil {
					b.Fatal(err)
				}
				if err := rank(b.Context(), queries, matrix, cosine.Options{Targets: targets}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(2*384*float64(size[0])*float64(size[1])*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
