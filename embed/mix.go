package embed

import (
	"context"
	"errors"
	"slices"

	"loradex/adapters"
	"loradex/embed/bert"
)

// mix is a resolved mix: what to add at every module that it changes. A nil *mix is the base.
type mix struct {
	sites map[string]siteUpdate // by module path
}

// siteUpdate is what a mix does at one module: its low-rank updates side by side, and the sum of its bias changes.
type siteUpdate struct {
	parts []part
	rank  int       // sum of the ranks of parts
	bias  []float32 // nil where no adapter changes the bias
	scale []float32 // of W x: 1 + Σ weight·(s − 1); nil where no adapter has factors s
}

// part is one adapter's update with its factor: gate times α/r.
type part struct {
	update adapters.Update
	factor float32
	rows   []float32 // s, a factor of its own for each row of B (DoRA); nil: 1
}

// resolveRows resolves each distinct mix of the rows once. The caller closes the adapters in open.
func (e *Encoder) resolveRows(ctx context.Context, rows []Row) (mixes []*mix, open []adapters.Weighted, err error) {
	mixes = make([]*mix, len(rows))
	seen := map[adapters.Mix]*mix{}
	for i, row := range rows {
		if row.Mix.IsBase() {
			continue
		}
		m, ok := seen[row.Mix]
		if !ok {
			list, err := e.resolve(ctx, row.Mix)
			if err != nil {
				return nil, nil, errors.Join(err, closeAll(open))
			}
			open = append(open, list...)
			if m, err = e.combineUpdates(ctx, list); err != nil {
				return nil, nil, errors.Join(err, closeAll(open))
			}
			seen[row.Mix] = m
		}
		mixes[i] = m
	}
	return mixes, open, nil
}

// combineUpdates gathers the updates of weighted adapters by module. A weight of 0 leaves an adapter out.
func (e *Encoder) combineUpdates(ctx context.Context, list []adapters.Weighted) (*mix, error) {
	m := &mix{sites: map[string]siteUpdate{}}
	for _, w := range list {
		if w.Weight == 0 {
			continue
		}
		factors, err := e.factors.of(ctx, w.Adapter)
		if err != nil {
			return nil, err
		}
		for _, mod := range e.modules {
			u, ok := w.Adapter.Updates[mod.Path]
			if !ok {
				continue
			}
			s := m.sites[mod.Path]
			if u.Rank > 0 {
				s.parts = append(s.parts, part{u, w.Weight * u.Scale, factors[mod.Path]})
				s.rank += u.Rank
			}
			if f := factors[mod.Path]; f != nil {
				if s.scale == nil {
					s.scale = slices.Repeat([]float32{1}, mod.Out)
				}
				for i, v := range f {
					s.scale[i] += w.Weight * (v - 1)
				}
			}
			if u.Bias != nil {
				if s.bias == nil {
					s.bias = make([]float32, mod.Out)
				}
				// The file holds the trained bias whole; the graph has the base's already.
				for i, v := range u.Bias {
					s.bias[i] += w.Weight * (v - mod.Bias[i])
				}
			}
			m.sites[mod.Path] = s
		}
	}
	if len(m.sites) == 0 {
		return nil, nil
	}
	return m, nil
}

// sitesOf is the union of what the mixes change.
func sitesOf(mixes []*mix) map[string]bert.Use {
	sites := map[string]bert.Use{}
	for _, m := range mixes {
		if m == nil {
			continue
		}
		for path, s := range m.sites {
			use := sites[path]
			use.LowRank = use.LowRank || s.rank > 0
			use.Scale = use.Scale || s.scale != nil
			use.Bias = use.Bias || s.bias != nil
			sites[path] = use
		}
	}
	return sites
}

// packBytes is how much memory the mix takes in a batch, per row.
func (m *mix) packBytes() int {
	if m == nil {
		return 0
	}
	n := 0
	for _, s := range m.sites {
		for _, p := range s.parts {
			n += 4 * (p.update.Rank*(p.update.In+p.update.Out) + p.update.Out)
		}
		n += 4 * (len(s.bias) + len(s.scale))
	}
	return n
}
