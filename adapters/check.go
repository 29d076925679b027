package adapters

import (
	"slices"

	"loradex/internal/fault"
)

// Module is one layer of a base model that an adapter can change.
type Module struct {
	Path    string // prefixes stripped: "encoder.layer.3.attention.self.query"
	In, Out int    // of a linear layer; for a normalisation both are its width
	Norm    bool   // a normalisation: only its bias can be replaced
	// Bias is the layer's own bias, [Out]. Where it is given, an adapter whose saved biases equal it is not taken
	// for one that changes something; nil counts every saved bias as a change.
	Bias []float32
}

// unusedLayers are layers that PEFT may adapt (target_modules "all-linear", bias "all") although no sentence
// vector passes through them. An update for one is ignored where the base does not list it.
var unusedLayers = []string{"pooler.dense"}

// Check says whether the adapter fits a base model with these layers. It refuses, naming the layer or field:
// an update for a layer that the base lacks, a wrong shape, numbers that are not finite, a layer that the configuration
// adapts but the file does not, an adapter for no layer at all, and one that changes nothing: each would otherwise
// end in vectors that are silently the base's, or wrong.
func (a *Adapter) Check(modules []Module) error {
	base := make(map[string]Module, len(modules))
	for _, m := range modules {
		base[m.Path] = m
	}
	matched, changes := 0, false
	for _, path := range sortedKeys(a.Updates) {
		u := a.Updates[path]
		m, ok := base[path]
		if !ok {
			if slices.Contains(unusedLayers, path) {
				continue
			}
			return fault.New(fault.Conflict, "adapter %q: the base model has no layer %s", a.Name, path).
				WithHint("the adapter was made for another architecture")
		}
		if err := a.checkUpdate(u, m); err != nil {
			return err
		}
		matched++
		changes = changes || u.changes(m)
	}
	for _, m := range modules {
		if a.targets == nil || m.Norm || a.Updates[m.Path].Rank > 0 || !a.targets(m.Path) {
			continue
		}
		return fault.New(fault.Corrupt, "adapter %q: field target_modules covers layer %s, but the file has no tensors for it", a.Name, m.Path).
			WithHint("the file is incomplete, or was made for a model with fewer layers")
	}
	switch {
	case matched == 0:
		return fault.New(fault.Conflict, "adapter %q changes no layer that the base model runs", a.Name)
	case !changes:
		return fault.New(fault.Invalid, "adapter %q changes nothing: every lora_B (or lora_A) is zero and no bias differs", a.Name).
			WithHint("it was saved before training, or training never reached it")
	}
	return nil
}

// checkUpdate compares one update with its layer. Lengths are checked too, because an Adapter can be built by hand.
func (a *Adapter) checkUpdate(u Update, m Module) error {
	if u.Rank > 0 {
		if m.Norm {
			return fault.New(fault.Conflict, "adapter %q: layer %s is a normalisation, which takes a bias only", a.Name, u.Module)
		}
		if u.In != m.In || u.Out != m.Out {
			return fault.New(fault.Conflict, "adapter %q: layer %s is %d → %d in the adapter and %d → %d in the base model",
				a.Name, u.Module, u.In, u.Out, m.In, m.Out).WithHint("the adapter was made for a model of another size")
		}
		if len(u.A) != u.Rank*u.In || len(u.B) != u.Out*u.Rank {
			return fault.New(fault.Corrupt, "adapter %q: layer %s: A and B hold %d and %d numbers, which rank %d contradicts",
				a.Name, u.Module, len(u.A), len(u.B), u.Rank)
		}
	}
	if u.Bias != nil && len(u.Bias) != m.Out {
		return fault.New(fault.Conflict, "adapter %q: bias of layer %s has %d numbers, the base's %d", a.Name, u.Module, len(u.Bias), m.Out)
	}
	if u.Magnitude != nil && (u.Rank == 0 || len(u.Magnitude) != u.Out) {
		return fault.New(fault.Corrupt, "adapter %q: layer %s: the magnitude vector has %d numbers for rank %d and %d outputs",
			a.Name, u.Module, len(u.Magnitude), u.Rank, u.Out)
	}
	if a.verified {
		return nil
	}
	for _, part := range u.numbers() {
		if !finite(part.values) {
			return fault.Wrap(fault.Corrupt, notFinite(u.Module, part.name), "adapter %q", a.Name)
		}
	}
	return nil
}

// changes says whether the update can change the layer's output. It stops at the first number that is not zero. A
// magnitude counts as a change: whether it is just the length of the layer's own row, only who has the weight can tell
// (see [Update.Factors]).
func (u Update) changes(m Module) bool {
	notZero := func(v float32) bool { return v != 0 }
	if u.Magnitude != nil || u.Scale != 0 && slices.ContainsFunc(u.B, notZero) && slices.ContainsFunc(u.A, notZero) {
		return true
	}
	return u.Bias != nil && (m.Bias == nil || !slices.Equal(u.Bias, m.Bias))
}
