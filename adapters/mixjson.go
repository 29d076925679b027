package adapters

// This file reads and writes a mix as JSON. It is written as its text, "go+security*0.3". It is read as its text or
// as an object: {"adapters":[{"id":"go","weight":1}]} or {"route":"arrow","of":["go","python"],"top_k":2}, where
// further members are the router's options and top_k is the long name of k.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"loradex/internal/fault"
)

// maxMixJSON bounds the JSON of one mix: the text's limit, with room for the longer spelling.
const maxMixJSON = 8 * maxMixLength

// MarshalJSON writes the canonical text as a JSON string.
func (m Mix) MarshalJSON() ([]byte, error) { return json.Marshal(m.String()) }

// UnmarshalJSON reads either spelling; null leaves the mix as it is. A missing weight is 1. Unknown members of an
// object of adapters are refused, so that a misspelt "weight" is noticed.
func (m *Mix) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if len(data) > maxMixJSON {
		return fault.New(fault.Invalid, "mix of %d bytes of JSON is longer than %d", len(data), maxMixJSON)
	}
	if len(data) == 0 || bytes.Equal(data, []byte("null")) {
		return nil
	}
	var parsed Mix
	var err error
	if data[0] == '"' {
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return fault.Wrap(fault.Invalid, err, "mix")
		}
		parsed, err = ParseMix(text)
	} else {
		parsed, err = mixFromObject(data)
	}
	if err != nil {
		return err
	}
	*m = parsed
	return nil
}

func mixFromObject(data []byte) (Mix, error) {
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(data, &members); err != nil {
		return Mix{}, fault.Wrap(fault.Invalid, err, "mix is neither a string nor an object")
	}
	var p parts
	var err error
	if _, ok := members["route"]; ok {
		p.route, err = routeFromObject(members)
	} else {
		p.terms, err = termsFromObject(members)
	}
	if err != nil {
		return Mix{}, fault.Wrap(fault.Invalid, err, "mix").
			WithHint(`write {"adapters":[{"id":"go","weight":1}]}, or a string like "go+security*0.3"`)
	}
	return p.mix()
}

func termsFromObject(members map[string]json.RawMessage) ([]Term, error) {
	list, ok := members["adapters"]
	if !ok || len(members) != 1 {
		return nil, fmt.Errorf("expected the one member %q, or %q", "adapters", "route")
	}
	var raw []struct {
		ID     string   `json:"id"`
		Weight *float32 `json:"weight"`
	}
	dec := json.NewDecoder(bytes.NewReader(list))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&raw); err != nil {
		return nil, err
	}
	if raw == nil {
		return nil, fmt.Errorf("member %q is null", "adapters")
	}
	terms := make([]Term, 0, len(raw))
	for _, t := range raw {
		w := float32(1)
		if t.Weight != nil {
			w = *t.Weight
		}
		terms = append(terms, Term{ID: t.ID, Weight: w})
	}
	return terms, nil
}

func routeFromObject(members map[string]json.RawMessage) (*Route, error) {
	r := &Route{}
	for key, value := range members {
		switch key {
		case "route":
			if err := json.Unmarshal(value, &r.Name); err != nil {
				return nil, fmt.Errorf("member route: %w", err)
			}
			continue
		case "of":
			if err := json.Unmarshal(value, &r.Of); err != nil {
				return nil, fmt.Errorf("member of: %w", err)
			}
			continue
		case "top_k":
			key = "k"
		}
		text, err := optionText(value)
		if err != nil {
			return nil, fmt.Errorf("member %.64q: %w", key, err)
		}
		if _, twice := r.Options[key]; twice {
			return nil, fmt.Errorf("option k is given as k and as top_k")
		}
		if r.Options == nil {
			r.Options = map[string]string{}
		}
		r.Options[key] = text
	}
	return r, nil
}

// optionText is an option's value as it stands in the text spelling. Numbers keep their own spelling.
func optionText(value json.RawMessage) (string, error) {
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return "", err
	}
	switch v := v.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	}
	return "", fmt.Errorf("expected a string, a number or a boolean")
}
