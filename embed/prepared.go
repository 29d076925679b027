package embed

import (
	"context"
	"sync"

	"loradex/adapters"
	"loradex/adapters/delta"
	"loradex/internal/fault"
	"loradex/internal/parallel"
)

// preparedBytes bounds what is kept: the factors of about 400 DoRAs that change every linear layer of a small model, or 40
// of a large one.
const preparedBytes = 32 << 20

// preparedCache has methods compute what an adapter's files cannot hold, because it depends on the model's weights: once for
// each digest, since it may take as many multiplications as a run over some hundred tokens.
type preparedCache struct {
	sites  []delta.Site
	weight func(path string) (delta.Weight, error)

	mu   sync.Mutex // held while parts are computed, so that it happens once; guards kept
	kept *lru[map[string]delta.Update]
}

func newPreparedCache(sites []delta.Site, weight func(path string) (delta.Weight, error)) *preparedCache {
	return &preparedCache{sites: sites, weight: weight, kept: newLRU[map[string]delta.Update](preparedBytes, nil)}
}

// of returns the parts to lay over an adapter's updates, by path; nil where its files hold all. The adapter has been checked
// against the sites.
func (c *preparedCache) of(ctx context.Context, a *adapters.Adapter) (map[string]delta.Update, error) {
	method, err := adapters.MethodNamed(a.Method)
	if err != nil || method.Prepare == nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if made, ok := c.kept.get(a.Digest); ok {
		return made, nil
	}
	made, err := c.prepare(ctx, a, method)
	if err != nil {
		return nil, err
	}
	bytes := 0
	for _, u := range made {
		bytes += 4 * u.Params()
	}
	c.kept.put(a.Digest, made, bytes)
	return made, nil
}

// prepare computes the parts of all sites on all cores.
func (c *preparedCache) prepare(ctx context.Context, a *adapters.Adapter, method adapters.Method) (map[string]delta.Update, error) {
	made := make([]delta.Update, len(c.sites))
	err := parallel.Each(ctx, len(c.sites), 1, func(i int) (err error) {
		u, ok := a.Updates[c.sites[i].Path]
		if !ok {
			return nil
		}
		made[i], err = method.Prepare(u, func() (delta.Weight, error) { return c.weight(c.sites[i].Path) })
		if err != nil {
			return fault.Prefix(err, "adapter %q", a.Name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := map[string]delta.Update{}
	acts := false
	for i, s := range c.sites {
		if u, ok := a.Updates[s.Path]; ok {
			out[s.Path] = made[i]
			acts = acts || u.With(made[i]).Acts(s)
		}
	}
	if !acts { // [adapters.Adapter.Check] cannot tell without the model's weights
		return nil, fault.New(fault.Invalid, "adapter %q changes nothing: what it adds is zero, what it multiplies by is one, and lengths and biases are the base's", a.Name).
			WithHint("it was saved before training, or training never reached it")
	}
	return out, nil
}
