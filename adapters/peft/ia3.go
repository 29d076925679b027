package peft

// This file defines the format of (IA)³: a factor for each output of a layer, or, where the layer is one of feedforward_modules,
// for each input: (W x + b) ⊙ l, or W (x ⊙ l) + b. Liu et al. 2022, arXiv:2205.05638.

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"loradex/adapters/delta"
	"loradex/adapters/folder"
	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

const factors = "ia3_l" // [out, 1] or [1, in]

func ia3Format() format {
	return format{
		name: "IA3", methods: []string{"ia3"}, open: openIA3, write: writeIA3,
		fields: map[string]folder.Use{"feedforward_modules": folder.Used, "init_ia3_weights": folder.Harmless},
		parts:  []part{{factors, []string{".ia3_l"}, 2, "vectors"}},
	}
}

// feedforward is feedforward_modules: an expression for the whole path, or ends of it, which need not begin at a dot.
type feedforward struct {
	full *regexp.Regexp
	ends []string
}

// openIA3 reads the field that tells inputs from outputs. Where it is missing, PEFT takes a default by the model's type.
func openIA3(name string, raw map[string]json.RawMessage) (readLayer, error) {
	var modules oneOrMany[string]
	v, ok := raw["feedforward_modules"]
	if !ok || isNull(v) {
		return nil, fault.New(fault.Unsupported, "%s: field feedforward_modules is missing: whether factors are of inputs or outputs is unknown", name)
	}
	if err := json.Unmarshal(v, &modules); err != nil {
		return nil, fault.Wrap(fault.Corrupt, err, "%s: field feedforward_modules", name)
	}
	f := feedforward{ends: modules.list}
	if modules.single {
		var err error
		if f.full, err = compile("feedforward_modules", strings.Join(modules.list, ""), `\A(?:`, `)\z`); err != nil {
			return nil, fault.Prefix(err, "%s", name)
		}
	}
	return f.read, nil
}

func (f feedforward) match(key string) bool {
	if f.full != nil {
		return f.full.MatchString(key)
	}
	return slices.ContainsFunc(f.ends, func(end string) bool { return strings.HasSuffix(key, end) })
}

// read makes the update of one layer: factors of its inputs, or of its outputs.
func (f feedforward) read(c *config, l *layer) (delta.Update, error) {
	u := delta.Update{Site: l.module}
	rows, columns := l.size(factors, 0), l.size(factors, 1)
	ofInputs := f.match(l.key)
	switch {
	case !c.targets(l.key):
		return u, l.corrupt("has a vector, but field target_modules (or exclude_modules) leaves it out")
	case ofInputs && rows == 1:
		u.In, u.Inputs = columns, l.at(factors)
	case !ofInputs && columns == 1:
		u.Out, u.Outputs = rows, l.at(factors)
	default:
		return u, l.corrupt("ia3_l has shape [%d %d], which contradicts field feedforward_modules", rows, columns)
	}
	return u, nil
}

// writeIA3 writes updates of factors alone. PEFT wants feedforward_modules to be some of target_modules.
func writeIA3(config map[string]any, updates []delta.Update, o WriteOptions) ([]safetensors.Tensor, error) {
	var tensors []safetensors.Tensor
	inputs, outputs := map[string]bool{}, map[string]bool{}
	for _, u := range updates {
		plain := delta.Update{Site: u.Site, In: u.In, Out: u.Out}
		shape, values := []int{u.Out, 1}, u.Outputs
		if u.Inputs != nil {
			plain.Inputs, shape, values = u.Inputs, []int{1, u.In}, u.Inputs
			inputs[u.Site] = true
		} else {
			plain.Outputs, outputs[u.Site] = u.Outputs, true
		}
		if values == nil || plain.Form() != u.Form() || u.Branches != nil || u.Shift != nil || u.Lengths != nil {
			return nil, fault.New(fault.Invalid, "layer %s: not the factors of inputs or of outputs alone: IA3 cannot say it", u.Site)
		}
		tensors = append(tensors, safetensors.FromFloat32(keyPrefix+u.Site+".ia3_l", shape, values))
	}
	if len(tensors) == 0 {
		return nil, fault.New(fault.Invalid, "no layer has factors")
	}
	ofInputs := append([]string{}, targetsOf(inputs, o.Layers)...) // never null, for which PEFT takes a default
	config["feedforward_modules"], config["target_modules"] = ofInputs, append(targetsOf(outputs, o.Layers), ofInputs...)
	config["init_ia3_weights"], config["fan_in_fan_out"] = true, false
	return tensors, nil
}
