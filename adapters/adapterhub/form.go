package adapterhub

import (
	"slices"
	"strings"

	"loradex/adapters/delta"
	"loradex/adapters/folder"
	"loradex/internal/fault"
)

// form is one kind of settings. To add one: a file with its form, and a line in forms.
type form struct {
	method       string // key of the methods table
	architecture string // field architecture; "" for a bottleneck, whose is null
	mode         string // field composition_mode, which tells (IA)³ from LoRA; "" elsewhere
	holder       string // what stands before the adapter's name in the names of its tensors: "loras"
	fields       map[string]folder.Use
	parts        map[string]int // what follows the adapter's name, and its dimensions: "lora_A": 2
	open         func(s settings) (method, error)
}

// method is what the settings of an adapter say, decoded.
type method interface {
	// adapts says whether the adapter has tensors at a place.
	adapts(p place) bool
	// point is which of a sublayer's points it changes; "" where it changes layers.
	point() string
	// read makes the update of one place.
	read(m *module) (delta.Update, error)
}

func forms() []form { return []form{loraForm(), ia3Form(), bottleneckForm()} }

// formOf finds the form of settings.
func formOf(s settings) (form, error) {
	architecture, mode := s.text("architecture"), ""
	if architecture == "lora" {
		if mode = s.text("composition_mode"); mode == "" {
			mode = "add"
		}
	}
	var known []string
	for _, f := range forms() {
		if f.architecture == architecture && f.mode == mode {
			return f, nil
		}
		known = append(known, f.method)
	}
	if mode != "" {
		return form{}, s.unsupported("composition_mode", "this build reads "+strings.Join(known, ", "))
	}
	return form{}, s.unsupported("architecture", "this build reads "+strings.Join(known, ", "))
}

// place is where a module of an adapter stands.
type place struct {
	path  string // in the encoder, wrappers stripped: "encoder.layer.3.attention.self.query"
	stem  string // of the block: "encoder.layer.3."
	block int    // its number
	kind  string // of a linear layer q, k, v, intermediate, output; of a sublayer mh_adapter, output_adapter
}

// kinds are the places of a block, by what follows its number. The first are BERT's and RoBERTa's, the others DistilBERT's.
var kinds = map[string]string{
	"attention.self.query": "q", "attention.self.key": "k", "attention.self.value": "v",
	"intermediate.dense": "intermediate", "output.dense": "output",
	"attention.output": "mh_adapter", "output": "output_adapter",

	"attention.q_lin": "q", "attention.k_lin": "k", "attention.v_lin": "v", "ffn.lin1": "intermediate", "ffn.lin2": "output",
	"attention_adapters": "mh_adapter", "output_adapters": "output_adapter",

	"attention": "mh_adapter", "ffn": "output_adapter", // the sublayers themselves, as sites name them
}

// placeOf finds a path's place.
func placeOf(path string) (place, bool) {
	segments := strings.Split(path, ".")
	at := slices.IndexFunc(segments, func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" })
	if at < 0 || len(segments[at]) > 4 {
		return place{}, false
	}
	n := 0
	for _, c := range segments[at] {
		n = 10*n + int(c-'0')
	}
	rest := strings.Join(segments[at+1:], ".")
	kind, ok := kinds[rest]
	return place{path, strings.TrimSuffix(path, rest), n, kind}, ok
}

// module is what the file holds at one place.
type module struct {
	file string // for messages
	place
	tensors map[string]tensor
}

type tensor struct {
	shape  []int
	values []float32
}

// need refuses a module without one of the parts, and gives their tensors in that order.
func (m *module) need(parts ...string) ([]tensor, error) {
	var out []tensor
	for _, p := range parts {
		t, ok := m.tensors[p]
		if !ok {
			return nil, m.corrupt("has no " + p)
		}
		out = append(out, t)
	}
	return out, nil
}

func (m *module) corrupt(what string) error {
	return fault.New(fault.Corrupt, "%s: layer %s: %s", m.file, m.path, what)
}
