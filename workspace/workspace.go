package workspace

import (
	"context"

	"loradex/adapters"
	"loradex/embed"
	"loradex/search"
)

// Workspace is an index with what encodes its queries: what people, servers and editors ask. [local] is one on this machine.
// Safe for concurrent use.
type Workspace interface {
	// Search returns the best chunks for a question, or for code like some, in the trees that the request names. Invalid for
	// a request that can never work, NotFound for an unknown adapter, for one that the index has no space for, for trees that
	// it does not hold, and where there is no index.
	Search(ctx context.Context, r search.Request) (*search.Response, error)
	// Each hands a vector of unit length for each row to take, in any order, with the row's place and its tokens as they are
	// encoded: after the cut, special tokens included. NotFound for an unknown adapter; Unsupported for a router;
	// Unavailable where there is no encoder.
	Each(ctx context.Context, rows []embed.Row, take func(i int, vector []float32, tokens int) error) error
	// Dimensions is the length of the vectors.
	Dimensions(ctx context.Context) (int, error)
	// CheckMix says why queries cannot be encoded with a mix: NotFound for an unknown adapter, Unsupported for a router.
	CheckMix(ctx context.Context, m adapters.Mix) error
	// QuerySide tells whether a mix has adapters that were trained for queries alone: documents cannot be encoded with it. Errors
	// are those of CheckMix.
	QuerySide(ctx context.Context, m adapters.Mix) (bool, error)
	// Trees lists the trees of the index: work trees first, then branches and revisions by name.
	Trees(ctx context.Context) ([]Tree, error)
	// Status says what is indexed, and how far. NotFound where there is no index.
	Status(ctx context.Context) (*Status, error)
}

var _ Workspace = (*local)(nil)
