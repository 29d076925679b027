package peft

// This file defines the format of LoRA, rsLoRA and DoRA, which PEFT writes under one peft_type.

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"loradex/adapters/delta"
	"loradex/adapters/folder"
	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// Names of the parts.
const (
	loraA     = "lora_A"                // [r, in]
	loraB     = "lora_B"                // [out, r]
	magnitude = "lora_magnitude_vector" // [out], of DoRA
	bias      = "bias"                  // [out], whole
)

func loraFormat() format {
	return format{
		name: "LORA", methods: []string{"lora", "dora"}, fields: loraFields(), open: openLoRA, write: writeLoRA,
		parts: []part{
			{loraA, []string{".lora_A.weight"}, 2, "lora_A"},
			{loraB, []string{".lora_B.weight"}, 2, "lora_B"},
			{bias, []string{".base_layer.bias", ".bias"}, 1, "biases"},
			// PEFT writes the first form; the second is the parameter's name in a model that PEFT has loaded.
			{magnitude, []string{".lora_magnitude_vector", ".lora_magnitude_vector.weight"}, 1, "magnitude vectors"},
		},
	}
}

// loraFields is LoraConfig as of PEFT 0.21. Refused entries stand here, and are not left unknown, to say why.
func loraFields() map[string]folder.Use {
	return map[string]folder.Use{
		"r": folder.Used, "lora_alpha": folder.Used, "use_rslora": folder.Used, "bias": folder.Used, "layers_to_transform": folder.Used, "layers_pattern": folder.Used,
		"rank_pattern": folder.Used, "alpha_pattern": folder.Used, "init_lora_weights": folder.Used, "use_dora": folder.Used,

		"lora_dropout": folder.Harmless, "runtime_config": folder.Harmless,
		"megatron_core":     folder.Harmless, // names a library; used only with megatron_config
		"qalora_group_size": folder.Harmless, // used only with use_qalora
		"eva_config":        folder.Harmless, // start only: the base stays, the ranks that it chose are in rank_pattern
		"corda_config":      folder.Harmless, // start only; init_lora_weights says whether the base was changed
		"lora_ga_config":    folder.Harmless, // the same

		"lora_bias":               folder.Refused, // a bias inside the low-rank branch
		"megatron_config":         folder.Refused, // parallel layers with their own layout
		"layer_replication":       folder.Refused, // another base: layers repeated
		"trainable_token_indices": folder.Refused, // replaces rows of the embedding table
		"loftq_config":            folder.Refused, // another base: quantised
		"target_parameters":       folder.Refused, // adapts bare parameters, not layers
		"use_qalora":              folder.Refused, // pools the input
		"alora_invocation_tokens": folder.Refused, // active after some tokens only
		"arrow_config":            folder.Refused, // a router inside the adapter
		"velora_config":           folder.Refused,
		"monteclora_config":       folder.Refused, // sampled perturbations
		"kasa_config":             folder.Refused, // another base: truncated singular values
		"use_bdlora":              folder.Refused, // block-diagonal factors in a layout of their own
		"ensure_weight_tying":     folder.Refused, // adapters shared with the embedding table
	}
}

// plainStarts are the values of init_lora_weights that leave the base as it was, so that A and B say everything.
var plainStarts = []string{"true", "false", `"gaussian"`, `"orthogonal"`, `"eva"`, "null"}

// openLoRA refuses starts that a field's being off does not tell.
func openLoRA(name string, raw map[string]json.RawMessage) (readLayer, error) {
	v, ok := raw["init_lora_weights"]
	if !ok || slices.Contains(plainStarts, strings.ToLower(string(bytes.TrimSpace(v)))) {
		return readLoRA, nil
	}
	return nil, fault.New(fault.Unsupported, "%s: field init_lora_weights is %.40s: this start changes the base model, so the saved matrices do not stand alone", name, v).
		WithHint("save it as a plain LoRA: PEFT's save_pretrained(dir, path_initial_model_for_weight_conversion=…)")
}

// readLoRA makes the update of one layer: a low-rank branch, a whole bias, or both.
func readLoRA(c *config, l *layer) (delta.Update, error) {
	out, err := l.agreed(loraB, bias, magnitude)
	if err != nil {
		return delta.Update{}, err
	}
	a, b, m := l.at(loraA), l.at(loraB), l.at(magnitude)
	u := delta.Update{Site: l.module, In: l.size(loraA, 1), Out: out, Shift: l.at(bias), Whole: l.at(bias) != nil, Lengths: m}
	switch r := l.size(loraA, 0); {
	case l.at(bias) != nil && c.Bias == BiasNone:
		return u, l.corrupt("there is a bias, but field bias is none")
	case (a == nil) != (b == nil):
		return u, l.corrupt("has lora_A or lora_B, not both")
	case m != nil && !c.DoRA:
		return u, l.corrupt("has a lora_magnitude_vector, but field use_dora is off")
	case m != nil && a == nil:
		return u, l.corrupt("has a lora_magnitude_vector and no LoRA")
	case m == nil && a != nil && c.DoRA:
		// A DoRA that is read without its magnitudes would give other vectors.
		return u, l.corrupt("has no lora_magnitude_vector, but field use_dora is on")
	case a == nil && c.Bias == BiasLoraOnly:
		return u, l.corrupt("has a bias and no LoRA, but field bias is lora_only")
	case a == nil:
		return u, nil
	case r != l.size(loraB, 1):
		return u, l.corrupt("lora_A has %d rows, lora_B %d columns", r, l.size(loraB, 1))
	case !c.targets(l.key):
		// PEFT would drop these tensors with a warning; a user would think that they act.
		return u, l.corrupt("has a LoRA, but field target_modules (or exclude_modules, layers_to_transform) leaves it out")
	case r != c.rank(l.key):
		return u, l.corrupt("has rank %d, but fields r and rank_pattern give %d", r, c.rank(l.key))
	default:
		u.Branches = []delta.Branch{{Rank: r, A: a, B: b, Scale: float32(c.scale(l.key))}}
		return u, nil
	}
}

// writeLoRA writes updates of one plain branch each, or of a whole bias alone. Either all branches have lengths (DoRA) or
// none has. The commonest rank and α become r and lora_alpha, others patterns: PEFT has α, not the scale, in its files.
func writeLoRA(config map[string]any, updates []delta.Update, o WriteOptions) ([]safetensors.Tensor, error) {
	var tensors []safetensors.Tensor
	add := func(name string, shape []int, values []float32) {
		tensors = append(tensors, safetensors.FromFloat32(keyPrefix+name, shape, values))
	}
	ranks, alphas := map[string]int{}, map[string]float64{}
	saved, dora := BiasNone, 0
	for _, u := range updates {
		if !isLoRA(u) {
			return nil, fault.New(fault.Invalid, "layer %s: neither a low-rank update nor a bias, or more than that: LORA cannot say it", u.Site)
		}
		biasName := ".bias"
		if len(u.Branches) > 0 {
			b := u.Branches[0]
			ranks[u.Site], alphas[u.Site] = b.Rank, alphaOf(b, o.RSLoRA)
			add(u.Site+".lora_A.weight", []int{b.Rank, u.In}, b.A)
			add(u.Site+".lora_B.weight", []int{u.Out, b.Rank}, b.B)
			biasName = ".base_layer.bias"
		}
		if u.Lengths != nil {
			dora++
			add(u.Site+".lora_magnitude_vector", []int{u.Out}, u.Lengths)
		}
		if u.Shift != nil {
			add(u.Site+biasName, []int{u.Out}, u.Shift)
			if len(u.Branches) == 0 {
				saved = BiasAll
			} else if saved == BiasNone {
				saved = BiasLoraOnly
			}
		}
	}
	switch {
	case len(ranks) == 0:
		return nil, fault.New(fault.Invalid, "no layer has a low-rank update")
	case dora != 0 && dora != len(ranks):
		return nil, fault.New(fault.Invalid, "%d layers have a magnitude and %d have none: one adapter is DoRA or is not", dora, len(ranks)-dora)
	}
	r, alpha := commonest(ranks), commonest(alphas)
	for key, v := range map[string]any{
		"fan_in_fan_out": false, "init_lora_weights": true, "lora_dropout": o.Dropout, "use_rslora": o.RSLoRA, "use_dora": dora > 0,
		"bias": saved, "target_modules": targetsOf(ranks, o.Layers), "r": r, "rank_pattern": others(ranks, r),
		"lora_alpha": alpha, "alpha_pattern": others(alphas, alpha),
	} {
		config[key] = v
	}
	return tensors, nil
}

// isLoRA says whether an update is a plain branch, a whole bias, or both.
func isLoRA(u delta.Update) bool {
	if len(u.Branches) > 1 || len(u.Branches) == 0 && u.Shift == nil || u.Shift != nil && !u.Whole {
		return false
	}
	return u.Form() == ""
}

// alphaOf is the α that gives a branch's scale: the one with the fewest digits of those that give it exactly, as float32.
func alphaOf(b delta.Branch, root bool) float64 {
	by := float64(b.Rank)
	if root {
		by = math.Sqrt(by)
	}
	alpha := float64(b.Scale) * by
	for digits := 1; digits < 17; digits++ {
		short, err := strconv.ParseFloat(strconv.FormatFloat(alpha, 'g', digits, 64), 64)
		if err == nil && float32(short/by) == b.Scale {
			return short
		}
	}
	return alpha
}
