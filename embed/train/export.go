package train

import (
	"slices"

	"loradex/adapters"
	"loradex/internal/fault"
)

// Adapter is the present state as an adapter with the given card. Unsupported where all weights were trained.
func (t *Trainer) Adapter(card adapters.Card) (*adapters.Adapter, error) {
	if t.opts.Full {
		return nil, fault.New(fault.Unsupported, "all weights were trained: the result is a model, not an adapter")
	}
	a := &adapters.Adapter{Name: card.Name, Method: t.opts.Method, Card: card, Updates: map[string]adapters.Update{}}
	for _, path := range t.order {
		a.Updates[path] = t.method.update(t.opts, t.sites[path], func(part string) []float32 {
			return slices.Clone(t.byName[path+"."+part].Data)
		})
	}
	return a, nil
}
