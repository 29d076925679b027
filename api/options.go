package api

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"loradex/internal/fault"
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
	// Grace is how long requests in flight may go on when the server is stopped; then they are answered with 503. The default
	// is 10 seconds.
	Grace time.Duration
	// Agents answers POST /mcp, within the same limits. The default nil has no such path.
	Agents http.Handler
	// Log takes requests (debug) and bugs (error). The default drops them.
	Log *slog.Logger
}

// Validate says what cannot work.
func (o Options) Validate() error {
	if min(o.MaxBodyBytes, int64(o.MaxInputs), int64(o.MaxInFlight)) < 0 || min(o.RequestTimeout, o.Grace) < 0 {
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
	o.Grace = cmp.Or(o.Grace, 10*time.Second)
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	return o
}

// Workspace is what answers; what workspace's Open returns does. Safe for concurrent use.
type Workspace interface {
	workspace.Workspace
	// Ready opens what is opened late and says what is missing.
	Ready(ctx context.Context) error
	// ModelName is the name of the model that encodes. Unavailable where there is none.
	ModelName(ctx context.Context) (string, error)
	// Text is what tokens of that model's vocabulary say. Invalid for a token that it does not have.
	Text(ctx context.Context, tokens []int32) (string, error)
}
