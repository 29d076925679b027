package embed

import (
	"context"

	"loradex/embed/runtime"
	"loradex/internal/parallel"
)

// packed is one input of a batch: the memory that is to be filled, and from what.
type packed struct {
	slot
	sizes           // R is the largest of the mixes; R and K are at least 1, because no tensor may be empty
	whole bool      // whether the constant part includes the layer's own bias
	first bool      // whether the constant part rides here: the first B of its site
	row   int       // numbers of one mix
	data  []float32 // rows of all mixes
	mixes []*mix
}

// pack lays out what the mixes do at the sites of a graph as its inputs: one share for each mix, or one for the whole batch.
// What a mix lacks is neutral. The factors are folded into B, those of its rows too: A is rows of the adapter's file, one
// after another.
//
// The copies are as large as the adapters of the batch together, some 85 MB for 32 that change every linear layer, so
// that they take 5 % of a run's time: they are made on all cores, which helps where one core does not use the memory's
// bandwidth up (two vCPUs of one core gain nothing).
func pack(s *scratch, g *loaded, mixes []*mix) []runtime.Tensor {
	parts := make([]packed, len(g.slots))
	n, total := len(mixes), 0
	var ranks map[string]int
	gates := 0
	hasB := false // among the site's inputs so far
	for i, slot := range g.slots {
		if i == 0 || g.slots[i-1].site.Path != slot.site.Path {
			ranks, gates = sizesAt(slot.site.Path, mixes)
			hasB = false
		}
		p := &parts[i]
		*p = packed{slot: slot, sizes: sizes{max(1, ranks[slot.port.act]), max(1, gates)}, whole: g.variant.sites[slot.site.Path].whole(), mixes: mixes}
		p.first = slot.port.columns && !hasB
		hasB = hasB || slot.port.columns
		rows, columns := slot.port.shape(slot.site, p.sizes)
		p.row = max(1, rows) * columns
		total += n * p.row
	}
	s.reserveFloats(total)
	inputs := make([]runtime.Tensor, len(parts))
	for i := range parts {
		p := &parts[i]
		rows, columns := p.port.shape(p.site, p.sizes)
		p.data = s.takeFloats(n * p.row)
		shape := leading([]int64{int64(rows), int64(columns)}, rows == 0, g.variant.perRow, int64(n), 1)
		inputs[i] = runtime.Tensor{Shape: shape, Floats: p.data}
	}
	// Small batches are not worth the hand-over to another core. Nothing fails or is stopped here.
	_ = parallel.Each(context.Background(), len(parts)*n, 64, func(j int) error {
		p := &parts[j/n]
		p.port.fill(p.data[j%n*p.row:][:p.row], p, p.mixes[j%n].at(p.site.Path))
		return nil
	})
	return inputs
}

// sizesAt are the largest rank of the mixes' branches at a site, by activation, and the most adapters that one routes among.
func sizesAt(path string, mixes []*mix) (ranks map[string]int, gates int) {
	ranks = map[string]int{}
	for _, m := range mixes {
		u := m.at(path)
		for _, g := range u.groups {
			ranks[g.act] = max(ranks[g.act], g.rank)
		}
		gates = max(gates, u.gates.count())
	}
	return ranks, gates
}

// fillA puts the rows of the branches' first factors one after another.
func fillA(dst []float32, p *packed, u *siteUpdate) {
	for _, part := range u.of(p.port.act) {
		dst = dst[copy(dst, part.A):]
	}
	clear(dst)
}

// fillABias does the same with what the activations are moved by.
func fillABias(dst []float32, p *packed, u *siteUpdate) {
	for _, part := range u.of(p.port.act) {
		n := part.Rank
		if copy(dst[:n], part.ABias) == 0 {
			clear(dst[:n])
		}
		dst = dst[n:]
	}
	clear(dst)
}

// fillB puts the columns of the branches' second factors side by side, with the factors, and the constant part behind them.
func fillB(dst []float32, p *packed, u *siteUpdate) {
	rank, out := p.rank, p.site.Out
	width := rank + 1
	at := 0
	for _, part := range u.of(p.port.act) {
		r, f, b, rows := part.Rank, part.factor, part.B, part.rows
		for o := range out {
			if rows != nil {
				f = part.factor * rows[o]
			}
			scaleInto(dst[o*width+at:][:r], b[o*r:][:r], f)
		}
		at += r
	}
	for o := 0; at < rank && o < out; o++ {
		clear(dst[o*width:][at:rank])
	}
	p.constant(u).write(dst[rank:], width, out)
}

// fillShift is the constant part where it has an input of its own.
func fillShift(dst []float32, p *packed, u *siteUpdate) {
	p.constant(u).write(dst, 1, p.site.Out)
}

// constant is what a site adds that is the same for all tokens: the layer's own bias, where the graph has it not, with its
// factor, and what the mix shifts it by. What is nil is left out.
type constant struct{ bias, factor, shift []float32 }

// constant is that of a mix, if it is to be in this input.
func (p *packed) constant(u *siteUpdate) constant {
	switch {
	case p.port.columns && !p.first:
		return constant{}
	case !p.whole:
		return constant{shift: u.shift}
	}
	return constant{p.site.Bias, u.out, u.shift}
}

// write writes n numbers, step apart.
func (c constant) write(dst []float32, step, n int) {
	if c.bias != nil && c.factor == nil && c.shift == nil { // most mixes
		for o, v := range c.bias[:n] {
			dst[o*step] = v
		}
		return
	}
	for o := range n {
		v := float32(0)
		if c.bias != nil {
			v = c.bias[o]
		}
		if c.factor != nil {
			v *= c.factor[o]
		}
		if c.shift != nil {
			v += c.shift[o]
		}
		dst[o*step] = v
	}
}

// copyOr copies src, or repeats a number where there is none.
func copyOr(dst, src []float32, neutral float32) {
	if copy(dst, src) > 0 {
		return
	}
	for i := range dst {
		dst[i] = neutral
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
