package experiment

import (
	"context"

	"loradex/adapters"
	"loradex/embed"
	"loradex/evaluation"
	"loradex/evaluation/robust"
	"loradex/internal/fault"
)

// Robust are the systems of a measurement of robustness: the base and some mixes, each with its spaces in the one cache.
func (l *Lab) Robust(ctx context.Context, enc *embed.Encoder, mixes []adapters.Mix) ([]robust.System, error) {
	systems := []robust.System{{Name: "base"}}
	for _, m := range mixes {
		if m.IsBase() {
			return nil, fault.Usagef("it is always measured", "--adapter %s is the base", m)
		}
		docs, err := l.DocumentMix(ctx, m)
		if err != nil {
			return nil, err
		}
		systems = append(systems, robust.System{Name: m.String(), Options: evaluation.Options{Adapter: m, DocAdapter: docs}})
	}
	for i := range systems {
		if err := l.Prepare(ctx, enc, &systems[i].Options); err != nil {
			return nil, err
		}
	}
	return systems, nil
}
