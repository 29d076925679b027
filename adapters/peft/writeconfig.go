package peft

// This file finds short spellings for what adapter_config.json says of many layers.

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"loradex/adapters/delta"
	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// commonest is the value that most layers have, the least of several.
func commonest[V cmp.Ordered](values map[string]V) V {
	count := map[V]int{}
	for _, v := range values {
		count[v]++
	}
	var best V
	n := 0
	for _, v := range slices.Sorted(maps.Keys(count)) {
		if count[v] > n {
			best, n = v, count[v]
		}
	}
	return best
}

// others is what a pattern field says: the values that are not the common one, by a pattern that only the path matches.
func others[V comparable](values map[string]V, common V) map[string]V {
	out := map[string]V{}
	for key, v := range values {
		if v != common {
			out[regexp.QuoteMeta(key)] = v
		}
	}
	return out
}

// targetsOf lists what target_modules must match: for each adapted layer the shortest end of its path that no other layer
// of the base has, or the whole path where the layers are unknown.
func targetsOf[V any](adapted map[string]V, layers []string) []string {
	targets := map[string]bool{}
	for path := range adapted {
		targets[shortest(path, adapted, layers)] = true
	}
	return slices.Sorted(maps.Keys(targets))
}

func shortest[V any](path string, adapted map[string]V, layers []string) string {
	for at := strings.LastIndexByte(path, '.'); at > 0 && layers != nil; at = strings.LastIndexByte(path[:at], '.') {
		end := path[at+1:]
		only := matcher{names: map[string]bool{end: true}}
		if !slices.ContainsFunc(layers, func(l string) bool { _, ours := adapted[l]; return !ours && only.match(l) }) {
			return end
		}
	}
	return path
}

// verify reads back what is to be written: whoever writes a path that a pattern reads otherwise must not learn it later.
func verify(f format, text []byte, tensors []safetensors.Tensor, updates []delta.Update) error {
	c, err := parseConfig(ConfigFile, text)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "what was to be written cannot be read")
	}
	layers, shared := map[string]*layer{}, map[string]tensor{}
	for _, t := range tensors {
		if slices.Contains(f.shared, t.Name) {
			shared[t.Name] = tensor{shape: t.Shape, values: []float32{0}}
			continue
		}
		key, p := partOf(t.Name, f.parts)
		if p == nil {
			return fault.New(fault.Invalid, "tensor %s cannot be read", t.Name)
		}
		if layers[key] == nil {
			layers[key] = &layer{file: WeightsFile, module: key, key: key, tensors: map[string]tensor{}, shared: shared}
		}
		layers[key].tensors[p.name] = tensor{shape: t.Shape, values: []float32{0}}
	}
	for _, u := range updates {
		l := layers[u.Site]
		if l == nil {
			return fault.New(fault.Invalid, "layer %s has no tensor", u.Site)
		}
		got, err := c.read(c, l)
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "what was to be written cannot be read")
		}
		for i, b := range u.Branches {
			if i >= len(got.Branches) || got.Branches[i].Rank != b.Rank || got.Branches[i].Scale != b.Scale {
				return fault.New(fault.Invalid, "layer %s: rank %d and scale %v cannot be said in %s", u.Site, b.Rank, b.Scale, ConfigFile)
			}
		}
	}
	return nil
}
