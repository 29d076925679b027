package embed

import (
	"testing"

	"loradex/adapters"
	"loradex/embed/bert"
)

// BenchmarkPack lays out 32 adapters of rank 16 over every linear layer of a small encoder.
func BenchmarkPack(b *testing.B) {
	const rows, rank, layers = 32, 16, 6
	shapes := map[string]adapters.Module{}
	g := &loaded{variant: bert.Variant{PerRow: true, Sites: map[string]bert.Use{}}}
	for l := range layers {
		for i, d := range [][2]int{{384, 384}, {384, 384}, {384, 384}, {384, 384}, {384, 1536}, {1536, 384}} {
			path := string(rune('a'+l)) + string(rune('a'+i))
			shapes[path] = adapters.Module{Path: path, In: d[0], Out: d[1], Bias: make([]float32, d[1])}
			g.modules = append(g.modules, path)
			g.variant.Sites[path] = bert.Use{LowRank: true}
		}
	}
	mixes := make([]*mix, rows)
	for i := range mixes {
		mixes[i] = &mix{sites: map[string]siteUpdate{}}
		for path, s := range shapes {
			u := adapters.Update{Rank: rank, In: s.In, Out: s.Out, A: make([]float32, rank*s.In), B: make([]float32, rank*s.Out), Scale: 1}
			for j := range u.A {
				u.A[j] = 1
			}
			for j := range u.B {
				u.B[j] = 1
			}
			mixes[i].sites[path] = siteUpdate{parts: []part{{u, 2, nil}}, rank: rank}
		}
	}
	var s scratch
	for b.Loop() {
		s.reset()
		pack(&s, g, mixes, shapes)
	}
}
