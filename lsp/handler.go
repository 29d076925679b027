package lsp

// This file defines what happens around every message: the order of life, cancellation, panics, errors.

import (
	"context"
	"fmt"
	"runtime/debug"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"loradex/internal/fault"
)

// wireContext is the key, in the context of a request, of the context that jsonrpc2 made for it.
type wireContext struct{}

// handler answers messages in order. A search leaves the line with [server.release].
func (s *server) handler() jsonrpc2.Handler {
	methods := protocol.ServerHandler(s, nil)
	return func(wire context.Context, r *jsonrpc2.Request) (result any, err error) {
		// jsonrpc2 uses its contexts again for later requests, while one that is derived from them looks at its parent
		// whenever it likes. So ours come from the connection's.
		ctx := context.WithValue(jsonrpc2.DetachContext(wire), wireContext{}, wire)
		method := r.Method()
		defer func() {
			if p := recover(); p != nil {
				err = fault.Wrap(fault.Internal, fmt.Errorf("%v\n%s", p, debug.Stack()), "panic in %s", method)
			}
			if !r.IsCall() {
				// Nobody waits for an answer, and jsonrpc2 would end the connection.
				s.logProblem(ctx, method, err)
				err = nil
			} else if err != nil {
				err = s.wireError(ctx, method, err)
			}
		}()
		if err := s.admit(method); err != nil {
			return nil, err
		}
		if method == protocol.MethodCancelRequest {
			return nil, s.cancelRequest(r.Params())
		}
		if r.IsCall() {
			var end func()
			ctx, end = s.calls.begin(ctx, r.ID())
			defer end()
		}
		return methods(ctx, r)
	}
}

// admit says whether a message may come now. A notification that may not is dropped, as the protocol wants it.
func (s *server) admit(method string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case method == protocol.MethodExit:
		return nil
	case s.phase == created && method != protocol.MethodInitialize:
		return jsonrpc2.NewError(jsonrpc2.ServerNotInitialized, "initialize comes first")
	case s.phase != created && method == protocol.MethodInitialize:
		return jsonrpc2.NewError(jsonrpc2.InvalidRequest, "initialize came before")
	case s.phase >= stopped && method != protocol.MethodCancelRequest:
		return jsonrpc2.NewError(jsonrpc2.InvalidRequest, "only exit comes after shutdown")
	}
	return nil
}

// release takes a request out of the line: later messages are read while it is worked on. Call the result at the end.
// Where as many searches run as may, the line waits here, so an editor cannot pile them up.
func (s *server) release(ctx context.Context) (end func(), err error) {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if wire, ok := ctx.Value(wireContext{}).(context.Context); ok {
		jsonrpc2.Async(wire)
	}
	return func() { <-s.slots }, nil
}
