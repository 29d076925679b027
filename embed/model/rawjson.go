package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// member is one key of a JSON object with its value as written.
type member struct {
	key   string
	value json.RawMessage
}

// object is a JSON object whose members keep their order and their exact text. A tokenizer.json of many megabytes can
// so be edited at the top without touching a number of its vocabulary.
type object []member

// maxMembers bounds the members of an object; a tokenizer.json has nine.
const maxMembers = 256

// parseObject splits a JSON object. A key that is there twice is refused: readers disagree on which one counts.
func parseObject(data []byte) (object, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.Join(errors.New("is no JSON object"), err)
	}
	var o object
	for dec.More() {
		if len(o) == maxMembers {
			return nil, fmt.Errorf("more than %d members", maxMembers)
		}
		t, err := dec.Token()
		if err != nil {
			return nil, err
		}
		key, ok := t.(string)
		if !ok {
			return nil, errors.New("a key is no string")
		}
		if o.get(key) != nil {
			return nil, fmt.Errorf("key %q is there twice", key)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		o = append(o, member{key, value})
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more follows the object")
	}
	return o, nil
}

// get is the value of a key, nil where it is absent.
func (o object) get(key string) json.RawMessage {
	for _, m := range o {
		if m.key == key {
			return m.value
		}
	}
	return nil
}

// with returns a copy in which key has value, in its old place or at the end.
func (o object) with(key string, value json.RawMessage) object {
	out := append(make(object, 0, len(o)+1), o...)
	for i := range out {
		if out[i].key == key {
			out[i].value = value
			return out
		}
	}
	return append(out, member{key, value})
}

// bytes writes the object.
func (o object) bytes() []byte {
	size := 2
	for _, m := range o {
		size += len(m.key) + len(m.value) + 8
	}
	out := append(make([]byte, 0, size), '{')
	for i, m := range o {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, encode(m.key)...), ':')
		out = append(out, m.value...)
	}
	return append(out, '}')
}

// encode writes a value as JSON without the HTML escapes that make vocabularies unreadable. It is for values of ours,
// which always encode.
func encode(v any) json.RawMessage {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("model: encoding %T: %v", v, err)) // a type of ours that JSON cannot hold: a bug
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

// isNull tells whether a value is absent or null.
func isNull(v json.RawMessage) bool { return len(v) == 0 || string(v) == "null" }
