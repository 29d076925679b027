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

// fields are those of every peft_type, as of PEFT 0.21.
var fields = map[string]fieldUse{
	"base_model_name_or_path": used, "modules_to_save": used, "target_modules": used, "exclude_modules": used, "peft_type": used,

	"auto_mapping": harmless, "revision": harmless, "task_type": harmless, "inference_mode": harmless, "peft_version": harmless,
	"fan_in_fan_out": harmless, // how the base stores its weight; adapters are stored alike either way
}

// openFields refuses what we cannot serve, naming the first such field in byte order, and returns how layers are read.
func openFields(name string, raw map[string]json.RawMessage) (readLayer, error) {
	t, err := peftType(raw)
	if err != nil {
		return nil, fault.Wrap(fault.Corrupt, err, "%s", name)
	}
	f, ok := formatOf(t)
	if !ok {
		return nil, fault.New(fault.Unsupported, "%s: field peft_type is %q, which cannot be read", name, t)
	}
	read, err := f.open(name, raw)
	if err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		use, known := fields[key]
		if !known {
			use, known = f.fields[key]
		}
		if known && use != refused || isOff(raw[key]) {
			continue
		}
		if known {
			return nil, fault.New(fault.Unsupported, "%s: field %s is set (%.60s); it changes what the adapter computes and is not supported", name, key, raw[key])
		}
		return nil, fault.New(fault.Unsupported, "%s: field %.60s is unknown and not off (%.60s); whether it changes the result cannot be told", name, key, raw[key]).
			WithHint("remove the field if it does not matter for inference")
	}
	return read, nil
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
