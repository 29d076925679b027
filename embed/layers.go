package embed

import (
	"sort"
	"strings"

	"loradex/adapters/delta"
	"loradex/embed/arch"
	"loradex/embed/graph"
	"loradex/embed/model"
	"loradex/embed/onnx"
	"loradex/internal/fault"
)

// This file defines the graphs of an encoder with adapters.

// Names of the inputs that every graph has, and of its output.
const (
	inputIDs    = "input_ids"
	inputMask   = "attention_mask"
	outputName  = "embedding"
	dimRows     = "rows"
	dimTokens   = "tokens"
	plainGraph  = "plain"
	sharedGraph = "batch:"
	rowGraph    = "row:"
)

// variant says which graph is built. Variants with equal keys have equal graphs.
type variant struct {
	// perRow gives every row of the batch its own inputs. Otherwise one set serves the whole batch, and the products over
	// all tokens are single large ones.
	perRow bool
	// sites is what adapters do, by path. Empty: the plain encoder.
	sites map[string]portSet
}

// key identifies the graph within one model: a cache key, and a name for logs.
func (v variant) key() string {
	if len(v.sites) == 0 {
		return plainGraph
	}
	parts := make([]string, 0, len(v.sites))
	for path, set := range v.sites {
		parts = append(parts, path+"("+set.String()+")")
	}
	sort.Strings(parts)
	kind := sharedGraph
	if v.perRow {
		kind = rowGraph
	}
	return kind + strings.Join(parts, ",")
}

// built is a graph with the inputs that it has beside those of the tokens.
type built struct {
	model  *onnx.Model
	inputs []string
	slots  []slot
}

// slot is one input: a port at a site.
type slot struct {
	site delta.Site
	port *port
}

// adapted makes the layers of a variant.
type adapted struct {
	*arch.Encoder
	v        variant
	sites    map[string]delta.Site
	slots    []slot
	declared map[string]graph.Value // inputs by name: a normalisation may be computed twice
}

// build makes the graph of a variant. Errors are those of reading the weights; Invalid for a variant that names a site which
// the model lacks, Unsupported for ports that a normalisation does not have.
func build(m *model.Model, sites map[string]delta.Site, v variant) (*built, error) {
	for path, set := range v.sites {
		s, known := sites[path]
		if !known {
			return nil, fault.New(fault.Invalid, "model %s has no layer %q for an adapter", m.Name, path)
		}
		if s.Kind == delta.Norm && set != portShift {
			return nil, fault.New(fault.Unsupported, "layer %q is a normalisation: an adapter can change its bias alone", path)
		}
	}
	a := &adapted{v: v, sites: sites, declared: map[string]graph.Value{}}
	a.Encoder = arch.NewEncoder(graph.New(m.Name), &m.Model, a)
	ids := a.Input(inputIDs, onnx.Int64, graph.Dyn(dimRows), graph.Dyn(dimTokens))
	mask := a.Cast(a.Input(inputMask, onnx.Int64, graph.Dyn(dimRows), graph.Dyn(dimTokens)), onnx.Float)
	x := a.Pool(a.Blocks(a.Embeddings(ids), mask, 0, m.Config.Layers), mask)
	a.Output(outputName, x, graph.Dyn(dimRows), graph.Fix(m.Config.HiddenSize))
	if err := a.Err(); err != nil {
		return nil, err
	}
	return &built{model: a.Model(), inputs: a.Inputs(), slots: a.slots}, nil
}

// Linear is W x + b, and what adapters do to it. With branches the bias rides in B, as the column that a constant 1 behind
// A x multiplies: B (A x) + b costs one product and no pass of its own over the layer's output. A scale multiplies W x alone:
// what else it concerns is folded into the other inputs.
func (a *adapted) Linear(x graph.Value, path string) graph.Value {
	set := a.v.sites[path]
	in := a.declare(path, set)
	base := x
	if set.has(portIn) {
		base = a.Mul(x, in(".in"))
	}
	var y graph.Value
	if set.whole() {
		y = a.Product(base, path, 1)
	} else {
		y = a.Encoder.Linear(base, path)
	}
	return a.add(y, x, set, in)
}

// After is a point: y, and what adapters add to it of what they read.
func (a *adapted) After(y graph.Value, path string, read func() graph.Value) graph.Value {
	set := a.v.sites[path]
	if set == 0 {
		return y
	}
	return a.add(y, read(), set, a.declare(path, set))
}

// Norm is layer normalisation, and what adapters add to its bias.
func (a *adapted) Norm(x graph.Value, path string) graph.Value {
	set := a.v.sites[path]
	return a.add(a.Encoder.Norm(x, path), x, set, a.declare(path, set))
}

// Frozen is not asked: serving does not train.
func (a *adapted) Frozen(string) bool { return false }

// add scales y, and adds the branches of x and what is constant.
func (a *adapted) add(y, x graph.Value, set portSet, in func(port string) graph.Value) graph.Value {
	if set.has(portScale) {
		y = a.Mul(y, in(".scale"))
	}
	set.each(func(_ int, p *port) {
		if !p.columns {
			return
		}
		end := p.name[len(".B"):]
		down := a.MatMulT(x, in(".A"+end), 1)
		if p.act != "" {
			down = a.Activation(a.Add(down, in(".a"+end)), p.act)
		}
		y = a.Add(y, a.MatMulT(a.AppendOne(down), in(".B"+end), 1))
	})
	if set.has(portShift) {
		y = a.Add(y, in(".shift"))
	}
	return y
}

// declare makes the inputs of a site, in the table's order, and gives them by the names of their ports.
func (a *adapted) declare(path string, set portSet) func(port string) graph.Value {
	s := a.sites[path]
	set.each(func(_ int, p *port) {
		if _, there := a.declared[path+p.name]; there {
			return
		}
		a.declared[path+p.name] = a.Input(path+p.name, onnx.Float, p.dims(s, a.v.perRow)...)
		a.slots = append(a.slots, slot{s, p})
	})
	return func(port string) graph.Value { return a.declared[path+port] }
}

// byPath keeps sites by their paths.
func byPath(sites []delta.Site) map[string]delta.Site {
	out := make(map[string]delta.Site, len(sites))
	for _, s := range sites {
		out[s.Path] = s
	}
	return out
}
