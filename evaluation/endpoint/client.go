// Package endpoint encodes texts with an embeddings API of OpenAI's shape, so that any system that has one can be measured
// as our own encoder is.
//
//	client, err := endpoint.New(endpoint.Options{URL: "http://127.0.0.1:8080/v1", Model: "base"})
//	report, result, err := evaluation.Run(ctx, client, ds, evaluation.Options{Model: "base", System: client.Address()})
//
// A request is POST {URL}/embeddings with {"model","input":[...],"encoding_format":"float"}; the answer is
// {"data":[{"index","embedding":[...]}]} (OpenAI, "API reference: Embeddings"). Vectors are put in order by their index. All
// must have the length of the first that was seen. Texts leave this machine unless the host is a loopback address.
package endpoint

import (
	"context"
	"net/http"
	"slices"

	"loradex/embed"
	"loradex/evaluation"
	"loradex/internal/fault"
)

// client asks one endpoint. Calls come one at a time.
type client struct {
	opts       Options
	address    string
	loopback   bool
	http       *http.Client
	dimensions int // of all vectors; 0 before the first
}

var _ evaluation.Encoder = (*client)(nil)

// New checks the options. Nothing is sent yet.
func New(o Options) (*client, error) {
	u, err := o.address()
	if err != nil {
		return nil, err
	}
	if err := o.validate(); err != nil {
		return nil, err
	}
	return &client{
		opts: o.withDefaults(), address: u.String(), loopback: isLoopback(u.Hostname()),
		http: &http.Client{
			// Followed, texts and key could go to a host that nobody named.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Address is the URL that requests go to.
func (c *client) Address() string { return c.address }

// Loopback tells whether the endpoint is on this machine.
func (c *client) Loopback() bool { return c.loopback }

// Space names the vectors of a role in a cache: the endpoint, its model and what it is told of the texts.
func (c *client) Space(role embed.Role) string {
	space := "endpoint " + c.address + " " + c.opts.Model
	if c.opts.InputType {
		space += " " + inputType(role)
	}
	return space
}

func inputType(role embed.Role) string {
	if role == embed.Query {
		return "query"
	}
	return "document"
}

// Encode implements [evaluation.Encoder]. Rows with a mix are refused: an endpoint has no adapters of ours.
func (c *client) Encode(ctx context.Context, rows []embed.Row) ([][]float32, error) {
	out := make([][]float32, 0, len(rows))
	for len(rows) > 0 {
		n := 1
		for n < min(len(rows), c.opts.Batch) && rows[n].Role == rows[0].Role { // the role is a field of the request
			n++
		}
		vectors, err := c.batch(ctx, rows[:n])
		if err != nil {
			return nil, err
		}
		out = append(out, vectors...)
		rows = rows[n:]
	}
	return out, nil
}

// batch encodes rows of one role in one request.
func (c *client) batch(ctx context.Context, rows []embed.Row) ([][]float32, error) {
	if slices.ContainsFunc(rows, func(r embed.Row) bool { return !r.Mix.IsBase() }) {
		return nil, fault.New(fault.Invalid, "%s encodes without adapters", c.address)
	}
	req := request{Model: c.opts.Model, Input: make([]string, len(rows)), Format: "float"}
	for i, r := range rows {
		req.Input[i] = r.Text
	}
	if c.opts.InputType {
		req.InputType = inputType(rows[0].Role)
	}
	body, err := c.post(ctx, req)
	if err != nil {
		return nil, err
	}
	vectors, err := decode(body, len(rows))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s gave an answer that cannot be used", c.address).
			WithHint("check that --system is an embeddings API of OpenAI's shape")
	}
	if c.dimensions == 0 {
		c.dimensions = len(vectors[0])
	}
	if len(vectors[0]) != c.dimensions {
		return nil, fault.New(fault.Unavailable, "%s gave vectors of %d dimensions, and of %d before", c.address, len(vectors[0]), c.dimensions).
			WithHint("do several models answer behind this address?")
	}
	return vectors, nil
}
