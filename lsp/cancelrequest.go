package lsp

import (
	"context"
	"fmt"
	"sync"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// calls knows the requests that are worked on, so that they can be canceled. The zero value is ready.
type calls struct {
	mu     sync.Mutex // guards cancel
	cancel map[jsonrpc2.ID]context.CancelFunc
}

// begin makes a request cancelable until end is called.
func (c *calls) begin(ctx context.Context, id jsonrpc2.ID) (_ context.Context, end func()) {
	ctx, cancel := context.WithCancel(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancel == nil {
		c.cancel = map[jsonrpc2.ID]context.CancelFunc{}
	}
	c.cancel[id] = cancel
	return ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.cancel, id)
		cancel()
	}
}

// stop cancels a request, which is then answered with RequestCancelled. One that is unknown, or answered already, is
// passed over.
func (c *calls) stop(id jsonrpc2.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel := c.cancel[id]; cancel != nil {
		cancel()
	}
}

// cancelRequest answers $/cancelRequest.
func (s *server) cancelRequest(params jsonrpc2.RawMessage) error {
	var p protocol.CancelParams
	if err := protocol.Unmarshal(params, &p); err != nil {
		return fmt.Errorf("%w: %w", jsonrpc2.ErrParse, err)
	}
	switch id := p.ID.(type) {
	case protocol.Integer:
		s.calls.stop(jsonrpc2.NewNumberID(int64(id)))
	case protocol.String:
		s.calls.stop(jsonrpc2.NewStringID(string(id)))
	}
	return nil
}
