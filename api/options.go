package api

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"loradex/embed"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/workspace"
)

// DefaultAddr is where `loradex serve` listens: this machine only.
const DefaultAddr = "127.0.0.1:8080"

// Options bound what a request may cost. The zero value means the defaults.
type Options struct {
	// MaxBodyBytes bounds the body of a request. The default is 8 MiB.
	MaxBodyBytes int64
	// MaxInputs bounds the texts of one embeddings request. The default is 2048, OpenAI's limit.
	MaxInputs int
	// MaxInFlight bounds the requests that are worked on at a time; later ones wait. The default is 64.
	MaxInFlight int
	// RequestTimeout bounds the work on one request. The default is 2 minutes.
	RequestTimeout time.Duration
	// ReadTimeout bounds how long a client may take to send a request. The default is 30 seconds.
	ReadTimeout time.Duration
	// Grace is how long requests in flight may go on when the server is stopped. The default is 10 seconds.
	Grace time.Duration
}

// Validate says what cannot work.
func (o Options) Validate() error {
	if min(o.MaxBodyBytes, int64(o.MaxInputs), int64(o.MaxInFlight)) < 0 || min(o.RequestTimeout, o.ReadTimeout, o.Grace) < 0 {
		return fault.New(fault.Invalid, "a limit of api.Options is less than 0")
	}
	return nil
}

// withDefaults fills what is zero.
func (o Options) withDefaults() Options {
	o.MaxBodyBytes = cmp.Or(o.MaxBodyBytes, 8<<20)
	o.MaxInputs = cmp.Or(o.MaxInputs, 2048)
	o.MaxInFlight = cmp.Or(o.MaxInFlight, 64)
	o.RequestTimeout = cmp.Or(o.RequestTimeout, 2*time.Minute)
	o.ReadTimeout = cmp.Or(o.ReadTimeout, 30*time.Second)
	o.Grace = cmp.Or(o.Grace, 10*time.Second)
	return o
}

// Embedder turns texts into vectors. Safe for concurrent use.
type Embedder interface {
	// Each hands a vector of unit length for each row to take, in any order, with the row's place and its tokens as they are
	// encoded: after the cut, special tokens included.
	// NotFound for an unknown adapter; Unsupported for a router, or where there is no encoder.
	Each(ctx context.Context, rows []embed.Row, take func(i int, vector []float32, tokens int) error) error
	// Dimensions is the length of the vectors.
	Dimensions(ctx context.Context) (int, error)
}

// Searcher answers queries. Safe for concurrent use.
type Searcher interface {
	// Search returns the best chunks of the trees that the request names. Invalid for a request that can never work, NotFound
	// for an unknown adapter, for one that the index has no space for, for trees that it does not hold, and where there is no
	// index.
	Search(ctx context.Context, r search.Request) (*search.Response, error)
}

// Lister lists what the index holds. Safe for concurrent use.
type Lister interface {
	// Trees lists the trees of the index: work trees first, then branches and revisions by name. NotFound where there is
	// no index.
	Trees(ctx context.Context) ([]workspace.Tree, error)
}

// Deps are the parts that do the work; a workspace.Local is all of them.
type Deps struct {
	Embedder Embedder
	Searcher Searcher
	// Lister answers /v1/repos. With nil there is no such endpoint.
	Lister Lister
	// Ready opens what is opened late and says what is missing. With nil the server is always ready.
	Ready func(ctx context.Context) error
	// Log takes requests (debug) and bugs (error). With nil they are dropped.
	Log *slog.Logger
}
