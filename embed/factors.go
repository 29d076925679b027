package embed

import (
	"container/list"
	"context"
	goruntime "runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"loradex/adapters"
	"loradex/internal/fault"
)

// factorBytes bounds the factors that are kept: of about 400 adapters that change every linear layer of a small model,
// or 40 of a large one.
const factorBytes = 32 << 20

// untrained is how far from 1 the factors of a DoRA are whose magnitudes are the lengths of the layer's own rows: they
// differ by the rounding of two sums alone.
const untrained = 1e-5

// factors are the numbers that an adapter multiplies the outputs of layers by, [Out], by module path.
type factors map[string][]float32

// factorCache computes the factors of adapters that have magnitudes, once for each digest: they need the model's
// weights, and as many multiplications as a run over some hundred tokens.
type factorCache struct {
	modules []adapters.Module
	weight  func(name string) ([]float32, []int, error)
	limit   int // bytes

	mu     sync.Mutex // guards what follows, and is held while factors are computed, so that it happens once
	known  map[string]*list.Element
	recent *list.List // of knownFactors, most recently used first
	bytes  int
}

type knownFactors struct {
	digest string
	values factors
	bytes  int
}

func newFactorCache(modules []adapters.Module, weight func(name string) ([]float32, []int, error)) *factorCache {
	return &factorCache{modules: modules, weight: weight, limit: factorBytes, known: map[string]*list.Element{}, recent: list.New()}
}

// of returns an adapter's factors; nil for one without magnitudes. The adapter has been checked against the modules.
func (c *factorCache) of(ctx context.Context, a *adapters.Adapter) (factors, error) {
	plain := func(m adapters.Module) bool { return a.Updates[m.Path].Magnitude == nil }
	if !slices.ContainsFunc(c.modules, func(m adapters.Module) bool { return !plain(m) }) {
		return nil, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, ok := c.known[a.Digest]; ok {
		c.recent.MoveToFront(at)
		k, _ := at.Value.(knownFactors) // the list holds nothing else
		return k.values, nil
	}
	values, err := c.compute(ctx, a, slices.DeleteFunc(slices.Clone(c.modules), plain))
	if err != nil {
		return nil, err
	}
	c.keep(a.Digest, values)
	return values, nil
}

// keep adds factors and drops the least recently used ones while there are too many. Whoever still uses those has the
// slices.
func (c *factorCache) keep(digest string, values factors) {
	k := knownFactors{digest: digest, values: values}
	for _, v := range values {
		k.bytes += 4 * len(v)
	}
	c.known[digest] = c.recent.PushFront(k)
	for c.bytes += k.bytes; c.bytes > c.limit && c.recent.Len() > 1; {
		old, _ := c.recent.Remove(c.recent.Back()).(knownFactors)
		delete(c.known, old.digest)
		c.bytes -= old.bytes
	}
}

// compute makes the factors of the layers on all cores.
func (c *factorCache) compute(ctx context.Context, a *adapters.Adapter, scaled []adapters.Module) (factors, error) {
	made := make([][]float32, len(scaled))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(goruntime.GOMAXPROCS(0))
	for i, mod := range scaled {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			w, _, err := c.weight(mod.Path + ".weight")
			if err != nil {
				return err
			}
			made[i], err = a.Updates[mod.Path].Factors(w)
			if err != nil {
				return fault.Wrap(fault.CodeOf(err), err, "adapter %q", a.Name)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	out := factors{}
	for i, mod := range scaled {
		out[mod.Path] = made[i]
	}
	if !c.changes(a, out) {
		return nil, fault.New(fault.Invalid, "adapter %q changes nothing: every lora_B is zero, every magnitude is the base's and no bias differs", a.Name).
			WithHint("it was saved before training, or training never reached it")
	}
	return out, nil
}

// changes says whether an adapter with these factors does anything: [adapters.Adapter.Check] cannot tell without the
// model's weights.
func (c *factorCache) changes(a *adapters.Adapter, made factors) bool {
	notZero := func(v float32) bool { return v != 0 }
	for _, mod := range c.modules {
		u := a.Updates[mod.Path]
		if slices.ContainsFunc(u.B, notZero) && slices.ContainsFunc(u.A, notZero) || u.Bias != nil && !slices.Equal(u.Bias, mod.Bias) ||
			slices.ContainsFunc(made[mod.Path], func(s float32) bool { return s < 1-untrained || s > 1+untrained }) {
			return true
		}
	}
	return false
}
