package arch

import (
	"math"

	"loradex/adapters/delta"
	"loradex/embed/graph"
	"loradex/internal/fault"
)

// maskedScore is added to attention scores of padding: far below any real score, so that its softmax is exactly 0.
const maskedScore = -1e9

const rootHalf = math.Sqrt2 / 2

// layers says how the parts of an encoder that adapters or training change are computed.
type layers interface {
	// Weight is a tensor of the model by its name: a constant, or what takes its place.
	Weight(name string) graph.Value
	// Linear is the linear layer with the given path, x [N,S,in] to [N,S,out].
	Linear(x graph.Value, module string) graph.Value
	// Norm is the layer normalisation with the given path, of x [N,S,H].
	Norm(x graph.Value, module string) graph.Value
	// After is a point of the graph that adapters may change ([delta.Site]): what stands there, y [N,S,H], and what they add to
	// it of what read gives.
	After(y graph.Value, point string, read func() graph.Value) graph.Value
	// Frozen tells whether a linear layer is the model's own, as it is.
	Frozen(module string) bool
}

// Encoder adds the computation of a model to a graph, in parts: a caller may take them all, or cut between two layers.
// The first error sticks: the parts read as one computation, and Err is asked at the end.
type Encoder struct {
	*graph.Builder
	// SplitTables takes the tables of positions and token types from Layers.Weight, for training them. Otherwise they
	// are one constant, added up beforehand.
	SplitTables bool
	// Packed, if not nil, says that tokens lie one behind another, [T,H], with no padding between texts.
	Packed *Packing
	// Types, if not nil, are the token types of the tokens, in the shape of the ids. Otherwise every token has type 0.
	Types *graph.Value
	// Training computes in the form that is the cheapest in both directions together, not in the forward one alone.
	Training bool

	m      *Model
	f      *family
	layers layers
	err    error

	rounded      []roundedValue  // what layers in integers have read
	uncalibrated map[string]bool // see [Encoder.Uncalibrated]
}

// NewEncoder starts an encoder in a graph. With layers nil, all are those of the model.
func NewEncoder(b *graph.Builder, m *Model, layers layers) *Encoder {
	e := &Encoder{Builder: b, m: m, f: m.Config.Table(), layers: layers}
	if layers == nil {
		e.layers = e
	}
	return e
}

// Err is the first error.
func (e *Encoder) Err() error { return e.err }

// Fail records an error. Later ones are dropped.
func (e *Encoder) Fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// Weight stores a tensor of the model as a constant of the graph.
func (e *Encoder) Weight(name string) graph.Value {
	data, shape, err := e.m.Weight(name)
	if err != nil {
		e.Fail(err)
		return graph.Value{}
	}
	return e.Const(name, data, shape...)
}

// Linear is W x + b.
func (e *Encoder) Linear(x graph.Value, module string) graph.Value {
	if q := e.m.Int8[module]; q != nil && !e.bare(module) {
		return e.integers(x, module, q, e.layers.Weight(module+".bias"))
	}
	return e.AddBias(e.Product(x, module, 1), module)
}

// AddBias adds the layer's own bias, where it has one.
func (e *Encoder) AddBias(y graph.Value, path string) graph.Value {
	if e.bare(path) {
		return y
	}
	return e.Add(y, e.layers.Weight(path+".bias"))
}

func (e *Encoder) bare(path string) bool { return e.m.Config.bare(delta.Site{Path: path}) }

// Product is alpha·W x. It is the one place that multiplies a layer's own weight.
func (e *Encoder) Product(x graph.Value, path string, alpha float32) graph.Value {
	if q := e.m.Int8[path]; q != nil {
		if alpha != 1 {
			e.Fail(fault.New(fault.Internal, "model %s: a layer in integers has no factor", e.m.Name))
		}
		return e.integers(x, path, q, graph.Value{})
	}
	return e.MatMulT(x, e.layers.Weight(path+".weight"), alpha)
}

// After is y: without Layers of another kind, nothing is added.
func (e *Encoder) After(y graph.Value, _ string, _ func() graph.Value) graph.Value { return y }

// Frozen is true: without Layers of another kind, nothing is changed.
func (e *Encoder) Frozen(string) bool { return true }

// Norm is layer normalisation over the last axis.
func (e *Encoder) Norm(x graph.Value, module string) graph.Value {
	return e.LayerNorm(x, e.layers.Weight(module+".weight"), e.layers.Weight(module+".bias"), float32(e.m.Config.LayerNormEps))
}

// Unshifted is the same without the bias.
func (e *Encoder) Unshifted(x graph.Value, module string) graph.Value {
	zero := e.Const(module+".zero", make([]float32, e.m.Config.HiddenSize), e.m.Config.HiddenSize)
	return e.LayerNorm(x, e.layers.Weight(module+".weight"), zero, float32(e.m.Config.LayerNormEps))
}

// Embeddings is LayerNorm(word[ids] + position + type 0), [N,S] to [N,S,H], or [T] to [T,H].
func (e *Encoder) Embeddings(ids graph.Value) graph.Value {
	word := e.Gather(e.layers.Weight(e.f.Words+".weight"), ids)
	var position graph.Value
	if e.Packed != nil {
		position = e.Gather(e.positionTable(), e.Packed.Positions)
	} else {
		position = e.positions(e.positionTable(), ids)
	}
	if e.Types != nil {
		// The table of positions holds type 0 already: add what the others differ by.
		types := e.Gather(e.typeTable(), *e.Types)
		position = e.Add(types, position)
	}
	x := e.layers.Norm(e.Add(word, position), e.f.EmbeddingsNorm)
	return e.layers.After(x, delta.At(embeddings, delta.State), func() graph.Value { return x })
}

// typeTable is the rows of token types less that of type 0.
func (e *Encoder) typeTable() graph.Value {
	types, _, err := e.m.Weight(e.f.Types + ".weight")
	if err != nil {
		e.Fail(err)
		return graph.Value{}
	}
	width := e.m.Config.HiddenSize
	rows := make([]float32, len(types))
	for i := range rows {
		rows[i] = types[i] - types[i%width]
	}
	return e.Const("types", rows, len(types)/width, width)
}

// positionTable is the rows of positions, with the row of token type 0 added where the family has such.
func (e *Encoder) positionTable() graph.Value {
	name, types := e.f.Positions+".weight", e.f.Types+".weight"
	switch {
	case e.f.Types == "":
		return e.layers.Weight(name)
	case e.SplitTables:
		return e.Add(e.layers.Weight(name), e.First(e.layers.Weight(types), 0, 1))
	}
	positions, shape, err := e.m.Weight(name)
	if err != nil {
		e.Fail(err)
		return graph.Value{}
	}
	first, _, err := e.m.Weight(types)
	if err != nil {
		e.Fail(err)
		return graph.Value{}
	}
	rows := make([]float32, len(positions))
	for i := range rows {
		rows[i] = positions[i] + first[i%e.m.Config.HiddenSize]
	}
	return e.Const("positions", rows, shape...)
}

// positions picks the rows of the position table: [S,H] or [N,S,H].
func (e *Encoder) positions(table, ids graph.Value) graph.Value {
	c := e.m.Config
	if c.PositionOffset == 0 {
		return e.Slice(table, 0, 0, e.DimOf(ids, 1)) // 0, 1, 2, …; those of padding are hidden by the mask
	}
	// RoBERTa counts the tokens that are not <pad>, from PadID+1 on, and gives PadID to those that are. Padding alone
	// would not need it, but a text may spell <pad>.
	token := e.Cast(e.Not(e.Equal(ids, e.Ints(int64(c.PadID)))), graph.Int64)
	return e.Gather(table, e.Add(e.Mul(e.CumSum(token, 1), token), e.Ints(int64(c.PadID))))
}

// Blocks runs the transformer blocks from (inclusive) to (exclusive) over x [N,S,H] or [T,H]; mask [N,S] is 1 for tokens.
func (e *Encoder) Blocks(x, mask graph.Value, from, to int) graph.Value {
	var scores graph.Value // [N,1,1,S]
	if e.Packed == nil || !e.Packed.Full {
		scores = e.Mul(e.Sub(e.Scalar(1), e.Unsqueeze(mask, 1, 2)), e.Scalar(maskedScore))
	}
	for i := from; i < to; i++ {
		x = e.f.Compute(e, x, scores, i)
	}
	return x
}

// postNorm is a block of attention and feed-forward, each ended by a normalisation of its sum with its input.
func (e *Encoder) postNorm(x, scores graph.Value, i int) graph.Value {
	c, f := e.m.Config, e.f
	q := e.heads(e.pad(e.layers.Linear(x, f.path(i, query))))
	k := e.heads(e.pad(e.layers.Linear(x, f.path(i, key))))
	v := e.heads(e.pad(e.layers.Linear(x, f.path(i, value))))
	a := e.Attention(q, k, v, scores, float32(1/math.Sqrt(float64(c.HeadSize()))))
	a = e.unpad(e.Reshape(e.Transpose(a, 0, 2, 1, 3), 0, 0, int64(c.HiddenSize)))
	x = e.sublayer(e.layers.Linear(a, f.path(i, attentionOut)), x, f.block(i)+"."+attention, f.path(i, attentionNorm))
	h := e.feedForward(x, f.path(i, feedIn), f.path(i, feedOut))
	return e.sublayer(h, x, f.block(i)+"."+feedForward, f.path(i, feedNorm))
}

// sublayer ends a half of a block: h is what it has computed of its input i. Its points are those of package delta.
func (e *Encoder) sublayer(h, i graph.Value, path, norm string) graph.Value {
	h = e.layers.After(h, delta.At(path, delta.Output), func() graph.Value { return h })
	h = e.layers.After(h, delta.At(path, delta.Parallel), func() graph.Value { return i })
	sum := e.Add(h, i)
	normed := func() graph.Value { return e.layers.Norm(sum, norm) }
	y := e.layers.Norm(e.layers.After(sum, delta.At(path, delta.Normed), normed), norm)
	return e.layers.After(y, delta.At(path, delta.State), func() graph.Value { return y })
}

// feedForward is the second half of a block. In training, GELU's factors √½ are taken into frozen products around it,
// since every pass over its values, the largest of a block, costs as much as 1 % of a step.
func (e *Encoder) feedForward(x graph.Value, in, out string) graph.Value {
	if !e.Training || e.m.Config.Activation != delta.GELU || !e.layers.Frozen(in) || !e.layers.Frozen(out) || e.bare(in) || e.bare(out) {
		act := e.m.Config.Activation
		if act == delta.GELU && len(e.m.Int8) > 0 { // they differ by 5e-4, a twentieth of what a code stands for there
			act = delta.GELUTanh
		}
		return e.layers.Linear(e.Activation(e.layers.Linear(x, in), act), out)
	}
	bias, shape, err := e.m.Weight(in + ".bias")
	if err != nil {
		e.Fail(err)
		return x
	}
	scaled := make([]float32, len(bias))
	for i, v := range bias {
		scaled[i] = v * rootHalf
	}
	u := e.Add(e.Product(x, in, rootHalf), e.Const(in+".bias/√2", scaled, shape...))
	return e.Add(e.Product(e.ErfGate(u), out, rootHalf), e.Weight(out+".bias"))
}

// heads splits [N,S,H] into [N,heads,S,H/heads].
func (e *Encoder) heads(x graph.Value) graph.Value {
	c := e.m.Config
	return e.Transpose(e.Reshape(x, 0, 0, int64(c.Heads), int64(c.HeadSize())), 0, 2, 1, 3)
}

// Activation is one of the functions that package delta names.
func (e *Encoder) Activation(x graph.Value, name string) graph.Value {
	switch name {
	case delta.GELU:
		return e.GELU(x, false)
	case delta.GELUTanh:
		return e.GELU(x, true)
	case delta.ReLU:
		return e.ReLU(x)
	case delta.SiLU:
		return e.Mul(x, e.Sigmoid(x))
	case delta.Tanh:
		return e.Tanh(x)
	case delta.Sigmoid:
		return e.Sigmoid(x)
	}
	e.Fail(fault.New(fault.Unsupported, "model %s: activation %q is not supported", e.m.Name, name))
	return x
}
