package api

import (
	"context"
	"log/slog"
	"time"

	"loradex/embed"
	"loradex/internal/fault"
	"loradex/search"
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
	for _, v := range []struct {
		name  string
		value int64
	}{
		{"MaxBodyBytes", o.MaxBodyBytes},
		{"MaxInputs", int64(o.MaxInputs)},
		{"MaxInFlight", int64(o.MaxInFlight)},
		{"RequestTimeout", int64(o.RequestTimeout)},
		{"ReadTimeout", int64(o.ReadTimeout)},
		{"Grace", int64(o.Grace)},
	} {
		if v.value < 0 {
			return fault.New(fault.Invalid, "api.Options.%s is %d, less than 0", v.name, v.value)
		}
	}
	return nil
}

// withDefaults fills what is zero.
func (o Options) withDefaults() Options {
	setDefault(&o.MaxBodyBytes, 8<<20)
	setDefault(&o.MaxInputs, 2048)
	setDefault(&o.MaxInFlight, 64)
	setDefault(&o.RequestTimeout, 2*time.Minute)
	setDefault(&o.ReadTimeout, 30*time.Second)
	setDefault(&o.Grace, 10*time.Second)
	return o
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Embedder turns texts into vectors; embed.Encoder does it. Safe for concurrent use.
type Embedder interface {
	// Each hands a vector of unit length for each row to take, in any order, with the row's place and its tokens as they are
	// encoded: after the cut, special tokens included.
	// NotFound for an unknown adapter; Unsupported for a router, or where there is no encoder.
	Each(ctx context.Context, rows []embed.Row, take func(i int, vector []float32, tokens int) error) error
	// Dimensions is the length of the vectors.
	Dimensions(ctx context.Context) (int, error)
}

// Searcher answers queries; search.Searcher does it. Safe for concurrent use.
type Searcher interface {
	// Search returns the best chunks of some trees. Invalid for a request that can never work, NotFound for an unknown
	// adapter, for one that the index has no space for, for trees that it does not hold, and where there is no index.
	Search(ctx context.Context, r search.Request, in Trees) (*search.Response, error)
}

// Trees say which trees of an index are searched. The zero value is the work tree; in an index of several repositories,
// all of theirs. At most one of Branches, Rev and All is given.
type Trees struct {
	Repo     string   // folder, URL, or the last part of either; "" is any
	Branches []string // these branches
	Rev      string   // the tree of this revision
	All      bool     // work trees and branches
}

// Lister lists what the index holds. Safe for concurrent use.
type Lister interface {
	// Repos lists the trees of the index: work trees first, then branches and revisions by name. NotFound where there is
	// no index.
	Repos(ctx context.Context) ([]Repo, error)
}

// Repo is a tree of the index: a work tree, a branch or a revision of a repository.
type Repo struct {
	Repo      string  `json:"repo"`   // absolute folder, or the URL
	Tree      string  `json:"tree"`   // "work tree", "branch" or "revision"
	Branch    string  `json:"branch"` // "" unless it is a branch
	Rev       string  `json:"rev"`    // commit that was indexed; "" before the first one
	Dirty     bool    `json:"dirty"`  // the work tree differed from it
	IndexedAt string  `json:"indexed_at"`
	Files     int     `json:"files"`
	Chunks    int     `json:"chunks"`
	Coverage  float64 `json:"coverage"` // share of the chunks with the vector that a search without an adapter uses
}

// Deps are the parts that do the work.
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
