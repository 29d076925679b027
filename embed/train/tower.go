package train

import (
	"loradex/adapters/delta"
	"loradex/embed/arch"
	"loradex/embed/graph"
	"loradex/internal/fault"
)

// tower is the encoder of a training graph, which queries and documents share. It decides how layers are computed: with
// the method's leaves, or with weights that are leaves.
type tower struct {
	*arch.Encoder
	*network
	s    *sketch
	mask graph.Value // [N,S]
}

// Names of a tower's inputs.
const (
	inputIDs    = "ids"    // [T]
	inputPlaces = "places" // [T]
	inputGrid   = "grid"   // [N,S]
	inputTokens = "tokens" // [T]
	inputMask   = "mask"   // [N,S]
	inputHidden = "hidden" // [T,H]
	inputDrop   = "drop."  // [T,in], one for each adapted layer
)

// sketch is a graph in the making.
type sketch struct {
	*graph.Builder
	n      *network
	leaves map[string]graph.Value // those that the graph takes as inputs
	drop   bool                   // dropout applies
	full   bool                   // no text has padding
}

func (n *network) sketch(drop, full bool) *sketch {
	s := &sketch{Builder: graph.New(n.m.Name), n: n, leaves: map[string]graph.Value{}, drop: drop, full: full}
	s.SetProducts(n.products)
	return s
}

// vectors adds the encoder and returns the texts' vectors [N,H], of unit length.
func (s *sketch) vectors() (graph.Value, error) {
	t := s.packedTower()
	var x graph.Value
	if s.n.cut > 0 {
		x = t.Input(inputHidden, graph.Float, t.tokens(), graph.Fix(s.n.m.Config.HiddenSize))
	} else {
		x = t.embeddings()
	}
	v := t.Pool(t.Blocks(x, t.mask, s.n.cut, s.n.m.Config.Layers), t.mask)
	if !s.n.m.Normalize {
		v = t.Unit(v)
	}
	return v, t.Err()
}

// frozen adds the blocks below the lowest trained one and returns their output [T,H].
func (s *sketch) frozen() (graph.Value, error) {
	t := s.packedTower()
	return t.Blocks(t.embeddings(), t.mask, 0, s.n.cut), t.Err()
}

func (s *sketch) tower() *tower {
	t := &tower{network: s.n, s: s}
	t.Encoder = arch.NewEncoder(s.Builder, &s.n.m.Model, t)
	t.SplitTables, t.Training = s.n.opts.Full, true
	return t
}

// packedTower declares where tokens stand.
func (s *sketch) packedTower() *tower {
	t := s.tower()
	rows, width := graph.Dyn("rows"), graph.Dyn("width")
	t.mask = t.Cast(t.ints(inputMask, rows, width), graph.Float)
	t.Packed = &arch.Packing{Mask: t.mask, Full: s.full}
	if !s.full {
		t.Packed.Grid, t.Packed.Tokens = t.ints(inputGrid, rows, width), t.ints(inputTokens, t.tokens())
	}
	return t
}

func (t *tower) tokens() graph.Dim { return graph.Dyn("tokens") }

func (t *tower) ints(name string, dims ...graph.Dim) graph.Value {
	return t.Input(name, graph.Int64, dims...)
}

// embeddings declares ids and positions.
func (t *tower) embeddings() graph.Value {
	t.Packed.Positions = t.ints(inputPlaces, t.tokens())
	return t.Embeddings(t.ints(inputIDs, t.tokens()))
}

// leaf is a trained tensor as an input of the graph.
func (t *tower) leaf(name string) graph.Value {
	if v, ok := t.s.leaves[name]; ok {
		return v
	}
	l := t.byName[name]
	if l == nil {
		t.Fail(fault.New(fault.Internal, "the graph wants a leaf %q that is not there", name))
		return graph.Value{}
	}
	v := t.Input(name, graph.Float, fixed(l.Shape)...)
	t.s.leaves[name] = v
	return v
}

func fixed(shape []int) []graph.Dim {
	dims := make([]graph.Dim, len(shape))
	for i, n := range shape {
		dims[i] = graph.Fix(n)
	}
	return dims
}

// Weight is a leaf where all weights are trained, else a constant.
func (t *tower) Weight(name string) graph.Value {
	if t.opts.Full {
		return t.leaf(name)
	}
	return t.Encoder.Weight(name)
}

// Frozen tells whether a linear layer is the model's own.
func (t *tower) Frozen(path string) bool {
	_, adapted := t.sites[path]
	return !adapted && !t.opts.Full
}

// Linear is an adapted layer, or the model's own.
func (t *tower) Linear(x graph.Value, path string) graph.Value {
	base := func() graph.Value { return t.Encoder.Linear(x, path) }
	if s, ok := t.sites[path]; ok {
		return t.method.apply(t, s, x, base)
	}
	return base()
}

// After is an adapted point, or what stands there.
func (t *tower) After(y graph.Value, path string, read func() graph.Value) graph.Value {
	if s, ok := t.sites[path]; ok {
		return t.method.apply(t, s, read(), func() graph.Value { return y })
	}
	return y
}

// dropout zeroes what its mask, an input of bytes, says. What is kept is not scaled: see keepFactor.
func (t *tower) dropout(x graph.Value, site delta.Site) graph.Value {
	if t.opts.Dropout == 0 || !t.s.drop {
		return x
	}
	mask := t.Input(inputDrop+site.Path, graph.Uint8, t.tokens(), graph.Fix(site.In))
	return t.Mul(x, t.Cast(mask, graph.Float))
}

// keepFactor is 1/(1-p): what is kept is scaled so that the expectation stays.
func (t *tower) keepFactor() float64 {
	if !t.s.drop {
		return 1
	}
	return 1 / (1 - t.opts.Dropout)
}
