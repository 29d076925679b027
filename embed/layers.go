package embed

import (
	"sort"
	"strings"

	"loradex/adapters/delta"
	"loradex/embed/arch"
	"loradex/embed/graph"
	"loradex/embed/model"
	"loradex/internal/fault"
)

// This file defines the graphs of an encoder with adapters.

// Names of the inputs that every graph has, of dimensions, and of kinds of graphs.
const (
	inputIDs    = "input_ids"
	inputMask   = "attention_mask"
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
	model *graph.Model
	slots []slot
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
		if s.Kind == delta.Norm && set&^(portShift|portScale) != 0 {
			return nil, fault.New(fault.Unsupported, "layer %q is a normalisation: an adapter can change its weight and bias alone", path)
		}
	}
	a := &adapted{v: v, sites: sites, declared: map[string]graph.Value{}}
	a.Encoder = arch.NewEncoder(graph.New(m.Name), &m.Model, a)
	ids, mask := tokenInputs(a.Encoder)
	x := a.Pool(a.Blocks(a.Embeddings(ids), mask, 0, m.Config.Layers), mask)
	a.Output("embedding", x, graph.Dyn(dimRows), graph.Fix(m.Config.HiddenSize))
	if err := a.Err(); err != nil {
		return nil, err
	}
	return &built{model: a.Model(), slots: a.slots}, nil
}

// Linear is W x + b, and what adapters do to it. With branches the bias rides in B, as the column that a constant 1 behind
// A x multiplies: B (A x) + b costs one product and no pass of its own over the layer's output. A scale multiplies W x alone:
// what else it concerns is folded into the other inputs.
func (a *adapted) Linear(x graph.Value, path string) graph.Value {
	set := a.v.sites[path]
	in := a.declare(path, set)
	base := x
	if set.has(portIn) {
		base = a.Uncalibrated(a.Mul(x, in(".in")))
	}
	var y graph.Value
	if set.whole() {
		y = a.Product(base, path, 1)
	} else {
		y = a.Encoder.Linear(base, path)
	}
	return a.add(y, x, set, in)
}

// buildCross makes the graph of a cross-encoder: two texts in one row, read together. Its inputs are those of the plain
// encoder and, where the model has several token types, token_type_ids int64 [N,S]; its output is logits, float [N,L]
// for L labels, before any activation:
//
//	logits = W₂ tanh(W₁ x₀ + b₁) + b₂        x₀ [N,H]: the last layer's first token
//
// BERT calls the first layer its pooler and RoBERTa a part of its head; the computation is the same.
func buildCross(m *model.Classifier) (*graph.Model, error) {
	e, c := arch.NewEncoder(graph.New(m.Name), &m.Model.Model, nil), m.Config
	ids, mask := tokenInputs(e)
	if c.TypeVocab > 1 {
		types := e.Input("token_type_ids", graph.Int64, graph.Dyn(dimRows), graph.Dyn(dimTokens))
		e.Types = &types
	}
	x := e.Blocks(e.Embeddings(ids), mask, 0, c.Layers)
	first := e.Reshape(e.Slice(x, 1, 0, e.Ints(1)), 0, int64(c.HiddenSize))
	head := c.Table().Head
	e.Output("logits", e.Linear(e.Tanh(e.Linear(first, head[0])), head[1]), graph.Dyn(dimRows), graph.Fix(len(m.Labels)))
	return e.Model(), e.Err()
}

// tokenInputs declares the inputs of every graph: ids, and the mask, which is 1 for tokens.
func tokenInputs(e *arch.Encoder) (ids, mask graph.Value) {
	ids = e.Input(inputIDs, graph.Int64, graph.Dyn(dimRows), graph.Dyn(dimTokens))
	return ids, e.Cast(e.Input(inputMask, graph.Int64, graph.Dyn(dimRows), graph.Dyn(dimTokens)), graph.Float)
}

// After is a point: y, and what adapters add to it of what they read.
func (a *adapted) After(y graph.Value, path string, read func() graph.Value) graph.Value {
	set := a.v.sites[path]
	if set == 0 {
		return y
	}
	return a.add(y, read(), set, a.declare(path, set))
}

// Norm is layer normalisation, with what adapters do to its weight and add to its bias, which then rides in their input.
func (a *adapted) Norm(x graph.Value, path string) graph.Value {
	set := a.v.sites[path]
	norm := a.Encoder.Norm
	if set.whole() {
		norm = a.Unshifted
	}
	return a.add(norm(x, path), x, set, a.declare(path, set))
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
		if p.act == "" && set.has(portRoute) {
			down = a.Mul(down, a.gates(x, in))
		}
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

// gates are what a router multiplies the columns of A x with, for each token: with the weights of their adapters, which are the
// softmax over the k nearest of |x·v|, and with 1 where they belong to none that is routed.
func (a *adapted) gates(x graph.Value, in func(port string) graph.Value) graph.Value {
	near := a.Add(a.Abs(a.MatMulT(x, in(".route"), 1)), in(".seats"))
	return a.Add(a.MatMul(a.TopSoftmax(near, in(".top")), in(".owner")), in(".open"))
}

// declare makes the inputs of a site, in the table's order, and gives them by the names of their ports.
func (a *adapted) declare(path string, set portSet) func(port string) graph.Value {
	s := a.sites[path]
	set.each(func(_ int, p *port) {
		if _, there := a.declared[path+p.name]; there {
			return
		}
		a.declared[path+p.name] = a.Input(path+p.name, graph.Float, p.dims(s, a.v.perRow)...)
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
