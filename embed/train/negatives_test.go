package train

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"loradex/internal/dataset"
	"loradex/internal/fault"
)

func unitVectors(rng *rand.Rand, n int) [][]float32 {
	out := make([][]float32, n)
	for i := range out {
		out[i] = make([]float32, 11) // no multiple of four
		var sum float64
		for j := range out[i] {
			out[i][j] = float32(rng.NormFloat64())
			sum += float64(out[i][j]) * float64(out[i][j])
		}
		for j := range out[i] {
			out[i][j] /= float32(math.Sqrt(sum))
		}
	}
	return out
}

// The negatives are those of sorting all documents and leaving out what the margin does.
func TestNegativesByVectors(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // repeatable on purpose
	set := planSet(60)
	for i := range 20 {
		set.Queries = append(set.Queries, dataset.Text{})
		set.Judgements = append(set.Judgements, judged(i, (i+7)%60))
		set.Negatives = append(set.Negatives, places(i))
	}
	v := ByVectors{Queries: unitVectors(rng, 20), Documents: unitVectors(rng, 60)}
	for _, tt := range []struct {
		count  int
		margin float64
	}{{1, 0}, {5, 0}, {5, 0.1}, {100, 0.05}, {5, 2}} {
		v.Count, v.Margin = tt.count, tt.margin
		if err := v.Fill(t.Context(), set); err != nil {
			t.Fatal(err)
		}
		for i, e := range examplesOf(set) {
			score := func(d int) float32 { return dot(v.Queries[i], v.Documents[d]) }
			limit := max(score(e.positives[0]), score(e.positives[1])) - float32(tt.margin)
			var want []int
			for d := range set.Docs {
				if score(d) <= limit && !slices.Contains(e.positives, d) {
					want = append(want, d)
				}
			}
			slices.SortFunc(want, func(a, b int) int { return cmp.Compare(score(b), score(a)) })
			want = want[:min(len(want), tt.count)]
			if !slices.Equal(e.negatives, want) {
				t.Fatalf("%+v, example %d: %v, want %v", tt, i, e.negatives, want)
			}
		}
	}
	for name, bad := range map[string]ByVectors{
		"too few vectors": {Queries: v.Queries[1:], Documents: v.Documents, Count: 3},
		"no documents":    {Queries: v.Queries, Count: 3},
		"none wanted":     {Queries: v.Queries, Documents: v.Documents},
	} {
		if err := bad.Fill(t.Context(), set); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := v.Fill(ctx, set); fault.CodeOf(err) != fault.Canceled {
		t.Errorf("with a context that has ended: %v", err)
	}
}
