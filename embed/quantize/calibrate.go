package quantize

import (
	"context"
	"errors"
	"slices"

	"loradex/embed/arch"
	"loradex/embed/graph"
	"loradex/embed/model"
	"loradex/embed/runtime"
)

// extent is what is known of the numbers that some layers read.
type extent struct {
	low, high []float32     // how far each channel goes
	gram      []float64     // sums of the products of channels, [in,in]
	layers    []arch.Linear // those that read them

	smooth  []float32    // what they are divided by; nil: nothing
	rounded []*arch.Int8 // the weights of the layers
}

// include adds what a text shows.
func (e *extent) include(high, low, gram []float32) {
	if e.high == nil {
		e.high, e.low, e.gram = slices.Clone(high), slices.Clone(low), make([]float64, len(gram))
	}
	for i, v := range gram {
		e.gram[i] += float64(v)
	}
	for i := range high {
		e.high[i], e.low[i] = max(e.high[i], high[i]), min(e.low[i], low[i])
	}
}

// probe makes the layers of a graph that gives what is known of the inputs of its linear layers.
type probe struct {
	*arch.Encoder
	tokens graph.Value // 1 for tokens and 0 for padding, [N,S,1]
	byPath map[string]arch.Linear
	at     map[string]int // which extent a value has, by its name
	found  []extent
}

// Linear is W x + b; the extent of x are outputs.
func (p *probe) Linear(x graph.Value, path string) graph.Value {
	at, ok := p.at[x.Name()]
	if !ok {
		at = len(p.found)
		p.at[x.Name()] = at
		p.found = append(p.found, extent{})
		flat, width := p.Flatten(p.Mul(x, p.tokens)), graph.Fix(p.byPath[path].In)
		p.Output(path+".high", p.MaxOver(flat, 0, false), width)
		p.Output(path+".low", p.Neg(p.MaxOver(p.Neg(flat), 0, false)), width)
		p.Output(path+".gram", p.TMatMul(flat, flat, 1), width, width)
	}
	p.found[at].layers = append(p.found[at].layers, p.byPath[path])
	return p.Encoder.Linear(x, path)
}

// batchTokens is about how many tokens a run of the calibration has.
const batchTokens = 1024

// calibrate runs the model over texts, given as tokens, and gives the extents of what its linear layers read. Padding counts as zeros,
// which widen no extent, because 0 has a code in every form.
func calibrate(ctx context.Context, env *runtime.Environment, m *model.Model, texts [][]int32) (_ []extent, err error) {
	p := &probe{byPath: map[string]arch.Linear{}, at: map[string]int{}}
	for _, l := range m.Config.Linears() {
		p.byPath[l.Path] = l
	}
	p.Encoder = arch.NewEncoder(graph.New(m.Name), &m.Model, p)
	ids := p.Input("input_ids", graph.Int64, graph.Dyn("rows"), graph.Dyn("tokens"))
	mask := p.Cast(p.Input("attention_mask", graph.Int64, graph.Dyn("rows"), graph.Dyn("tokens")), graph.Float)
	p.tokens = p.Unsqueeze(mask, 2)
	p.Blocks(p.Embeddings(ids), mask, 0, m.Config.Layers)
	if err := p.Err(); err != nil {
		return nil, err
	}
	s, err := env.NewSession(p.Model(), true)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	texts = slices.SortedFunc(slices.Values(texts), func(a, b []int32) int { return len(b) - len(a) })
	for len(texts) > 0 {
		longest := max(1, len(texts[0]))
		batch := texts[:min(len(texts), max(1, batchTokens/longest))]
		texts = texts[len(batch):]
		ids, mask := make([]int64, len(batch)*longest), make([]int64, len(batch)*longest)
		for r, tokens := range batch {
			for i, id := range tokens {
				ids[r*longest+i], mask[r*longest+i] = int64(id), 1
			}
		}
		shape := []int64{int64(len(batch)), int64(longest)}
		out := make([]runtime.Tensor, 3*len(p.found))
		if err := s.RunInto(ctx, []runtime.Tensor{{Shape: shape, Ints: ids}, {Shape: shape, Ints: mask}}, out); err != nil {
			return nil, err
		}
		for i := range p.found {
			p.found[i].include(out[3*i].Floats, out[3*i+1].Floats, out[3*i+2].Floats)
		}
	}
	return p.found, nil
}
