package peft

// This file defines the format of VeRA: two matrices that all layers share, as large as the largest of them, and two vectors for each
// layer. Kopiczko et al. 2024, arXiv:2310.11454.

import (
	"encoding/json"

	"loradex/adapters/delta"
	"loradex/adapters/folder"
	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// Names of the parts.
const (
	veraDown = "vera_lambda_d" // [r]
	veraUp   = "vera_lambda_b" // [out]

	veraA = "base_model.vera_A" // [r, n], of the whole file
	veraB = "base_model.vera_B" // [m, r]
)

func veraFormat() format {
	return format{
		name: "VERA", methods: []string{"vera"}, open: openVeRA, write: writeVeRA, shared: []string{veraA, veraB},
		fields: map[string]folder.Use{
			"r": folder.Used, "layers_to_transform": folder.Used, "layers_pattern": folder.Used, "save_projection": folder.Used,
			"bias": folder.Used, "vera_dropout": folder.Harmless, "d_initial": folder.Harmless, "init_weights": folder.Harmless,
			"projection_prng_key": folder.Harmless, // the matrices are in the file
		},
		parts: []part{
			{veraDown, []string{".vera_lambda_d"}, 1, "vectors of its rank"},
			{veraUp, []string{".vera_lambda_b"}, 1, "vectors of its outputs"},
		},
	}
}

// openVeRA refuses a file without the shared matrices: they would have to come from torch's generator.
func openVeRA(name string, raw map[string]json.RawMessage) (readLayer, error) {
	if v, ok := raw["save_projection"]; ok && string(v) == "false" {
		return nil, fault.New(fault.Unsupported, "%s: field save_projection is false: the shared matrices are not in the file", name).
			WithHint("load it with PEFT, set save_projection and save it again")
	}
	if v, ok := raw["r"]; !ok || isNull(v) {
		return nil, fault.New(fault.Corrupt, "%s: field r is missing", name)
	}
	return readVeRA, nil
}

// readVeRA makes the update of one layer. Layers alias the shared matrices.
func readVeRA(c *config, l *layer) (delta.Update, error) {
	a, b := l.shared[veraA], l.shared[veraB]
	p := &delta.Projected{Rank: c.R, A: a.values, B: b.values, Down: l.at(veraDown), Up: l.at(veraUp)}
	u := delta.Update{Site: l.module, Out: l.size(veraUp, 0), Projected: p}
	switch {
	case a.shape == nil || b.shape == nil:
		return u, fault.New(fault.Unsupported, "%s: has no vera_A or no vera_B: without the shared matrices the vectors mean nothing", l.file).
			WithHint("save it with save_projection=True")
	case p.Down == nil || p.Up == nil:
		return u, l.corrupt("has vera_lambda_d or vera_lambda_b, not both")
	case !c.targets(l.key):
		return u, l.corrupt("has vectors, but field target_modules (or exclude_modules, layers_to_transform) leaves it out")
	case a.shape[0] != c.R || b.shape[1] != c.R || l.size(veraDown, 0) != c.R:
		return u, l.corrupt("vera_A, vera_B and vera_lambda_d have ranks %d, %d and %d, field r gives %d", a.shape[0], b.shape[1], l.size(veraDown, 0), c.R)
	case b.shape[0] < u.Out:
		return u, l.corrupt("has %d outputs, vera_B only %d", u.Out, b.shape[0])
	}
	return u, nil
}

// writeVeRA writes updates that share their matrices.
func writeVeRA(config map[string]any, updates []delta.Update, o WriteOptions) ([]safetensors.Tensor, error) {
	var tensors []safetensors.Tensor
	adapted := map[string]bool{}
	var first *delta.Projected
	for _, u := range updates {
		p := u.Projected
		if p == nil || (delta.Update{Out: u.Out, Projected: p}).Form() != u.Form() || u.Shift != nil || len(u.Branches) > 0 {
			return nil, fault.New(fault.Invalid, "layer %s: not two vectors over shared matrices: VERA cannot say it", u.Site)
		}
		if first == nil {
			first = p
			tensors = append(tensors, safetensors.FromFloat32(veraA, []int{p.Rank, len(p.A) / p.Rank}, p.A),
				safetensors.FromFloat32(veraB, []int{len(p.B) / p.Rank, p.Rank}, p.B))
		}
		if p.Rank != first.Rank || &p.A[0] != &first.A[0] || &p.B[0] != &first.B[0] {
			return nil, fault.New(fault.Invalid, "layer %s: its matrices are not those of the other layers", u.Site)
		}
		adapted[u.Site] = true
		tensors = append(tensors, safetensors.FromFloat32(keyPrefix+u.Site+".vera_lambda_d", []int{p.Rank}, p.Down),
			safetensors.FromFloat32(keyPrefix+u.Site+".vera_lambda_b", []int{u.Out}, p.Up))
	}
	if first == nil {
		return nil, fault.New(fault.Invalid, "no layer has vectors")
	}
	config["r"], config["target_modules"], config["bias"], config["save_projection"] = first.Rank, targetsOf(adapted, o.Layers), BiasNone, true
	config["vera_dropout"], config["fan_in_fan_out"] = o.Dropout, false
	return tensors, nil
}
