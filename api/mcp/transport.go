package mcp

// This file defines the connection over standard input and output. An input that ends is answered to its last request, as one that
// a script writes wants it: the SDK would drop what is worked on.

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// grace is how long calls may go on when the input has ended: the client may be gone.
const grace = 10 * time.Second

// stdio is a transport of one message a line.
type stdio struct{ sdk.IOTransport }

// Connect implements [sdk.Transport].
func (t *stdio) Connect(ctx context.Context) (sdk.Connection, error) {
	inner, err := t.IOTransport.Connect(ctx)
	return &connection{Connection: inner, answered: make(chan struct{}, 1), closed: make(chan struct{})}, err
}

// connection counts the calls that are not answered.
type connection struct {
	sdk.Connection
	answered chan struct{} // gets a token when a call was answered
	closed   chan struct{}
	once     sync.Once // closes closed

	mu   sync.Mutex // guards open
	open int
}

// Read implements [sdk.Connection]. The end of the input is read when every call is answered, or may not go on.
func (c *connection) Read(ctx context.Context) (jsonrpc.Message, error) {
	m, err := c.Connection.Read(ctx)
	if r, ok := m.(*jsonrpc.Request); ok && err == nil && r.IsCall() {
		c.add(1)
	}
	if errors.Is(err, io.EOF) {
		over := time.After(grace)
		for c.add(0) > 0 {
			select {
			case <-c.answered:
			case <-over:
				return m, err
			case <-c.closed:
				return m, err
			case <-ctx.Done():
				return m, err
			}
		}
	}
	return m, err
}

// Write implements [sdk.Connection].
func (c *connection) Write(ctx context.Context, m jsonrpc.Message) error {
	err := c.Connection.Write(ctx, m)
	if _, ok := m.(*jsonrpc.Response); ok {
		c.add(-1)
		select {
		case c.answered <- struct{}{}:
		default:
		}
	}
	return err
}

// Close implements [sdk.Connection].
func (c *connection) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Connection.Close()
}

// add counts calls and returns how many are not answered.
func (c *connection) add(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open += n
	return c.open
}
