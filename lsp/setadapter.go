package lsp

import (
	"context"
	"encoding/json"

	"loradex/adapters"
	"loradex/internal/fault"
)

// adapterArgument is what loradex.setAdapter takes, and answers with the mix in canonical spelling.
type adapterArgument struct {
	// Adapter is a mix as text or as object. "none" is the base encoder, null what the default space of the index has.
	Adapter json.RawMessage `json:"adapter"`
}

// setAdapter sets the mix of later searches. It stays in the line of messages, so that a search that is sent after it
// has the new mix.
func (s *server) setAdapter(ctx context.Context, argument json.RawMessage) (any, error) {
	var in adapterArgument
	if err := decodeArgument(argument, &in); err != nil {
		return nil, err
	}
	if len(in.Adapter) == 0 {
		return nil, fault.New(fault.Invalid, "loradex.setAdapter needs an adapter").
			WithHint(`{"adapter": null} goes back to that of the index's default space`)
	}
	var mix *adapters.Mix
	if err := decodeArgument(in.Adapter, &mix); err != nil {
		return nil, err
	}
	if mix != nil {
		if err := s.index.CheckMix(ctx, *mix); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.adapter = mix
	return map[string]*adapters.Mix{"adapter": mix}, nil
}
