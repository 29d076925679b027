//go:build !cgo || !ORT

package runtime

import (
	"context"

	"loradex/embed/graph"
	"loradex/internal/fault"
)

// Available tells whether this build can run graphs.
const Available = false

// Environment is the started ONNX Runtime; this build has none.
type Environment struct{}

// Session is a loaded graph; this build has none.
type Session struct{}

// Tokenizer turns text into token IDs; this build has none.
type Tokenizer struct{}

func disabled() error {
	return fault.New(fault.Unsupported, "this build has no ONNX Runtime").
		WithHint("build with `make build` (tag ORT, cgo)")
}

// Start says that this build has no ONNX Runtime.
func Start(context.Context, Options) (*Environment, error) { return nil, disabled() }

// Version is empty.
func (*Environment) Version() string { return "" }

// Device is CPU.
func (*Environment) Device() Device { return CPU }

// Close does nothing.
func (*Environment) Close() error { return nil }

// NewSession says that this build has no ONNX Runtime.
func (*Environment) NewSession(*graph.Model, bool) (*Session, error) { return nil, disabled() }

// Run says that this build has no ONNX Runtime.
func (*Session) Run(context.Context, []Tensor) ([]float32, error) { return nil, disabled() }

// RunInto says that this build has no ONNX Runtime.
func (*Session) RunInto(context.Context, []Tensor, []Tensor) error { return disabled() }

// Close does nothing.
func (*Session) Close() error { return nil }

// NewTokenizer says that this build has no tokenizer.
func NewTokenizer([]byte) (*Tokenizer, error) { return nil, disabled() }

// IDs says that this build has no tokenizer.
func (*Tokenizer) IDs([]int32, string) ([]int32, error) { return nil, disabled() }

// BareIDs says that this build has no tokenizer.
func (*Tokenizer) BareIDs([]int32, string) ([]int32, error) { return nil, disabled() }

// Text says that this build has no tokenizer.
func (*Tokenizer) Text([]int32) (string, error) { return "", disabled() }

// Size is 0.
func (*Tokenizer) Size() int { return 0 }

// Close does nothing.
func (*Tokenizer) Close() error { return nil }
