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

// Entry describes one adapter, without mapping its weights if they were read before. Errors are those of [Library.Get].
func (l *Library) Entry(ctx context.Context, name string) (Entry, error) {
	s, err := l.summaryOf(ctx, name)
	if err != nil {
		return Entry{}, err
	}
	root, err := l.openAdapter(name)
	if err != nil {
		return Entry{}, err
	}
	defer root.Close()
	card, err := readCard(root, l.dir+"/"+name, name, s.BaseModel)
	if err != nil {
		return Entry{}, fault.Prefix(err, "adapter %q", name)
	}
	return Entry{
		Name: name, Card: card, Digest: s.Digest, Method: s.Method, Rank: s.Rank, Params: s.Params, Bytes: s.Bytes,
		Sites: s.Sites, Modules: s.Modules,
	}, nil
}
