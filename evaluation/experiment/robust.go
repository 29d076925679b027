package experiment

import (
	"context"

	"loradex/adapters"
	"loradex/evaluation"
	"loradex/evaluation/robust"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// Robust measures the base and some mixes on changed texts and in pools, each with its spaces in the one cache.
func (l *Lab) Robust(ctx context.Context, ds *dataset.Dataset, mixes []adapters.Mix, o robust.Options) (*robust.Report, error) {
	l.noteMissing(ds)
	enc, err := l.Engine(ctx, 0)
	if err != nil {
		return nil, err
	}
	systems := []robust.System{{Name: "base"}}
	for _, m := range mixes {
		if m.IsBase() {
			return nil, fault.Usagef("it is always measured", "--adapter %s is the base", m)
		}
		docs, err := l.documentMix(ctx, m)
		if err != nil {
			return nil, err
		}
		systems = append(systems, robust.System{Name: m.String(), Options: evaluation.Options{Adapter: m, DocAdapter: docs}})
	}
	for i := range systems {
		if err := l.prepare(ctx, enc, &systems[i].Options); err != nil {
			return nil, err
		}
	}
	report, err := robust.Run(ctx, enc, ds, systems, o)
	if err != nil {
		return nil, err
	}
	report.Model = enc.Model().Name
	return report, nil
}
