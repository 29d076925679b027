package adapters

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"loradex/internal/fault"
)

// Update is what one adapter does to one linear layer (a site): y += Scale·weight·B(A x) + weight·(Bias − b), where b is
// the layer's own bias and the last term is there only if Bias is set. With a Magnitude (DoRA) and s = [Update.Factors],
// it is y += weight·((s − 1)∘(W x) + s∘(Scale·B(A x))) + weight·(Bias − b), where W is the layer's own weight.
// A and B keep PEFT's layout and may alias a memory-mapped file: never write to them.
type Update struct {
	Module string    // path of the layer in the model, prefixes stripped: "encoder.layer.3.attention.self.query"
	In     int       // columns of A; 0 where the update is a bias alone
	Out    int       // rows of B, length of Bias
	Rank   int       // rows of A, columns of B; 0 where the update is a bias alone
	A      []float32 // [Rank, In] row-major, PEFT's lora_A.weight
	B      []float32 // [Out, Rank] row-major, PEFT's lora_B.weight
	Scale  float32   // α/r, or α/√r for rsLoRA
	Bias   []float32 // [Out]: the layer's whole trained bias, replacing the base's; nil where the base's stays
	// Magnitude is DoRA's m, [Out]: the length that each row of W + Scale·B·A is given. Nil unless DoRA.
	Magnitude []float32
}

// Adapter is a loaded adapter. It is immutable and safe for concurrent use; Close unmaps it.
type Adapter struct {
	Name    string
	Method  string            // key of the methods table: "lora", "dora"
	Digest  string            // hex SHA-256 over configuration and weights; equal digests mean equal vectors
	Card    Card              // what is known about it
	Updates map[string]Update // by Update.Module
	closer  func() error

	bytes    int64                    // of the weights file
	targets  func(module string) bool // whether the configuration adapts the layer; nil: unknown
	verified bool                     // all weights are known to be finite
}

// Load reads an adapter folder in PEFT layout. Its name is the folder's. The weights are mapped, hashed and checked
// to be finite; whether they fit a base model is for [Adapter.Check] and [Card.CheckBase].
//
// Errors: NotFound without the folder or its files, Corrupt for damage, Unsupported (naming the field or tensor)
// for what cannot be served exactly.
func Load(dir string) (*Adapter, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		code := fault.Unavailable
		if errors.Is(err, fs.ErrNotExist) {
			code = fault.NotFound
		}
		return nil, fault.Wrap(code, err, "%s: cannot open the adapter's folder", dir)
	}
	defer root.Close()
	return load(root, dir, filepath.Base(filepath.Clean(dir)), "")
}

// load reads an open adapter folder. A digest that is known spares reading the weights.
func load(root *os.Root, dir, name, digest string) (*Adapter, error) {
	method, err := methodOf(root, dir)
	if err != nil {
		return nil, err
	}
	a, err := method.load(root, dir)
	if err != nil {
		return nil, err
	}
	a.Name, a.Method = name, method.Name
	if a.Card, err = readCard(root, dir, name, a.Card.BaseModel); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if digest == "" {
		if digest, err = a.digest(); err != nil {
			return nil, errors.Join(fault.Wrap(fault.CodeOf(err), err, "%s", dir), a.Close())
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
		r = max(r, u.Rank)
	}
	return r
}

// Params is the number of stored parameters.
func (a *Adapter) Params() int {
	n := 0
	for _, u := range a.Updates {
		n += len(u.A) + len(u.B) + len(u.Bias) + len(u.Magnitude)
	}
	return n
}
