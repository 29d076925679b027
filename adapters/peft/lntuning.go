package peft

// This file defines the format of LN tuning, which trains weights and biases of normalisations: Zhao et al. 2024, arXiv:2312.11420.

import (
	"encoding/json"

	"loradex/adapters/delta"
	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

const gains = "ln_tuning_layers.weight" // [out], whole, as the bias is

func lnTuningFormat() format {
	return format{
		name: "LN_TUNING", methods: []string{"ln_tuning"}, kind: delta.Norm, write: writeLNTuning,
		open: func(string, map[string]json.RawMessage) (readLayer, error) { return readLNTuning, nil },
		parts: []part{
			{gains, []string{".ln_tuning_layers.weight"}, 1, "weights"},
			{bias, []string{".ln_tuning_layers.bias"}, 1, "biases"},
		},
	}
}

// readLNTuning makes the update of one normalisation: its weight and bias, as they are in the trained model.
func readLNTuning(c *config, l *layer) (delta.Update, error) {
	out, err := l.agreed(gains, bias)
	u := delta.Update{Site: l.module, Out: out, Gains: l.at(gains), Shift: l.at(bias), Whole: true}
	switch {
	case err != nil:
		return u, err
	case u.Gains == nil || u.Shift == nil:
		return u, l.corrupt("has a weight or a bias, not both")
	case !c.targets(l.key):
		return u, l.corrupt("has a weight, but field target_modules (or exclude_modules) leaves it out")
	}
	return u, nil
}

// writeLNTuning writes updates of a whole weight and a whole bias each.
func writeLNTuning(config map[string]any, updates []delta.Update, _ WriteOptions) ([]safetensors.Tensor, error) {
	var tensors []safetensors.Tensor
	targets := make([]string, 0, len(updates))
	for _, u := range updates {
		plain := delta.Update{Site: u.Site, Out: u.Out, Gains: u.Gains, Shift: u.Shift, Whole: true}
		if u.Gains == nil || u.Shift == nil || !u.Whole || plain.Form() != u.Form() {
			return nil, fault.New(fault.Invalid, "layer %s: not a whole weight and a whole bias: LN_TUNING cannot say it", u.Site)
		}
		targets = append(targets, u.Site)
		tensors = append(tensors, safetensors.FromFloat32(keyPrefix+u.Site+".ln_tuning_layers.weight", []int{u.Out}, u.Gains),
			safetensors.FromFloat32(keyPrefix+u.Site+".ln_tuning_layers.bias", []int{u.Out}, u.Shift))
	}
	if len(tensors) == 0 {
		return nil, fault.New(fault.Invalid, "no normalisation has a weight")
	}
	config["target_modules"] = targets
	return tensors, nil
}
