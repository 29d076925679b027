package torchfile

import (
	"errors"
	"fmt"

	"loradex/internal/fault"
)

// storages collects the storages that a pickle refers to, by key.
type storages map[string]*storage

// load gives a persistent id its meaning: ('storage', type, key, device, number of elements), and in the old container
// a sixth item for a view of another storage.
func (s storages) load(id any) (any, error) {
	t, ok := id.(tuple)
	if !ok || len(t) < 5 || len(t) > 6 || t[0] != any("storage") {
		return nil, errors.New("a persistent id is no storage")
	}
	if len(t) == 6 && t[5] != nil {
		return nil, fault.New(fault.Unsupported, "holds a storage that is a view of another one")
	}
	name, _ := t[1].(global)
	dtype, ok := storageTypes[name]
	if !ok {
		return nil, fmt.Errorf("a storage has the type %s", typeName(t[1]))
	}
	key, ok := t[2].(string)
	if !ok {
		return nil, errors.New("a storage has no key")
	}
	numel, ok := t[4].(int64)
	if !ok || numel < 0 || numel > maxElements {
		return nil, fmt.Errorf("storage %.40q has no sensible size", key)
	}
	if old := s[key]; old != nil {
		if old.dtype != dtype || old.numel != int(numel) {
			return nil, fmt.Errorf("storage %.40q has two types or sizes", key)
		}
		return old, nil
	}
	s[key] = &storage{key: key, dtype: dtype, numel: int(numel)}
	return s[key], nil
}

// size is the storage's length in bytes.
func (s *storage) size() int { return s.numel * s.dtype.Size() }

// stateDict takes the tensors out of the value of a pickle. Other values in it (a version number) are left out, as
// torch leaves them to the caller.
func stateDict(v any) (map[string]*tensor, error) {
	d, ok := v.(*dict)
	if !ok {
		return nil, fmt.Errorf("holds %s, not a state dict", typeName(v))
	}
	tensors := make(map[string]*tensor, len(d.pairs))
	for _, pair := range d.pairs {
		name, ok := pair[0].(string)
		if !ok {
			continue
		}
		if t, ok := pair[1].(*tensor); ok {
			tensors[name] = t
		} else {
			delete(tensors, name)
		}
	}
	return tensors, nil
}
