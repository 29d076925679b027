package adapters

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"loradex/adapters/delta"
	"loradex/internal/fault"
)

// Adapter is a loaded adapter. It is immutable and safe for concurrent use; Close unmaps it.
type Adapter struct {
	Name    string
	Method  string                  // key of the methods table: "lora", "dora"
	Digest  string                  // hex SHA-256 over configuration and weights; equal digests mean equal vectors
	Card    Card                    // what is known about it
	Updates map[string]delta.Update // by the path of their site
	RSLoRA  bool                    // scales were made as α/√r, not as α/r: how they are written when it is saved
	closer  func() error

	bytes    int64                   // of the weights file
	targets  func(s delta.Site) bool // whether the configuration adapts the site; nil: unknown
	verified bool                    // all weights are known to be finite
}

// Load reads an adapter folder in the layout of PEFT or of AdapterHub. Its name is the folder's. The weights are mapped, hashed and checked
// to be finite; whether they fit a base model is for [Adapter.Check] and [Card.CheckBase].
//
// Errors: NotFound without the folder or its files, Corrupt for damage, Unsupported (naming the field or tensor)
// for what cannot be served exactly.
func Load(dir string) (*Adapter, error) {
	root, err := openFolder(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return load(root, dir, filepath.Base(filepath.Clean(dir)), "")
}

func openFolder(dir string) (*os.Root, error) {
	root, err := os.OpenRoot(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.Wrap(fault.NotFound, err, "%s: cannot open the adapter's folder", dir)
	case err != nil:
		return nil, fault.Wrap(fault.Unavailable, err, "%s: cannot open the adapter's folder", dir)
	}
	return root, nil
}

// load reads an open adapter folder. A digest that is known spares reading the weights.
func load(root *os.Root, dir, name, digest string) (*Adapter, error) {
	a, err := read(root, dir)
	if err != nil {
		return nil, err
	}
	a.Name = name
	if a.Card, err = readCard(root, dir, name, a.Card.BaseModel); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if digest == "" {
		if digest, err = a.digest(); err != nil {
			return nil, errors.Join(fault.Prefix(err, "%s", dir), a.Close())
		}
	}
	a.Digest, a.verified = digest, true
	return a, nil
}

// Close releases the weights: slices taken from Updates are invalid afterwards. An adapter that came from a
// [Library] is unmapped only when all its users have closed it and the library has dropped it.
func (a *Adapter) Close() error {
	if a.closer == nil {
		return nil
	}
	return a.closer()
}

// Rank is the highest rank of its updates.
func (a *Adapter) Rank() int {
	r := 0
	for _, u := range a.Updates {
		r = max(r, u.Rank())
	}
	return r
}

// Params is the number of stored parameters.
func (a *Adapter) Params() int {
	n := 0
	for _, u := range a.Updates {
		n += u.Params()
	}
	return n
}
