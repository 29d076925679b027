package bert

import (
	"fmt"
	"math"

	"loradex/embed/graph"
	"loradex/embed/model"
	"loradex/embed/onnx"
	"loradex/internal/fault"
)

// Names of the graph's inputs and output that every variant has.
const (
	InputIDs  = "input_ids"
	InputMask = "attention_mask"
	Output    = "embedding"
)

// Names of dimensions.
const (
	dimRows   = "rows"
	dimTokens = "tokens"
)

// maskedScore is added to attention scores of padding: far below any real score, so that its softmax is exactly 0.
const maskedScore = -1e9

// Graph is a built encoder.
type Graph struct {
	Model   *onnx.Model
	Inputs  []string // in the order in which a session wants them
	Modules []string // layers with inputs, in that order; each has A and B, or a bias, as the variant says
}

// builder holds what the parts of one graph share. The first error sticks in err: the layers read as one computation.
type builder struct {
	*graph.Builder
	m *model.Model
	v Variant
	// adapted lists the layers whose updates have been declared as inputs so far.
	adapted []string
	err     error
}

// Build makes the graph of a variant. Errors are those of reading the weights; Invalid for a variant that names a layer
// which the model lacks.
func Build(m *model.Model, v Variant) (*Graph, error) {
	mods, err := Modules(m)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, mod := range mods {
		known[mod.Path] = true
		if mod.Norm && v.Sites[mod.Path].LowRank {
			return nil, fault.New(fault.Unsupported, "layer %q is a normalisation: an adapter can change its bias alone", mod.Path)
		}
	}
	for module := range v.Sites {
		if !known[module] {
			return nil, fault.New(fault.Invalid, "model %s has no layer %q for an adapter", m.Name, module)
		}
	}
	b := &builder{Builder: graph.New(m.Name), m: m, v: v}
	ids := b.Input(InputIDs, onnx.Int64, graph.Dyn(dimRows), graph.Dyn(dimTokens))
	mask := b.Cast(b.Input(InputMask, onnx.Int64, graph.Dyn(dimRows), graph.Dyn(dimTokens)), onnx.Float)
	x := b.embeddings(ids)
	scores := b.Mul(b.Sub(b.Scalar(1), b.Unsqueeze(mask, 1, 2)), b.Scalar(maskedScore)) // [N,1,1,S]
	for i := range m.Config.Layers {
		x = b.layer(x, scores, i)
	}
	x = b.pool(x, mask)
	if m.Normalize {
		x = b.unit(x)
	}
	b.Output(Output, x, graph.Dyn(dimRows), graph.Fix(m.Config.HiddenSize))
	if b.err != nil {
		return nil, b.err
	}
	return &Graph{Model: b.Model(), Inputs: b.Inputs(), Modules: b.adapted}, nil
}

// embeddings is LayerNorm(word[ids] + position + type 0): [N,S,H]. Position and type rows are added once, here, not in
// every run.
func (b *builder) embeddings(ids graph.Value) graph.Value {
	c := b.m.Config
	positions, err1 := b.values("embeddings.position_embeddings.weight")
	types, err2 := b.values("embeddings.token_type_embeddings.weight")
	if err1 != nil || err2 != nil {
		return graph.Value{}
	}
	rows := make([]float32, c.MaxPositions*c.HiddenSize)
	for i := range rows {
		rows[i] = positions[i] + types[i%c.HiddenSize]
	}
	table := b.Const("positions", rows, c.MaxPositions, c.HiddenSize)
	word := b.Gather(b.weight("embeddings.word_embeddings.weight"), ids)
	return b.norm(b.Add(word, b.positions(table, ids)), "embeddings.LayerNorm")
}

// positions picks the rows of the position table: [S,H] or [N,S,H].
func (b *builder) positions(table, ids graph.Value) graph.Value {
	c := b.m.Config
	if c.PositionOffset == 0 {
		return b.Slice(table, 0, 0, b.DimOf(ids, 1)) // 0, 1, 2, …; those of padding are hidden by the mask
	}
	// RoBERTa counts the tokens that are not <pad>, from PadID+1 on, and gives PadID to those that are. Padding alone
	// would not need it, but a text may spell <pad>.
	token := b.Cast(b.Not(b.Equal(ids, b.Ints(int64(c.PadID)))), onnx.Int64)
	return b.Gather(table, b.Add(b.Mul(b.CumSum(token, 1), token), b.Ints(int64(c.PadID))))
}

// layer is one transformer block, [N,S,H] to [N,S,H].
func (b *builder) layer(x, scores graph.Value, i int) graph.Value {
	p := fmt.Sprintf("encoder.layer.%d.", i)
	c := b.m.Config
	q := b.heads(b.linear(x, p+"attention.self.query"))
	k := b.heads(b.linear(x, p+"attention.self.key"))
	v := b.heads(b.linear(x, p+"attention.self.value"))
	s := b.MatMulT(q, k, float32(1/math.Sqrt(float64(c.HeadSize()))))
	a := b.MatMul(b.Softmax(b.Add(s, scores)), v)
	a = b.Reshape(b.Transpose(a, 0, 2, 1, 3), 0, 0, int64(c.HiddenSize))
	x = b.norm(b.Add(b.linear(a, p+"attention.output.dense"), x), p+"attention.output.LayerNorm")
	f := b.linear(b.activation(b.linear(x, p+"intermediate.dense")), p+"output.dense")
	return b.norm(b.Add(f, x), p+"output.LayerNorm")
}

// heads splits [N,S,H] into [N,heads,S,H/heads].
func (b *builder) heads(x graph.Value) graph.Value {
	c := b.m.Config
	return b.Transpose(b.Reshape(x, 0, 0, int64(c.Heads), int64(c.HeadSize())), 0, 2, 1, 3)
}

// linear is W x + b, and what adapters add to it. With low-rank updates the bias rides in B, as the column that a
// constant 1 behind A x multiplies: B (A x) + b costs one product and no pass of its own over the layer's output.
func (b *builder) linear(x graph.Value, module string) graph.Value {
	y := b.MatMulT(x, b.weight(module+".weight"), 1)
	use := b.v.Sites[module]
	if !use.LowRank {
		return b.addBias(b.Add(y, b.weight(module+".bias")), module)
	}
	b.adapted = append(b.adapted, module)
	_, shape, err := b.m.Weight(module + ".weight")
	if err != nil {
		b.fail(err)
		return y
	}
	out, in := shape[0], shape[1]
	site := Site(module) // each site may have a rank of its own
	down := b.Input(b.v.A(module), onnx.Float, b.each(graph.Dyn("rank."+site), graph.Fix(in))...)
	up := b.Input(b.v.B(module), onnx.Float, b.each(graph.Fix(out), graph.Dyn("columns."+site))...)
	return b.Add(y, b.MatMulT(b.AppendOne(b.MatMulT(x, down, 1)), up, 1))
}

// addBias adds an adapter's change of the bias where nothing else of a layer is changed: one for the batch, or [N,1,out].
func (b *builder) addBias(y graph.Value, module string) graph.Value {
	if !b.v.Sites[module].Bias {
		return y
	}
	b.adapted = append(b.adapted, module)
	_, shape, err := b.m.Weight(module + ".bias")
	if err != nil {
		b.fail(err)
		return y
	}
	dims := []onnx.Dim{graph.Fix(shape[0])}
	if b.v.PerRow {
		dims = []onnx.Dim{graph.Dyn(dimRows), graph.Fix(1), graph.Fix(shape[0])}
	}
	return b.Add(y, b.Input(b.v.Bias(module), onnx.Float, dims...))
}

// each puts the rows in front of the dimensions of a per-row input.
func (b *builder) each(dims ...onnx.Dim) []onnx.Dim {
	if b.v.PerRow {
		return append([]onnx.Dim{graph.Dyn(dimRows)}, dims...)
	}
	return dims
}

// norm is layer normalisation with the weights of a module.
func (b *builder) norm(x graph.Value, module string) graph.Value {
	y := b.LayerNorm(x, b.weight(module+".weight"), b.weight(module+".bias"), float32(b.m.Config.LayerNormEps))
	return b.addBias(y, module)
}

func (b *builder) activation(x graph.Value) graph.Value {
	switch b.m.Config.Activation {
	case model.ActGELU:
		return b.GELU(x, false)
	case model.ActGELUTanh:
		return b.GELU(x, true)
	case model.ActReLU:
		return b.ReLU(x)
	case model.ActSiLU:
		return b.Mul(x, b.Sigmoid(x))
	case model.ActTanh:
		return b.Tanh(x)
	case model.ActSigmoid:
		return b.Sigmoid(x)
	}
	b.fail(fault.New(fault.Unsupported, "model %s: activation %q is not supported", b.m.Name, b.m.Config.Activation))
	return x
}

// weight stores a tensor of the model as a constant of the graph.
func (b *builder) weight(name string) graph.Value {
	data, shape, err := b.m.Weight(name)
	if err != nil {
		b.fail(err)
		return graph.Value{}
	}
	return b.Const(name, data, shape...)
}

func (b *builder) values(name string) ([]float32, error) {
	data, _, err := b.m.Weight(name)
	if err != nil {
		b.fail(err)
	}
	return data, err
}

func (b *builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}
