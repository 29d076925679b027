package peft

// This file says which fields of adapter_config.json we understand, and refuses the others by name unless they are
// off. A field that is unknown here could mean anything, so it is never guessed to be harmless.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"loradex/internal/fault"
)

// fieldUse says what a known field does to the vectors.
type fieldUse int

const (
	used     fieldUse = iota // read by decodeConfig
	harmless                 // steers training, merging or other libraries only
	refused                  // changes the mathematics; refused unless off
)

// fields lists PEFT's LoraConfig as of 0.21. refused entries stand here, and not only under "unknown", to say why.
var fields = map[string]fieldUse{
	"base_model_name_or_path": used, "r": used, "lora_alpha": used, "use_rslora": used, "bias": used,
	"modules_to_save": used, "target_modules": used, "exclude_modules": used, "layers_to_transform": used,
	"layers_pattern": used, "rank_pattern": used, "alpha_pattern": used, "peft_type": used, "init_lora_weights": used,
	"use_dora": used,

	"auto_mapping": harmless, "revision": harmless, "task_type": harmless, "inference_mode": harmless,
	"peft_version": harmless, "lora_dropout": harmless, "runtime_config": harmless,
	"fan_in_fan_out":    harmless, // how the base stores its weight; A and B are stored alike either way
	"megatron_core":     harmless, // names a library; used only with megatron_config
	"qalora_group_size": harmless, // used only with use_qalora
	"eva_config":        harmless, // start only: the base stays, the ranks that it chose are in rank_pattern
	"corda_config":      harmless, // start only; init_lora_weights says whether the base was changed
	"lora_ga_config":    harmless, // the same

	"lora_bias":               refused, // a bias inside the low-rank branch
	"megatron_config":         refused, // parallel layers with their own layout
	"layer_replication":       refused, // another base: layers repeated
	"trainable_token_indices": refused, // replaces rows of the embedding table
	"loftq_config":            refused, // another base: quantised
	"target_parameters":       refused, // adapts bare parameters, not layers
	"use_qalora":              refused, // pools the input
	"alora_invocation_tokens": refused, // active after some tokens only
	"arrow_config":            refused, // a router inside the adapter
	"velora_config":           refused,
	"monteclora_config":       refused, // sampled perturbations
	"kasa_config":             refused, // another base: truncated singular values
	"use_bdlora":              refused, // block-diagonal factors in a layout of their own
	"ensure_weight_tying":     refused, // adapters shared with the embedding table
}

// plainStarts are the values of init_lora_weights that leave the base as it was, so that A and B say everything.
var plainStarts = []string{"true", "false", `"gaussian"`, `"orthogonal"`, `"eva"`, "null"}

// checkFields refuses what we cannot serve, naming the first such field in byte order.
func checkFields(name string, raw map[string]json.RawMessage) error {
	if t, err := peftType(raw); err != nil {
		return fault.Wrap(fault.Corrupt, err, "%s", name)
	} else if t != "LORA" {
		return fault.New(fault.Unsupported, "%s: field peft_type is %q; only LORA can be read", name, t)
	}
	if v, ok := raw["init_lora_weights"]; ok && !slices.Contains(plainStarts, strings.ToLower(string(bytes.TrimSpace(v)))) {
		return fault.New(fault.Unsupported, "%s: field init_lora_weights is %.40s: this start changes the base model, so the saved matrices do not stand alone", name, v).
			WithHint("save it as a plain LoRA: PEFT's save_pretrained(dir, path_initial_model_for_weight_conversion=…)")
	}
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		use, known := fields[key]
		if known && use != refused || isOff(raw[key]) {
			continue
		}
		if known {
			return fault.New(fault.Unsupported, "%s: field %s is set (%.60s); it changes what the adapter computes and is not supported", name, key, raw[key])
		}
		return fault.New(fault.Unsupported, "%s: field %.60s is unknown and not off (%.60s); whether it changes the result cannot be told", name, key, raw[key]).
			WithHint("remove the field if it does not matter for inference")
	}
	return nil
}

// isOff says whether a field's value means "not used" in any reading: null, false, "", [] or {}.
func isOff(v json.RawMessage) bool {
	var compact bytes.Buffer
	if err := json.Compact(&compact, v); err != nil {
		return false
	}
	switch compact.String() {
	case "null", "false", `""`, "[]", "{}":
		return true
	}
	return false
}

// Kind is what tells the method of an adapter: PEFT writes LoRA and its relatives under one peft_type, with a field that
// switches each relative on.
type Kind struct {
	Type string // field peft_type in upper case
	raw  map[string]json.RawMessage
}

// On says whether a field has any value but null, false, "", [] or {}.
func (k Kind) On(field string) bool {
	v, ok := k.raw[field]
	return ok && !isOff(v)
}

// KindOf reads the kind from the text of an adapter_config.json; name stands in messages. Errors are Corrupt.
func KindOf(name string, text []byte) (Kind, error) {
	raw := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &raw); err != nil {
		return Kind{}, fault.Wrap(fault.Corrupt, err, "%s: not a JSON object", name)
	}
	t, err := peftType(raw)
	if err != nil {
		return Kind{}, fault.Wrap(fault.Corrupt, err, "%s", name)
	}
	return Kind{Type: t, raw: raw}, nil
}

func peftType(raw map[string]json.RawMessage) (string, error) {
	v, ok := raw["peft_type"]
	if !ok || isNull(v) {
		return "", fmt.Errorf("field peft_type is missing: not a PEFT adapter")
	}
	var t string
	if err := json.Unmarshal(v, &t); err != nil {
		return "", fmt.Errorf("field peft_type: %w", err)
	}
	return strings.ToUpper(t), nil
}
