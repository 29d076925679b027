//go:build !cgo

package chunk

import (
	"context"

	"loradex/internal/fault"
)

func parseSyntax(_ context.Context, g *grammar, _ []byte) (*Syntax, error) {
	return nil, fault.New(fault.Unsupported, "this build has no parser for %q", g.name).WithHint("build with CGO_ENABLED=1")
}
