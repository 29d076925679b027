package embed

import (
	"loradex/adapters"
	"loradex/embed/bert"
	"loradex/embed/runtime"
)

// pack lays out what the mixes do at one module as the inputs of the graph: A [N,R,in], B [N,out,R] and bias [N,1,out],
// without the leading N where one mix serves the whole batch. R is the largest rank of the mixes; what a mix lacks is
// zero. The factors are folded into B, which is the smaller copy: A is rows of the adapter's file, one after another.
func pack(s *scratch, v bert.Variant, path string, mixes []*mix, mod adapters.Module) []runtime.Input {
	use := v.Sites[path]
	var inputs []runtime.Input
	lead := func(dims ...int) []int64 {
		var shape []int64
		if v.PerRow {
			shape = append(shape, int64(len(mixes)))
		}
		for _, d := range dims {
			shape = append(shape, int64(d))
		}
		return shape
	}
	if use.LowRank {
		rank := 1 // a tensor of rank 0 would be empty; zeros of rank 1 add nothing
		for _, m := range mixes {
			rank = max(rank, m.at(path).rank)
		}
		a, b := s.takeFloats(len(mixes)*rank*mod.In), s.takeFloats(len(mixes)*mod.Out*rank)
		for i, m := range mixes {
			packLowRank(a[i*rank*mod.In:][:rank*mod.In], b[i*mod.Out*rank:][:mod.Out*rank], m.at(path), rank, mod)
		}
		inputs = append(inputs, runtime.Input{Shape: lead(rank, mod.In), Floats: a},
			runtime.Input{Shape: lead(mod.Out, rank), Floats: b})
	}
	if use.Bias {
		bias := s.takeFloats(len(mixes) * mod.Out)
		for i, m := range mixes {
			row := bias[i*mod.Out:][:mod.Out]
			if n := copy(row, m.at(path).bias); n == 0 {
				clear(row)
			}
		}
		shape := []int64{int64(mod.Out)}
		if v.PerRow {
			shape = []int64{int64(len(mixes)), 1, int64(mod.Out)}
		}
		inputs = append(inputs, runtime.Input{Shape: shape, Floats: bias})
	}
	return inputs
}

// packLowRank writes one mix's A [rank,in] and B [out,rank].
func packLowRank(a, b []float32, u siteUpdate, rank int, mod adapters.Module) {
	at := 0
	for _, p := range u.parts {
		copy(a[at*mod.In:], p.update.A)
		r := p.update.Rank
		for o := range mod.Out {
			dst, src := b[o*rank+at:][:r], p.update.B[o*r:][:r]
			for j, x := range src {
				dst[j] = p.factor * x
			}
		}
		at += r
	}
	if at == rank {
		return
	}
	clear(a[at*mod.In:])
	for o := range mod.Out {
		clear(b[o*rank+at : (o+1)*rank])
	}
}

// at is what the mix does at a module; the base does nothing.
func (m *mix) at(path string) siteUpdate {
	if m == nil {
		return siteUpdate{}
	}
	return m.sites[path]
}
