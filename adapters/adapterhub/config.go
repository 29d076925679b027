package adapterhub

// This file reads adapter_config.json: a header, and under the key config the settings of a method.

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"loradex/adapters/folder"
	"loradex/internal/fault"
)

// The library's file names. Of the weights, the first that is there is read.
const (
	WeightsFile = "adapter.safetensors"
	PickleFile  = "pytorch_adapter.bin"
)

const maxConfig = 1 << 20 // bytes; real files are under 4 kB

// config is the header, checked.
type config struct {
	BaseModel string // model_name; may be empty
	name      string // the adapter's, which stands in the names of its tensors
	form      form
	method    method
}

// Is says whether the text of an adapter_config.json is of this layout, and not PEFT's, which shares the file's name.
func Is(text []byte) bool {
	var head struct {
		PEFT   json.RawMessage `json:"peft_type"`
		Config json.RawMessage `json:"config"`
		Type   json.RawMessage `json:"model_type"`
	}
	return json.Unmarshal(text, &head) == nil && head.PEFT == nil && (head.Config != nil || head.Type != nil)
}

// parseConfig decodes the text of an adapter_config.json; name stands in messages.
//
// Errors: Corrupt for what is not JSON or has values of the wrong type, Unsupported (naming the field) for what would change
// the mathematics in a way that is not implemented.
func parseConfig(name string, text []byte) (*config, error) {
	if len(text) > maxConfig {
		return nil, fault.New(fault.Corrupt, "%s: more than %d bytes", name, maxConfig)
	}
	var head struct {
		Name      string          `json:"name"`
		ModelName string          `json:"model_name"`
		Version   string          `json:"version"`
		Type      string          `json:"type"`
		Config    json.RawMessage `json:"config"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, fault.Wrap(fault.Corrupt, err, "%s: not a configuration of AdapterHub", name)
	}
	if head.Name == "" || strings.Contains(head.Name, ".") {
		return nil, fault.New(fault.Corrupt, "%s: field name is %.80q: it must be the adapter's name in the weights file", name, head.Name)
	}
	s := settings{file: name, version: head.Version, raw: map[string]json.RawMessage{}}
	if err := json.Unmarshal(head.Config, &s.raw); err != nil || s.raw == nil {
		return nil, fault.New(fault.Unsupported, "%s: field config is %.40q, not an object of settings", name, head.Config).
			WithHint("load it with the adapters library and save it again")
	}
	if head.Type == "text_task" {
		// Adapters of this type named an invertible adapter in version 1, and had none (loading.py, _fix_legacy_config). Its
		// tensors would be refused.
		delete(s.raw, "invertible_adapter")
	}
	c := &config{name: head.Name, BaseModel: head.ModelName}
	var err error
	if c.form, err = formOf(s); err != nil {
		return nil, err
	}
	if err := s.check(c.form.fields); err != nil {
		return nil, err
	}
	if c.method, err = c.form.open(s); err != nil {
		return nil, err
	}
	return c, nil
}

// settings are the object under the key config.
type settings struct {
	file    string
	version string // of the library: "adapters.1.3.0"; "" before there was one
	raw     map[string]json.RawMessage
}

// decode lays the settings over dst, which holds the library's defaults. Null is the default.
func (s settings) decode(dst any) error {
	set := maps.Clone(s.raw)
	maps.DeleteFunc(set, func(_ string, v json.RawMessage) bool { return string(v) == "null" })
	text, err := json.Marshal(set)
	if err == nil {
		err = json.Unmarshal(text, dst)
	}
	if err != nil {
		return fault.Wrap(fault.Corrupt, err, "%s: config", s.file)
	}
	return nil
}

// text is a field that is a string; "" where it is missing or null.
func (s settings) text(key string) string {
	var text string
	if json.Unmarshal(s.raw[key], &text) != nil {
		return string(s.raw[key])
	}
	return text
}

// check refuses a field that we cannot serve.
func (s settings) check(fields map[string]folder.Use) error {
	key, known := folder.Unserved(s.raw, fields)
	switch {
	case key == "":
		return nil
	case known:
		return s.unsupported(key, "it changes what the adapter computes and is not supported")
	}
	return s.unsupported(key, "it is unknown and not off; whether it changes the result cannot be told").
		WithHint("remove the field if it does not matter for inference")
}

func (s settings) unsupported(key, why string) *fault.Error {
	return fault.New(fault.Unsupported, "%s: field config.%.60s is %.60s: %s", s.file, key, s.raw[key], why)
}

func (s settings) corrupt(format string, args ...any) error {
	return fault.New(fault.Corrupt, "%s: %s", s.file, fmt.Sprintf(format, args...))
}

// before says whether the library that saved the adapter was older than a version. Folders of adapter-transformers, whose
// versions have no prefix, are not: the library asks of its own alone.
func (s settings) before(major, minor int) bool {
	version, ours := strings.CutPrefix(s.version, "adapters.")
	parts := strings.SplitN(version, ".", 3)
	if !ours || len(parts) < 2 {
		return false
	}
	a, errA := strconv.Atoi(parts[0])
	b, errB := strconv.Atoi(parts[1])
	if errA != nil || errB != nil || a != major || b != minor {
		return a < major || a == major && b < minor
	}
	// "1.1.0.dev0" and "1.1.0rc1" come before "1.1.0".
	return len(parts) > 2 && strings.HasPrefix(parts[2], "0") && len(parts[2]) > 1
}
