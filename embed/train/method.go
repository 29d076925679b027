package train

import (
	"math/rand/v2"
	"strings"

	"loradex/adapters"
	"loradex/embed/graph"
	"loradex/internal/fault"
)

// Leaf is one trained tensor.
type Leaf struct {
	Name  string // of the graph's input: "encoder.layer.0.attention.self.query.A", or the name of a weight
	Shape []int
	Data  []float32 // row-major
	Decay bool      // whether weight decay applies
}

// method is a kind of adapter that can be trained. To add one: a file with its leaves, its place in the graph and its
// saved form, and a line in methods.
type method struct {
	name string
	// leaves makes the tensors of one site at their start. W is the site's weight, [Out,In].
	leaves func(o Options, mod adapters.Module, w []float32, rng *rand.Rand) []Leaf
	// apply computes the site: x [N,S,in] to [N,S,out].
	apply func(t *tower, x graph.Value, mod adapters.Module) graph.Value
	// update is the site as it is saved. leaf gives a tensor of the site by the last part of its name.
	update func(o Options, mod adapters.Module, leaf func(part string) []float32) adapters.Update
}

func methods() []method {
	return []method{
		{"lora", loraLeaves, loraApply, loraUpdate},
		{"rslora", loraLeaves, loraApply, loraUpdate},
		{"dora", doraLeaves, doraApply, doraUpdate},
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
	for _, m := range methods() {
		if m.name == name {
			return m, nil
		}
	}
	return method{}, fault.New(fault.Invalid, "unknown method %q", name).WithHint("one of %s", strings.Join(Methods(), ", "))
}
