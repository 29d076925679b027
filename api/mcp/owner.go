package mcp

// This file sees to it that the work on a call ends with what it was asked through, and before it: the SDK's contexts end with
// neither the connection nor, in older revisions, the request of HTTP.

import (
	"context"
	"sync"

	"loradex/internal/fault"
)

// ownerKey is the key, in the context of a call, of its owner.
type ownerKey struct{}

// owner is what calls came through: a connection, or a request of HTTP.
type owner struct {
	ctx context.Context

	mu    sync.Mutex // guards ended, and Add against Wait
	ended bool
	calls sync.WaitGroup
}

// newOwner makes an owner whose calls end with ctx. Call end when nobody can be answered any more: it waits for them.
func newOwner(ctx context.Context) (o *owner, end func()) {
	ctx, cancel := context.WithCancel(ctx)
	o = &owner{ctx: ctx}
	return o, func() {
		cancel()
		o.mu.Lock()
		o.ended = true
		o.mu.Unlock()
		o.calls.Wait()
	}
}

// errEnded is why a call is not worked on.
var errEnded = fault.New(fault.Canceled, "the connection has ended")

// begin enters a call. Its context ends with the owner's, too. Call end when it is answered.
func begin(ctx context.Context) (_ context.Context, end func(), err error) {
	o, ok := ctx.Value(ownerKey{}).(*owner)
	if !ok {
		return ctx, func() {}, nil // in tests that call a tool without a connection
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return nil, nil, errEnded
	}
	o.calls.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(o.ctx, cancel)
	return ctx, func() {
		stop()
		cancel()
		o.calls.Done()
	}, nil
}
