package adapters

import (
	"slices"

	"loradex/adapters/delta"
	"loradex/internal/fault"
)

// unusedLayers are layers that PEFT may adapt (target_modules "all-linear", bias "all") although no sentence
// vector passes through them. An update for one is ignored where the base does not list it.
var unusedLayers = []string{"pooler.dense"}

// Check says whether the adapter fits a base model with these sites. It refuses, naming the layer or field:
// an update for a layer that the base lacks, a wrong shape, numbers that are not finite, a layer that the configuration
// adapts but the file does not, an adapter for no layer at all, and one that changes nothing: each would otherwise
// end in vectors that are silently the base's, or wrong.
func (a *Adapter) Check(sites []delta.Site) error {
	base := make(map[string]delta.Site, len(sites))
	for _, s := range sites {
		base[s.Path] = s
	}
	matched, changes := 0, false
	for _, path := range sortedKeys(a.Updates) {
		u := a.Updates[path]
		s, ok := base[path]
		if !ok {
			if slices.Contains(unusedLayers, path) {
				continue
			}
			return fault.New(fault.Conflict, "adapter %q: the base model has no layer %s", a.Name, path).
				WithHint("the adapter was made for another architecture")
		}
		if err := a.checkUpdate(u, s); err != nil {
			return err
		}
		matched++
		changes = changes || u.Acts(s)
	}
	for _, s := range sites {
		if a.targets == nil || !a.Updates[s.Path].ShiftAlone() || !a.targets(s) {
			continue
		}
		return fault.New(fault.Corrupt, "adapter %q: the configuration (field target_modules) covers layer %s, but the file has no tensors for it", a.Name, s.Path).
			WithHint("the file is incomplete, or was made for a model with fewer layers")
	}
	switch {
	case matched == 0:
		return fault.New(fault.Conflict, "adapter %q changes no layer that the base model runs", a.Name)
	case !changes:
		return fault.New(fault.Invalid, "adapter %q changes nothing: what it adds is zero, what it multiplies by is one, and no bias differs", a.Name).
			WithHint("it was saved before training, or training never reached it")
	}
	return nil
}

// checkUpdate compares one update with its site, and its parts with each other, because an Adapter can be built by hand.
func (a *Adapter) checkUpdate(u delta.Update, s delta.Site) error {
	switch why := u.Malformed(); {
	case s.Kind == delta.Norm && !u.FitsNorm():
		return fault.New(fault.Conflict, "adapter %q: layer %s is a normalisation, which takes a weight and a bias only", a.Name, s.Path)
	case s.Kind != delta.Norm && u.Gains != nil:
		return fault.New(fault.Conflict, "adapter %q: layer %s is no normalisation", a.Name, s.Path).
			WithHint("the adapter was made for another architecture")
	case u.ShiftAlone() && len(u.Shift) != s.Out:
		return fault.New(fault.Conflict, "adapter %q: bias of layer %s has %d numbers, the base's %d", a.Name, s.Path, len(u.Shift), s.Out)
	case u.In != 0 && u.In != s.In || u.Out != 0 && u.Out != s.Out:
		return fault.New(fault.Conflict, "adapter %q: layer %s is %d → %d in the adapter and %d → %d in the base model",
			a.Name, s.Path, u.In, u.Out, s.In, s.Out).WithHint("the adapter was made for a model of another size")
	case why != "":
		return fault.New(fault.Corrupt, "adapter %q: layer %s: %s", a.Name, s.Path, why)
	case a.verified:
		return nil
	}
	for _, t := range u.Tensors() {
		if !finite(t.Values) {
			return fault.Wrap(fault.Corrupt, notFinite(s.Path, t.Name), "adapter %q", a.Name)
		}
	}
	return nil
}
