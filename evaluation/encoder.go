package evaluation

import (
	"context"
	"crypto/sha256"

	"loradex/embed"
)

// Encoder turns texts into vectors. It returns one vector a row, in order, all of the same length; they need not have
// unit length. It may be called with any number of rows.
type Encoder interface {
	Encode(ctx context.Context, rows []embed.Row) ([][]float32, error)
}

// VectorKey names a vector that was computed before.
type VectorKey struct {
	// Space stands for everything that decides the vector but the text: model, role, adapter digests, maximum tokens.
	Space string
	Text  [sha256.Size]byte // digest of the exact text
}

// VectorCache keeps vectors between runs, so that a second evaluation encodes nothing. Calls come one at a time.
type VectorCache interface {
	// Get returns the vector of a key and whether it is there.
	Get(ctx context.Context, key VectorKey) ([]float32, bool, error)
	// Put stores a vector. It may forget it at any time.
	Put(ctx context.Context, key VectorKey, vector []float32) error
}
