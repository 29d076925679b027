package embed

import (
	goruntime "runtime"
	"slices"
	"sync"
	"sync/atomic"

	"loradex/adapters"
	"loradex/embed/runtime"
)

// packed is one module's part of a batch: the slices that are to be filled, and from what.
type packed struct {
	mod    adapters.Module
	rank   int       // R, the largest rank of the mixes, at least 1; 0 for a bias alone
	scaled bool      // whether the graph scales W x
	a, b   []float32 // A [N,R,in] and B [N,out,R+1]
	bias   []float32 // [N,out], for a bias alone
	scale  []float32 // [N,out], where the graph scales W x
	mixes  []*mix
}

// pack lays out what the mixes do at the modules of a graph as its inputs: A [N,R,in], B [N,out,R+1] and, where the graph
// has it, scale [N,1,out]; or bias [N,1,out] alone; without the leading N where one mix serves the whole batch. R is the largest rank of the mixes; what a mix
// lacks is zero. The factors are folded into B, those of its rows too: A is rows of the adapter's file, one after another.
//
// The copies are as large as the adapters of the batch together, some 85 MB for 32 that change every linear layer, so
// that they take 5 % of a run's time: they are made on all cores, which helps where one core does not use the memory's
// bandwidth up (two vCPUs of one core gain nothing).
func pack(s *scratch, g *loaded, mixes []*mix, shapes map[string]adapters.Module) []runtime.Tensor {
	parts := make([]packed, len(g.modules))
	n, total := len(mixes), 0
	for i, path := range g.modules {
		p := packed{mod: shapes[path], mixes: mixes}
		use := g.variant.Sites[path]
		if use.LowRank {
			p.rank = 1 // a tensor of rank 0 would be empty; zeros of rank 1 add nothing
			for _, m := range mixes {
				p.rank = max(p.rank, m.at(path).rank)
			}
		}
		total += n * (p.rank*p.mod.In + p.mod.Out*(p.rank+1))
		if p.scaled = use.LowRank && use.Scale; p.scaled {
			total += n * p.mod.Out
		}
		parts[i] = p
	}
	s.reserveFloats(total)
	var inputs []runtime.Tensor
	for i := range parts {
		inputs = append(inputs, parts[i].take(s, g.variant.PerRow)...)
	}
	fillAll(parts, n)
	return inputs
}

// take gets the part's memory and makes the inputs that view it.
func (p *packed) take(s *scratch, perRow bool) []runtime.Tensor {
	n, in, out := len(p.mixes), int64(p.mod.In), int64(p.mod.Out)
	var rows, row []int64 // the leading dimensions
	if perRow {
		rows, row = []int64{int64(n)}, []int64{int64(n), 1}
	}
	if p.rank == 0 {
		p.bias = s.takeFloats(n * p.mod.Out)
		return []runtime.Tensor{{Shape: append(row, out), Floats: p.bias}}
	}
	p.a, p.b = s.takeFloats(n*p.rank*p.mod.In), s.takeFloats(n*p.mod.Out*(p.rank+1))
	r := int64(p.rank)
	inputs := []runtime.Tensor{
		{Shape: append(slices.Clip(rows), r, in), Floats: p.a},
		{Shape: append(slices.Clip(rows), out, r+1), Floats: p.b},
	}
	if p.scaled {
		p.scale = s.takeFloats(n * p.mod.Out)
		inputs = append(inputs, runtime.Tensor{Shape: append(slices.Clip(row), out), Floats: p.scale})
	}
	return inputs
}

// fillAll fills every part for every mix. Small batches are not worth the hand-over to another core.
func fillAll(parts []packed, n int) {
	jobs := len(parts) * n
	workers := min(goruntime.GOMAXPROCS(0), jobs/32+1)
	var next atomic.Int64
	work := func() {
		for {
			j := int(next.Add(1)) - 1
			if j >= jobs {
				return
			}
			parts[j/n].fill(j % n)
		}
	}
	var wg sync.WaitGroup
	for range workers - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
}

// fill writes mix i's share.
func (p *packed) fill(i int) {
	u := p.mixes[i].at(p.mod.Path)
	if p.rank == 0 {
		row := p.bias[i*p.mod.Out:][:p.mod.Out]
		if n := copy(row, u.bias); n == 0 {
			clear(row)
		}
		return
	}
	if p.scaled {
		scale := p.scale[i*p.mod.Out:][:p.mod.Out]
		if n := copy(scale, u.scale); n == 0 {
			for o := range scale {
				scale[o] = 1
			}
		}
	}
	width := p.rank + 1
	a, b := p.a[i*p.rank*p.mod.In:][:p.rank*p.mod.In], p.b[i*p.mod.Out*width:][:p.mod.Out*width]
	at := 0
	for _, part := range u.parts {
		r := part.update.Rank
		copy(a[at*p.mod.In:], part.update.A)
		f := part.factor
		for o := range p.mod.Out {
			if part.rows != nil {
				f = part.factor * part.rows[o]
			}
			scaleInto(b[o*width+at:][:r], part.update.B[o*r:][:r], f)
		}
		at += r
	}
	clear(a[at*p.mod.In:])
	for o := range p.mod.Out {
		row := b[o*width:][:width]
		clear(row[at:p.rank])
		row[p.rank] = p.mod.Bias[o]
		if u.bias != nil {
			row[p.rank] += u.bias[o]
		}
	}
}

// scaleInto is dst = f·src. Four at a time: the compiler does not unroll.
func scaleInto(dst, src []float32, f float32) {
	dst = dst[:len(src)]
	for len(src) >= 4 {
		d, s := dst[:4:4], src[:4:4]
		d[0], d[1], d[2], d[3] = f*s[0], f*s[1], f*s[2], f*s[3]
		dst, src = dst[4:], src[4:]
	}
	for j, x := range src {
		dst[j] = f * x
	}
}

// at is what the mix does at a module; the base does nothing.
func (m *mix) at(path string) siteUpdate {
	if m == nil {
		return siteUpdate{}
	}
	return m.sites[path]
}
