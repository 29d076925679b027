package adapters

import (
	"context"

	"loradex/internal/fault"
)

// Entry is one adapter in a listing.
type Entry struct {
	Name    string   `json:"name"`
	Card    Card     `json:"card"`
	Digest  string   `json:"digest,omitempty"`
	Method  string   `json:"method,omitempty"`
	Rank    int      `json:"rank"`              // the highest of its layers
	Params  int      `json:"params"`            // stored numbers
	Bytes   int64    `json:"bytes"`             // of the weights file
	Sites   int      `json:"sites"`             // layers that it changes
	Modules []string `json:"modules,omitempty"` // kinds of layers, without their number: "attention.self.query"
	Problem string   `json:"problem,omitempty"` // why it cannot be used; the other fields may then be empty
}

// List returns all adapters by name. One that cannot be read is listed with its problem, so that it can be removed.
func (l *Library) List(ctx context.Context) ([]Entry, error) {
	names, err := l.names()
	if err != nil {
		return nil, err
	}
	out := make([]Entry, 0, len(names))
	for _, name := range names {
		e, err := l.Entry(ctx, name)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			e = Entry{Name: name, Card: Card{Name: name}, Problem: err.Error()}
		}
		out = append(out, e)
	}
	return out, nil
}

// Entry describes one adapter: from memory, from the cache, or by reading the adapter. Errors are those of [Library.Get].
func (l *Library) Entry(ctx context.Context, name string) (Entry, error) {
	if err := ctx.Err(); err != nil {
		return Entry{}, err
	}
	if err := ValidName(name); err != nil {
		return Entry{}, err
	}
	if s := l.quickSummary(name); s != nil {
		return s.Entry, nil
	}
	a, err := l.Get(ctx, name)
	if err != nil {
		return Entry{}, err
	}
	if err := a.Close(); err != nil {
		return Entry{}, err
	}
	if s := l.quickSummary(name); s != nil {
		return s.Entry, nil
	}
	// Get has left a summary, so another process must have replaced the adapter in between.
	return Entry{}, fault.New(fault.Conflict, "adapter %q is being replaced", name).WithHint("try again")
}
