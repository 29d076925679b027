//go:build !cgo

package chunk

import (
	"context"

	"loradex/internal/fault"
)

// Available says whether this build has the grammars. It is false without cgo: source code is then cut into windows.
func Available() bool { return false }

func parse(_ context.Context, g *grammar, _ *lines, _ bool, _ func(*node) error) error {
	return fault.New(fault.Unsupported, "this build has no parser for %q", g.name).WithHint("build with CGO_ENABLED=1")
}
