package embed

import (
	"context"

	"loradex/embed/runtime"
	"loradex/internal/fault"
)

// This file defines what training takes from an encoder besides vectors.

// Environment is the runtime that the encoder's graphs run on.
func (e *Encoder) Environment() *runtime.Environment { return e.env }

// Tokens returns the token IDs of each row as the encoder reads them: prompt and special tokens included, cut at the
// maximum. Mixes do not matter. Unsupported where long texts are windows.
func (e *Encoder) Tokens(ctx context.Context, rows []Row) ([][]int32, error) {
	e.life.RLock()
	defer e.life.RUnlock()
	if e.closed {
		return nil, closedError()
	}
	if e.opts.Window > 0 {
		return nil, fault.New(fault.Unsupported, "a text of several windows has no single list of tokens")
	}
	seqs, err := e.tokenize(ctx, rows, make([]*mix, len(rows)))
	if err != nil {
		return nil, err
	}
	out := make([][]int32, len(rows))
	for i, s := range seqs {
		out[i] = s[0].ids
	}
	return out, nil
}
