package endpoint

// This file defines what goes over the wire.

import (
	"encoding/json"
	"slices"

	"loradex/evaluation/cosine"
	"loradex/internal/fault"
)

type request struct {
	Model     string   `json:"model"`
	Input     []string `json:"input"`
	Format    string   `json:"encoding_format"`
	InputType string   `json:"input_type,omitempty"`
}

// answer is what of an embeddings answer is read. Pointers tell an absent field from a zero.
type answer struct {
	Data []struct {
		Index     *int      `json:"index"`
		Embedding []float32 `json:"embedding"`
	} `json:"data"`
}

// decode reads an answer with n vectors, in the order of their indexes. Numbers that no float32 holds are refused by the
// JSON decoder, and JSON has no others that are not finite.
func decode(body []byte, n int) ([][]float32, error) {
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "it is not the JSON of embeddings")
	}
	if len(a.Data) != n {
		return nil, fault.New(fault.Invalid, "it holds %d vectors for %d texts", len(a.Data), n)
	}
	out := make([][]float32, n)
	for _, d := range a.Data {
		switch {
		case d.Index == nil || *d.Index < 0 || *d.Index >= n:
			return nil, fault.New(fault.Invalid, "a vector has no index from 0 to %d", n-1)
		case out[*d.Index] != nil:
			return nil, fault.New(fault.Invalid, "two vectors have the index %d", *d.Index)
		case len(d.Embedding) == 0 || len(d.Embedding) > cosine.MaxDimensions:
			return nil, fault.New(fault.Invalid, "vector %d has %d dimensions", *d.Index, len(d.Embedding))
		case !slices.ContainsFunc(d.Embedding, func(x float32) bool { return x != 0 }):
			return nil, fault.New(fault.Invalid, "vector %d is all zeros, and has no direction", *d.Index)
		}
		out[*d.Index] = d.Embedding
	}
	for i, v := range out {
		if len(v) != len(out[0]) {
			return nil, fault.New(fault.Invalid, "vector %d has %d dimensions, and vector 0 %d", i, len(v), len(out[0]))
		}
	}
	return out, nil
}
