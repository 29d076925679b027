package train

import (
	"math/rand/v2"
	"strings"

	"loradex/adapters"
	"loradex/adapters/delta"
	"loradex/embed/graph"
	"loradex/internal/fault"
)

// leaf is one trained tensor.
type leaf struct {
	Name  string // of the graph's input: "encoder.layer.0.attention.self.query.A", or the name of a weight
	Shape []int
	Data  []float32 // row-major
	Decay bool      // whether weight decay applies
}

// method is a kind of adapter that can be trained. To add one: a file with its leaves, its place in the graph and its
// updates, and a line in methods.
type method struct {
	name    string
	adapter string     // the same method in adapters.Methods
	root    bool       // the scale is α/√r: a rule of how LoRA is scaled (rsLoRA), not a method of its own
	kind    delta.Kind // of the sites that it can adapt
	targets []string   // the default of Options.Targets
	// leaves makes the tensors of one site at their start. w gives the site's weight, [Out,In].
	leaves func(o Options, s delta.Site, w func() ([]float32, error), rng *rand.Rand) ([]leaf, error)
	// apply computes the site, [N,S,out]: x is what its branches read, and base what it gives without an adapter.
	apply func(t *tower, s delta.Site, x graph.Value, base func() graph.Value) graph.Value
	// update is the site as it is saved. leaf gives a tensor of the site by the last part of its name.
	update func(o Options, s delta.Site, leaf func(part string) []float32) delta.Update
}

func methods() []method {
	attention := []string{"query", "value"}
	return []method{
		{"lora", "lora", false, delta.Linear, attention, loraLeaves, loraApply, loraUpdate},
		{"rslora", "lora", true, delta.Linear, attention, loraLeaves, loraApply, loraUpdate},
		{"dora", "dora", false, delta.Linear, attention, doraLeaves, doraApply, doraUpdate},
	}
}

// Methods lists the kinds of adapter that can be trained.
func Methods() []string {
	var names []string
	for _, m := range methods() {
		names = append(names, m.name)
	}
	return names
}

func methodNamed(name string) (method, error) {
	m, err := find("method", name, methods(), func(m method) string { return m.name })
	if _, unknown := adapters.MethodNamed(name); err != nil && unknown == nil {
		return m, fault.New(fault.Unsupported, "method %q can be served, not trained", name).WithHint("%s", fault.HintOf(err))
	}
	return m, err
}

// adapts tells whether the targets name a site that the method can adapt.
func (m method) adapts(targets []string, s delta.Site) bool {
	if s.Kind != m.kind {
		return false
	}
	for _, t := range targets {
		if t == "all-linear" || t == s.Path || strings.HasSuffix(s.Path, "."+t) {
			return true
		}
	}
	return false
}
