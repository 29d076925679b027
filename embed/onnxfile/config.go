package onnxfile

// This file reads the configuration of a BERT out of its graph.

import (
	"fmt"
	"strings"

	"loradex/internal/fault"
)

// The names that the sizes of a BERT are read from.
const (
	words     = "embeddings.word_embeddings.weight"
	positions = "embeddings.position_embeddings.weight"
	types     = "embeddings.token_type_embeddings.weight"
	attention = "attention/self"
)

// Config gives what the config.json of a BERT says, as its graph shows it: sizes from the shapes of tensors; the number of heads from the
// constants that split them; the epsilon of the first norm; the activation from the operation that computes it.
//
// Errors: those of [Decode]; Unsupported where the graph is not that of a BERT, or does not show one of these: then config.json must
// lie beside the file.
func Config(name string, data []byte) (map[string]any, error) {
	f, err := read(name, data)
	if err != nil {
		return nil, err
	}
	named, err := f.named()
	if err != nil {
		return nil, broken(err, name)
	}
	unclear := func(what string) error {
		return fault.New(fault.Unsupported, "%s: its graph does not show %s of a BERT", name, what).
			WithHint("put the model's config.json beside it")
	}
	prefix := ""
	for called := range named {
		if before, ok := strings.CutSuffix(called, words); ok {
			prefix = before
		}
	}
	// rows and columns of a matrix as the model has it; 0 for one that is not there.
	shape := func(called string) (rows, columns int) {
		from, ok := named[prefix+called]
		if t := f.tensors[from.initializer]; ok && len(t.dims) == 2 {
			rows, columns = t.dims[0], t.dims[1]
			if from.transposed {
				rows, columns = columns, rows
			}
		}
		return rows, columns
	}
	vocabulary, hidden := shape(words)
	seats, _ := shape(positions)
	kinds, _ := shape(types)
	intermediate, _ := shape("encoder.layer.0.intermediate.dense.weight")
	layers := 0
	for {
		if rows, _ := shape(fmt.Sprintf("encoder.layer.%d.output.dense.weight", layers)); rows == 0 {
			break
		}
		layers++
	}
	heads, epsilon, activation := f.heads(hidden), f.epsilon(), f.activation()
	switch {
	case vocabulary == 0 || seats == 0 || kinds == 0:
		return nil, unclear("the embeddings")
	case layers == 0 || intermediate == 0:
		return nil, unclear("the layers")
	case f.has("CumSum"):
		return nil, unclear("the positions") // RoBERTa counts them from the padding
	case heads == 0:
		return nil, unclear("the heads")
	case epsilon == 0:
		return nil, unclear("the norms")
	case activation == "":
		return nil, unclear("the activation")
	}
	return map[string]any{
		"architectures": []string{"BertModel"}, "model_type": "bert", "hidden_size": hidden, "num_hidden_layers": layers,
		"num_attention_heads": heads, "intermediate_size": intermediate, "hidden_act": activation, "layer_norm_eps": epsilon,
		"max_position_embeddings": seats, "type_vocab_size": kinds, "vocab_size": vocabulary,
		"position_embedding_type": "absolute", "pad_token_id": 0,
	}, nil
}

func (f *file) has(op string) bool {
	for _, n := range f.nodes {
		if n.op == op {
			return true
		}
	}
	return false
}

// heads looks among the constants of the first layer's attention for the two that split the hidden size: heads, then their width.
func (f *file) heads(hidden int) int {
	var last int64
	for _, n := range f.nodes {
		if n.constant == nil || !strings.Contains(n.name, "layer.0/"+attention) {
			continue
		}
		if len(n.constant.dims) != 1 { // scalars choose dimensions
			continue
		}
		for _, v := range n.constant.ints() {
			if last > 1 && v > 1 && last <= int64(hidden) && v <= int64(hidden) && last*v == int64(hidden) {
				return int(last)
			}
			last = v
		}
	}
	return 0
}

// epsilon is that of the norm of the embeddings, as the decimal that was meant: fp32 has 9.99999996e-13 for 1e-12.
func (f *file) epsilon() float64 {
	for _, n := range f.nodes {
		e := n.epsilon
		if n.constant != nil {
			e = n.constant.scalar()
		}
		if !strings.Contains(n.name, "embeddings/LayerNorm") || e <= 0 || e >= 1e-2 {
			continue
		}
		var short float64
		if _, err := fmt.Sscan(fmt.Sprintf("%.6g", e), &short); err == nil {
			return short
		}
	}
	return 0
}

// activation is the one of the feed-forward layers.
func (f *file) activation() string {
	for _, n := range f.nodes {
		if !strings.Contains(n.name, "layer.0/intermediate") {
			continue
		}
		switch n.op {
		case "Erf", "Gelu":
			return "gelu"
		case "Tanh":
			return "gelu_new"
		case "Relu":
			return "relu"
		}
	}
	return ""
}
