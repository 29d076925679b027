package arch

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"loradex/adapters/delta"
	"loradex/embed/graph"
	"loradex/internal/fault"
)

// family is one kind of encoder. To add one: a file with its table, and a line in [families]. The tensors that a model must
// have, the sites of adapters, what training trains and the graph all follow from the table.
type family struct {
	Name   string   // Config.Family
	Models []string // model_type of config.json
	// Read takes the sizes of config.json; the name of the activation is mapped later.
	Read func(f *fields) Config

	Words, Positions, Types string // tables of the embeddings; Types is "" where tokens have none
	EmbeddingsNorm          string
	Block                   string  // path of block %d
	Layers                  []layer // of a block, in the order of the computation
	// Compute is block i: x [N,S,H] to [N,S,H]; scores is added to those of attention.
	Compute func(e *Encoder, x, scores graph.Value, i int) graph.Value

	// Head are the two layers of a classification head, scores = second(tanh(first(first token))); "" where such heads are
	// of another kind. TypedPairs says that the second of two texts has token type 1.
	Head       [2]string
	TypedPairs bool
}

// layer is one line of a family's table: a layer of a block, with its part in the computation.
type layer struct {
	Role    role
	Path    string // in the block
	In, Out func(c Config) int
	NoBias  bool
}

// role is the part of a layer in a block.
type role string

// The roles of a block of attention and feed-forward, each ended by a normalisation.
const (
	query         role = "query"
	key           role = "key"
	value         role = "value"
	attentionOut  role = "attention output"
	attentionNorm role = "attention norm"
	feedIn        role = "feed-forward in"
	feedOut       role = "feed-forward out"
	feedNorm      role = "feed-forward norm"
)

// kind is that of the layer's site.
func (r role) kind() delta.Kind {
	if r == attentionNorm || r == feedNorm {
		return delta.Norm
	}
	return delta.Linear
}

// hidden and Feed are widths.
func hidden(c Config) int { return c.HiddenSize }

// feed is the width between the two feed-forward layers.
func feed(c Config) int { return c.Intermediate }

// families lists those that this build knows.
func families() []*family { return []*family{bert(), roberta(), distilBERT()} }

// Table is the family of a configuration that [ReadConfig] made.
func (c Config) Table() *family {
	all := families()
	return all[slices.IndexFunc(all, func(f *family) bool { return f.Name == c.Family })]
}

// ReadConfig makes a configuration of the fields of a config.json; path stands in messages. Errors: Invalid for values that can
// never work, Corrupt for some of the wrong type, Unsupported for a family or activation that this build lacks.
func ReadConfig(path string, raw map[string]json.RawMessage) (Config, error) {
	fields := &fields{raw: raw}
	kind := fields.Text("model_type", "")
	var known []string
	for _, f := range families() {
		if !slices.Contains(f.Models, kind) {
			known = append(known, f.Models...)
			continue
		}
		c := f.Read(fields)
		c.Family = f.Name
		if fields.err != nil {
			return Config{}, fault.Wrap(fault.Corrupt, fields.err, "%s: is not the JSON that is expected", path)
		}
		act, ok := delta.Activation(c.Activation)
		if !ok {
			return Config{}, fault.New(fault.Unsupported, "%s: hidden_act %q is not supported", path, c.Activation)
		}
		c.Activation = act
		return c, c.validate(path, f)
	}
	switch {
	case fields.err != nil:
		return Config{}, fault.Wrap(fault.Corrupt, fields.err, "%s: is not the JSON that is expected", path)
	case kind == "":
		return Config{}, fault.New(fault.Invalid, "%s: model_type is missing", path).
			WithHint("add \"model_type\": \"bert\" or \"roberta\"")
	}
	return Config{}, fault.New(fault.Unsupported, "%s: model_type %q is not supported", path, kind).
		WithHint("supported are %s", strings.Join(known, ", "))
}

// Tensor names one tensor of the encoder and the shape that the configuration gives it.
type Tensor struct {
	Name  string // canonical: without "bert." or "roberta."
	Shape []int
}

// Tensors lists the tensors that the encoder's graph needs, in graph order. Linear weights are [out, in].
func (c Config) Tensors() []Tensor {
	f := c.Table()
	tables := []Tensor{{f.Words + ".weight", []int{c.VocabSize, c.HiddenSize}}, {f.Positions + ".weight", []int{c.MaxPositions, c.HiddenSize}}}
	if f.Types != "" {
		tables = append(tables, Tensor{f.Types + ".weight", []int{c.TypeVocab, c.HiddenSize}})
	}
	for _, s := range c.layers() {
		shape := []int{s.Out, s.In}
		if s.Kind == delta.Norm {
			shape = shape[:1]
		}
		tables = append(tables, Tensor{s.Path + ".weight", shape})
		if !c.bare(s) {
			tables = append(tables, Tensor{s.Path + ".bias", shape[:1]})
		}
	}
	return tables
}

// layers lists the linear layers and normalisations, in the order of the computation.
func (c Config) layers() []delta.Site {
	f, h := c.Table(), c.HiddenSize
	sites := []delta.Site{{Path: f.EmbeddingsNorm, Kind: delta.Norm, In: h, Out: h, Block: -1}}
	for i := range c.Layers {
		for _, l := range f.Layers {
			sites = append(sites, delta.Site{Path: f.block(i) + "." + l.Path, Kind: l.Role.kind(), In: l.In(c), Out: l.Out(c), Block: i})
		}
	}
	return sites
}

// bare says that a layer has no bias.
func (c Config) bare(s delta.Site) bool {
	return slices.ContainsFunc(c.Table().Layers, func(l layer) bool { return l.NoBias && strings.HasSuffix(s.Path, "."+l.Path) })
}

// block is the path of a block.
func (f *family) block(i int) string { return fmt.Sprintf(f.Block, i) }

// path is that of the layer with a role in a block.
func (f *family) path(i int, r role) string {
	at := slices.IndexFunc(f.Layers, func(l layer) bool { return l.Role == r })
	return f.block(i) + "." + f.Layers[at].Path
}
