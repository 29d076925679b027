package embed

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"sync"

	"loradex/adapters"
	"loradex/internal/fault"
)

// mixCache keeps resolved mixes, because joining the updates of adapters anew for every request would take longer than
// finding them. Its adapters stay open until the mix goes and the last request that uses it has ended.
type mixCache struct {
	mu   sync.Mutex // guards what follows
	kept *lru[*keptMix]
	errs []error // of closing adapters
}

// keptMix is a mix with those who use it: requests, and the cache.
type keptMix struct {
	*mix
	open  []adapters.Weighted
	users int
}

// mixBytes bounds what kept mixes hold apart from the adapters' mapped files.
const mixBytes = 64 << 20

func newMixCache() *mixCache {
	c := &mixCache{}
	c.kept = newLRU(mixBytes, func(k *keptMix) { c.leave(k) })
	return c
}

// use returns a mix that has been kept; nil where it has not.
func (c *mixCache) use(key string) *keptMix {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.kept.get(key)
	if !ok {
		return nil
	}
	k.users++
	return k
}

// keep takes over a mix with its open adapters, for the cache and one user. Where another request has kept the same mix in
// the meantime, that one is used, and the adapters are closed.
func (c *mixCache) keep(key string, m *mix, open []adapters.Weighted) *keptMix {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k, ok := c.kept.get(key); ok {
		k.users++
		c.errs = append(c.errs, adapters.CloseAll(open))
		return k
	}
	k := &keptMix{mix: m, open: open, users: 2}
	heap := 512
	if m != nil {
		heap += m.heap
	}
	c.kept.put(key, k, heap)
	return k
}

// release ends the use of mixes. It returns what has gone wrong with closing adapters.
func (c *mixCache) release(used []*keptMix) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range used {
		c.leave(k)
	}
	return c.failed()
}

// close drops all mixes.
func (c *mixCache) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept.clear()
	return c.failed()
}

// leave is one user less; the last one closes the adapters. c.mu is held.
func (c *mixCache) leave(k *keptMix) {
	if k.users--; k.users == 0 {
		c.errs = append(c.errs, adapters.CloseAll(k.open))
	}
}

// failed hands over the errors. c.mu is held.
func (c *mixCache) failed() error {
	errs := slices.Clone(c.errs)
	c.errs = nil
	return errors.Join(errs...)
}

// resolveRows resolves each distinct mix of the rows once. The caller releases what is used.
func (e *Encoder) resolveRows(ctx context.Context, rows []Row) (mixes []*mix, used []*keptMix, err error) {
	mixes = make([]*mix, len(rows))
	seen := map[string]*mix{}
	documents := map[string]bool{} // mixes that a document is encoded with
	for _, row := range rows {
		if !row.Mix.IsBase() && row.Role == Document {
			documents[row.Mix.String()] = true
		}
	}
	for i, row := range rows {
		if row.Mix.IsBase() {
			continue
		}
		key := row.Mix.String()
		m, ok := seen[key]
		if !ok {
			k, err := e.resolveMix(ctx, row.Mix, documents[key])
			if err != nil {
				return nil, nil, errors.Join(err, e.mixes.release(used))
			}
			used, m = append(used, k), k.mix
			seen[key] = m
		}
		mixes[i] = m
	}
	return mixes, used, nil
}

// resolveMix finds a mix by the content of its adapters, or joins it. For documents it refuses adapters for queries.
func (e *Encoder) resolveMix(ctx context.Context, m adapters.Mix, documents bool) (*keptMix, error) {
	list, err := e.resolve(ctx, m)
	if err != nil {
		return nil, err
	}
	for _, w := range list {
		if documents && w.Adapter.Card.Side == adapters.SideQuery {
			err := fault.New(fault.Invalid, "adapter %q was trained for queries alone, and a document is to be encoded with %q", w.Adapter.Name, m.String()).
				WithHint("documents of its space have no adapter: leave it out for them, or give the texts the role query")
			return nil, errors.Join(err, adapters.CloseAll(list))
		}
	}
	var key []byte
	for _, w := range list {
		key = binary.LittleEndian.AppendUint32(append(key, w.Adapter.Digest...), math.Float32bits(w.Weight))
	}
	var route *adapters.Arrow
	if r := m.Route(); r != nil { // one that resolves is an arrow
		rule, err := r.Arrow()
		if err != nil {
			return nil, errors.Join(err, adapters.CloseAll(list))
		}
		route, key = &rule, append(key, r.Rule()...)
	}
	if k := e.mixes.use(string(key)); k != nil {
		return k, adapters.CloseAll(list)
	}
	joined, err := e.join(ctx, list, route)
	if err != nil {
		return nil, errors.Join(err, adapters.CloseAll(list))
	}
	return e.mixes.keep(string(key), joined, list), nil
}
