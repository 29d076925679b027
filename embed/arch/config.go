package arch

import (
	"encoding/json"
	"fmt"

	"loradex/internal/fault"
)

// Model is what a graph needs of an opened model folder.
type Model struct {
	Name      string // the folder's name; for the Hugging Face cache layout, the name of the repository
	Config    Config
	Pooling   Pooling
	Normalize bool // vectors are scaled to length 1
	// Weight gives the values and the shape of a tensor by its canonical name: without "bert." or "roberta.".
	Weight func(name string) (data []float32, shape []int, err error)
	// Int8 are the linear layers that compute in integers, by path; empty for a model in floats.
	Int8 map[string]*Int8
}

// Config is what the graph needs of config.json. All sizes are positive and bounded; Heads divides HiddenSize.
type Config struct {
	Family       string  `json:"family"` // Family.Name
	HiddenSize   int     `json:"hidden_size"`
	Layers       int     `json:"layers"`
	Heads        int     `json:"heads"`
	Intermediate int     `json:"intermediate"` // width of the feed-forward layer
	VocabSize    int     `json:"vocab_size"`   // rows of the word embeddings
	MaxPositions int     `json:"max_positions"`
	TypeVocab    int     `json:"type_vocab"` // rows of the token type embeddings; 0: none. Every token has type 0
	PadID        int     `json:"pad_id"`
	LayerNormEps float64 `json:"layer_norm_eps"`
	Activation   string  `json:"activation"` // by package delta's names
	// PositionOffset is the position of a row's first token: 0 for BERT, PadID+1 for RoBERTa, which counts positions
	// over the tokens that are not padding and leaves the rows up to PadID unused.
	PositionOffset int `json:"position_offset"`
}

// HeadSize is the width of one attention head.
func (c Config) HeadSize() int { return c.HiddenSize / c.Heads }

// PositionLimit is the longest sequence, special tokens included, that the position embeddings can serve.
func (c Config) PositionLimit() int { return c.MaxPositions - c.PositionOffset }

// Bounds on sizes that come from config.json. They are far above any published model of these families; what they
// stop is a size product that overflows before the shapes are compared with the weights.
const (
	MaxRows   = 1 << 24 // of a table
	maxWidth  = 1 << 16
	maxLayers = 1 << 10
)

// validate checks the sizes, so that later code may multiply and allocate by them. Names are those of the family's
// config.json.
func (c Config) validate(path string, f *family) error {
	types := 1
	if f.Types == "" {
		types = 0
	}
	for _, s := range []struct {
		name            string
		value, min, max int
	}{
		{"hidden_size", c.HiddenSize, 1, maxWidth},
		{"num_hidden_layers", c.Layers, 1, maxLayers},
		{"num_attention_heads", c.Heads, 1, maxWidth},
		{"intermediate_size", c.Intermediate, 1, maxWidth},
		{"vocab_size", c.VocabSize, 1, MaxRows},
		{"max_position_embeddings", c.MaxPositions, 1, MaxRows},
		{"type_vocab_size", c.TypeVocab, types, MaxRows},
	} {
		if s.value < s.min || s.value > s.max {
			return fault.New(fault.Invalid, "%s: %s is %d, want %d to %d", path, s.name, s.value, s.min, s.max)
		}
	}
	switch {
	case c.HiddenSize%c.Heads != 0:
		return fault.New(fault.Invalid, "%s: num_attention_heads %d does not divide hidden_size %d", path, c.Heads, c.HiddenSize)
	case c.PadID < 0 || c.PadID >= c.VocabSize:
		return fault.New(fault.Invalid, "%s: pad_token_id %d is outside the vocabulary of %d", path, c.PadID, c.VocabSize)
	case !(c.LayerNormEps > 0 && c.LayerNormEps < 1):
		return fault.New(fault.Invalid, "%s: layer_norm_eps is %g, want a small positive number", path, c.LayerNormEps)
	case c.PositionLimit() < 8:
		return fault.New(fault.Invalid, "%s: max_position_embeddings %d leaves room for %d tokens; at least 8 are needed",
			path, c.MaxPositions, c.PositionLimit())
	}
	return nil
}

// fields reads values of a config.json. The first one of another type than it should have sticks.
type fields struct {
	raw map[string]json.RawMessage
	err error
}

// int is a whole number; def where the field is missing or null.
func (f *fields) int(name string, def int) int { return field(f, name, def) }

// float is a number.
func (f *fields) float(name string, def float64) float64 { return field(f, name, def) }

// Text is a string.
func (f *fields) Text(name, def string) string { return field(f, name, def) }

func field[T any](f *fields, name string, def T) T {
	text, ok := f.raw[name]
	if !ok {
		return def
	}
	v := &def
	if err := json.Unmarshal(text, &v); err != nil && f.err == nil {
		f.err = fmt.Errorf("field %s: %w", name, err)
	}
	if v == nil { // null
		return def
	}
	return *v
}
