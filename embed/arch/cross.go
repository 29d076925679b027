package arch

import (
	"loradex/embed/graph"
	"loradex/embed/onnx"
)

// Names of a cross-encoder's inputs and output, and of dimensions.
const (
	inputIDs   = "input_ids"
	inputMask  = "attention_mask"
	inputTypes = "token_type_ids"
	Logits     = "logits"
	dimRows    = "rows"
	dimTokens  = "tokens"
)

// Graph is a built cross-encoder.
type Graph struct {
	Model  *onnx.Model
	Inputs []string // in the order in which a session wants them
}

// BuildCross makes the graph of a cross-encoder: two texts in one row, read together. Its inputs are those of the plain
// encoder and, where the model has several token types, token_type_ids int64 [N,S]; its output is logits, float [N,L]
// for L labels, before any activation:
//
//	logits = W₂ tanh(W₁ x₀ + b₁) + b₂        x₀ [N,H]: the last layer's first token
//
// BERT calls the first layer its pooler and RoBERTa a part of its head; the computation is the same.
func BuildCross(m *Model, labels int) (*Graph, error) {
	e, c := NewEncoder(graph.New(m.Name), m, nil), m.Config
	ids := e.Input(inputIDs, onnx.Int64, graph.Dyn(dimRows), graph.Dyn(dimTokens))
	mask := e.Cast(e.Input(inputMask, onnx.Int64, graph.Dyn(dimRows), graph.Dyn(dimTokens)), onnx.Float)
	if c.TypeVocab > 1 {
		types := e.Input(inputTypes, onnx.Int64, graph.Dyn(dimRows), graph.Dyn(dimTokens))
		e.Types = &types
	}
	x := e.Blocks(e.Embeddings(ids), mask, 0, c.Layers)
	first := e.Reshape(e.Slice(x, 1, 0, e.Ints(1)), 0, int64(c.HiddenSize))
	e.Output(Logits, e.Linear(e.Tanh(e.Linear(first, e.f.Head[0])), e.f.Head[1]), graph.Dyn(dimRows), graph.Fix(labels))
	if e.err != nil {
		return nil, e.err
	}
	return &Graph{Model: e.Model(), Inputs: e.Inputs()}, nil
}
