package embed

import (
	"context"
	"slices"

	"loradex/adapters"
	"loradex/adapters/delta"
	"loradex/embed/arch"
	"loradex/embed/model"
	"loradex/internal/fault"
)

// This file merges adapters into the weights of a model, which then does alone what the mix does.

// MergeInto writes a model folder whose weights are those of m with the weighted adapters merged into them: with the words of
// [siteUpdate], W becomes scale∘W∘in + Σ ρ∘(factor·B A), and b becomes out∘b + shift. dir must exist and be empty.
//
// Errors: Unsupported, naming the adapter's layer, for what no weight can hold, and for a model in integers; those of
// [adapters.Adapter.Check]; Invalid for no adapter.
func MergeInto(ctx context.Context, m *model.Model, list []adapters.Weighted, dir string) error {
	sites, err := arch.Sites(&m.Model)
	if err != nil {
		return err
	}
	for _, w := range list {
		if err := w.Adapter.Check(sites); err != nil {
			return err
		}
		if err := holdable(w.Adapter); err != nil {
			return err
		}
	}
	e := &Encoder{sites: sites, byPath: byPath(sites), prepared: newPreparedCache(sites, m.Layer)}
	joined, err := e.join(ctx, list, nil)
	if err != nil {
		return err
	}
	if joined == nil {
		return fault.New(fault.Invalid, "there is no adapter to merge into model %s", m.Name)
	}
	changed := map[string][]float32{}
	for path, u := range joined.sites {
		if err := ctx.Err(); err != nil {
			return err
		}
		s := e.byPath[path]
		if len(u.groups) > 0 || u.scale != nil || u.in != nil {
			w, _, err := m.Weight(path + ".weight")
			if err != nil {
				return err
			}
			changed[path+".weight"] = u.weight(slices.Clone(w), s)
		}
		if u.shift == nil && u.out == nil || s.Bias == nil && u.shift == nil {
			continue
		}
		if s.Bias == nil {
			return fault.New(fault.Unsupported, "layer %s of model %s has no bias, so what adapters add to its output cannot be merged", path, m.Name)
		}
		bias := make([]float32, s.Out)
		constant{s.Bias, u.out, u.shift}.write(bias, 1, s.Out)
		changed[path+".bias"] = bias
	}
	return m.WriteWith(dir, changed)
}

// holdable refuses an adapter that is more than a change of weights and biases.
func holdable(a *adapters.Adapter) error {
	for path, u := range a.Updates {
		for _, b := range u.Branches {
			if b.Act != "" {
				return fault.New(fault.Unsupported, "adapter %q (%s) cannot be merged into a base: at %s it has an activation (%s) between its two matrices, which no weight can hold",
					a.Name, a.Method, path, b.Act)
			}
		}
	}
	return nil
}

// weight changes a layer's weight, [Out,In], or that of a normalisation, [Out].
func (u *siteUpdate) weight(w []float32, s delta.Site) []float32 {
	width := len(w) / s.Out
	for o := range s.Out {
		row := w[o*width:][:width]
		if u.scale != nil {
			for i := range row {
				row[i] *= u.scale[o]
			}
		}
		if u.in != nil {
			for i := range row {
				row[i] *= u.in[i]
			}
		}
		for _, g := range u.groups {
			for _, p := range g.parts {
				f := p.factor
				if p.rows != nil {
					f *= p.rows[o]
				}
				for r, b := range p.B[o*p.Rank:][:p.Rank] {
					for i, a := range p.A[r*width:][:width] {
						row[i] += float32(f * b * a) // rounded here, so that every machine makes the same model
					}
				}
			}
		}
	}
	return w
}
