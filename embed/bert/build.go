package bert

import (
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

// Graph is a built encoder.
type Graph struct {
	Model   *onnx.Model
	Inputs  []string // in the order in which a session wants them
	Modules []string // layers with inputs, in that order; each has A and B, or a bias, as the variant says
}

// builder makes the layers of a variant.
type builder struct {
	*Encoder
	v Variant
	// adapted lists the layers whose updates have been declared as inputs so far.
	adapted []string
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
	b := &builder{v: v}
	b.Encoder = NewEncoder(graph.New(m.Name), m, b)
	ids := b.Input(InputIDs, onnx.Int64, graph.Dyn(dimRows), graph.Dyn(dimTokens))
	mask := b.Cast(b.Input(InputMask, onnx.Int64, graph.Dyn(dimRows), graph.Dyn(dimTokens)), onnx.Float)
	x := b.Pool(b.Blocks(b.Embeddings(ids), mask, 0, m.Config.Layers), mask)
	b.Output(Output, x, graph.Dyn(dimRows), graph.Fix(m.Config.HiddenSize))
	if b.err != nil {
		return nil, b.err
	}
	return &Graph{Model: b.Model(), Inputs: b.Inputs(), Modules: b.adapted}, nil
}

// Linear is W x + b, and what adapters add to it. With low-rank updates the bias rides in B, as the column that a
// constant 1 behind A x multiplies: B (A x) + b costs one product and no pass of its own over the layer's output. A scale
// multiplies W x alone: for the low-rank sum it is folded into B, and the bias is not scaled.
func (b *builder) Linear(x graph.Value, module string) graph.Value {
	use := b.v.Sites[module]
	if !use.LowRank {
		return b.addBias(b.Encoder.Linear(x, module), module)
	}
	b.adapted = append(b.adapted, module)
	y := b.MatMulT(x, b.Weight(module+".weight"), 1)
	_, shape, err := b.m.Weight(module + ".weight")
	if err != nil {
		b.Fail(err)
		return y
	}
	out, in := shape[0], shape[1]
	site := Site(module) // each site may have a rank of its own
	down := b.Input(b.v.A(module), onnx.Float, b.each(graph.Dyn("rank."+site), graph.Fix(in))...)
	up := b.Input(b.v.B(module), onnx.Float, b.each(graph.Fix(out), graph.Dyn("columns."+site))...)
	if use.Scale {
		dims := []onnx.Dim{graph.Fix(out)}
		if b.v.PerRow {
			dims = []onnx.Dim{graph.Dyn(dimRows), graph.Fix(1), graph.Fix(out)}
		}
		y = b.Mul(y, b.Input(b.v.Scale(module), onnx.Float, dims...))
	}
	return b.Add(y, b.MatMulT(b.AppendOne(b.MatMulT(x, down, 1)), up, 1))
}

// Frozen is not asked: serving does not train.
func (b *builder) Frozen(string) bool { return false }

// addBias adds an adapter's change of the bias where nothing else of a layer is changed: one for the batch, or [N,1,out].
func (b *builder) addBias(y graph.Value, module string) graph.Value {
	if !b.v.Sites[module].Bias {
		return y
	}
	b.adapted = append(b.adapted, module)
	_, shape, err := b.m.Weight(module + ".bias")
	if err != nil {
		b.Fail(err)
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

// Norm is layer normalisation, and what adapters add to its bias.
func (b *builder) Norm(x graph.Value, module string) graph.Value {
	return b.addBias(b.Encoder.Norm(x, module), module)
}
