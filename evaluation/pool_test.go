package evaluation_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"loradex/evaluation"
	"loradex/evaluation/cosine"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// many is a data set of n documents and two queries: the first has one relevant document, the second three and one that is
// judged and not relevant.
func many(n int) *dataset.Dataset {
	ds := &dataset.Dataset{Name: "many", Split: "test", Queries: []dataset.Text{{ID: "a"}, {ID: "b"}}}
	for i := range n {
		ds.Docs = append(ds.Docs, dataset.Text{ID: fmt.Sprintf("%04d", i)})
	}
	ds.Judgements = [][]dataset.Judgement{{{Doc: 5, Grade: 1}}, {{Doc: 0, Grade: 1}, {Doc: 1}, {Doc: 3, Grade: 1}, {Doc: int32(n - 1), Grade: 2}}}
	return ds
}

func TestPools(t *testing.T) {
	ds := many(50)
	pools, err := evaluation.Pools(ds, 10, 7)
	if err != nil {
		t.Fatal(err)
	}
	for i, must := range [][]int32{{5}, {0, 3, 49}} {
		p := pools[i]
		if len(p) != 10 || !slices.IsSorted(p) || len(slices.Compact(slices.Clone(p))) != 10 || p[0] < 0 || p[9] > 49 {
			t.Errorf("pool %d is %v", i, p)
		}
		for _, doc := range must {
			if !slices.Contains(p, doc) {
				t.Errorf("pool %d lacks the relevant document %d: %v", i, doc, p)
			}
		}
	}
	again, err := evaluation.Pools(ds, 10, 7)
	if err != nil || !reflect.DeepEqual(again, pools) {
		t.Errorf("the same seed gives %v, %v", again, err)
	}
	other, err := evaluation.Pools(ds, 10, 8)
	if err != nil || reflect.DeepEqual(other, pools) {
		t.Errorf("another seed gives the same, %v", err)
	}
	alone := many(50)
	alone.Queries, alone.Judgements = alone.Queries[1:], alone.Judgements[1:]
	if one, err := evaluation.Pools(alone, 10, 7); err != nil || !slices.Equal(one[0], pools[1]) {
		t.Errorf("without the first query the second has %v, %v", one, err)
	}
	larger, err := evaluation.Pools(ds, 30, 7)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range pools {
		for _, doc := range p {
			if !slices.Contains(larger[i], doc) {
				t.Errorf("pool %d of 30 lacks %d, which is in that of 10", i, doc)
			}
		}
	}
	if whole, err := evaluation.Pools(ds, 50, 7); err != nil || len(slices.Compact(whole[1])) != 50 {
		t.Errorf("all documents: %v, %v", whole, err)
	}
	for _, size := range []int{2, 51, 0} {
		if _, err := evaluation.Pools(ds, size, 7); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("pools of %d: %v", size, err)
		}
	}
}

// TestPoolsAreUniform counts how often each document is drawn, over many seeds.
func TestPoolsAreUniform(t *testing.T) {
	ds, counts := many(20), make([]int, 20)
	const draws = 4000
	for seed := range uint64(draws) {
		pools, err := evaluation.Pools(ds, 6, seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range pools[0] {
			counts[doc]++
		}
	}
	for doc, n := range counts {
		want := draws * 5 / 19.0
		if doc == 5 {
			want = draws
		}
		if float64(n) < want*0.9 || float64(n) > want*1.1 {
			t.Errorf("document %d is in %d pools, want about %.0f", doc, n, want)
		}
	}
}

// TestRunVectorsInPools: the best document of all is not in the pool, so the relevant one comes first, and only the pool is
// ranked. Full MRR counts in the pool, too.
func TestRunVectorsInPools(t *testing.T) {
	ds := many(50)
	docs := make([][]float32, 50)
	for i := range docs {
		docs[i] = []float32{1, float32(i)}
	}
	pools, err := evaluation.Pools(ds, 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	outside := 0
	for slices.Contains(pools[0], int32(outside)) {
		outside++
	}
	docs[outside] = []float32{1, 5.1} // beats all others but the relevant one, 5
	query := [][]float32{{1, 5.1}, {1, 0}}
	run := func(pool int) (*evaluation.Report, *evaluation.Result) {
		t.Helper()
		r, result, err := evaluation.RunVectors(t.Context(), query, docs, ds, evaluation.Options{Pool: pool, PoolSeed: 3, Metrics: []string{"mrr", "recall@1"}})
		if err != nil {
			t.Fatal(err)
		}
		return r, result
	}
	r, result := run(4)
	if r.Pool != 4 || r.PoolSeed != 3 || r.Corpus != 50 || result.Values("mrr")[0] != 1 {
		t.Errorf("pool %d, seed %d, corpus %d, mrr %v", r.Pool, r.PoolSeed, r.Corpus, result.Values("mrr"))
	}
	for i, ranking := range result.Rankings {
		if len(ranking.Hits) != 4 || slices.ContainsFunc(ranking.Hits, func(h cosine.Hit) bool { return !slices.Contains(pools[i], h.Doc) }) {
			t.Errorf("query %d ranks %v, its pool is %v", i, ranking.Hits, pools[i])
		}
	}
	if r, result = run(0); r.Pool != 50 || result.Values("mrr")[0] != 0.5 {
		t.Errorf("without pools: pool %d, mrr %v", r.Pool, result.Values("mrr"))
	}
	if _, _, err := evaluation.RunRankings(t.Context(), make([]cosine.Result, 2), ds, evaluation.Options{Pool: 4}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("finished rankings with a pool: %v", err)
	}
}
