package embed

import (
	"testing"

	"loradex/adapters/delta"
)

// BenchmarkPack lays out 32 adapters of rank 16 over every linear layer of a small encoder.
func BenchmarkPack(b *testing.B) {
	const rows, rank, layers = 32, 16, 6
	var sites []delta.Site
	g := &loaded{variant: variant{perRow: true, sites: map[string]portSet{}}}
	set := portsNamed(".A", ".B")
	for l := range layers {
		for i, d := range [][2]int{{384, 384}, {384, 384}, {384, 384}, {384, 384}, {384, 1536}, {1536, 384}} {
			s := delta.Site{Path: string(rune('a'+l)) + string(rune('a'+i)), In: d[0], Out: d[1], Bias: make([]float32, d[1])}
			sites = append(sites, s)
			g.variant.sites[s.Path] = set
			set.each(func(_ int, p *port) { g.slots = append(g.slots, slot{s, p}) })
		}
	}
	mixes := make([]*mix, rows)
	for i := range mixes {
		mixes[i] = &mix{sites: map[string]*siteUpdate{}}
		for _, s := range sites {
			branch := delta.Branch{Rank: rank, A: make([]float32, rank*s.In), B: make([]float32, rank*s.Out), Scale: 1}
			for j := range branch.A {
				branch.A[j] = 1
			}
			for j := range branch.B {
				branch.B[j] = 1
			}
			mixes[i].sites[s.Path] = &siteUpdate{groups: []group{{rank: rank, parts: []part{{branch, 2, nil}}}}}
		}
	}
	var s scratch
	for b.Loop() {
		s.reset()
		pack(&s, g, mixes)
	}
}
