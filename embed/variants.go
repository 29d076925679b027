package embed

import (
	"context"
	"errors"
	"slices"
	"sync"

	"loradex/adapters/delta"
	"loradex/embed/model"
	"loradex/embed/runtime"
)

// variants holds the loaded graphs. The plain one stays; of those with adapters the least recently used goes when
// there are too many. Only the queue's goroutine runs graphs, so none is closed while it runs.
type variants struct {
	env   *runtime.Environment
	model *model.Model
	sites map[string]delta.Site
	limit int

	mu     sync.Mutex // guards loaded
	loaded []*loaded  // most recently used first
}

// loaded is a graph that is ready to run.
type loaded struct {
	variant variant
	key     string
	session *runtime.Session
	slots   []slot // inputs beside those of the tokens, in order
}

func newVariants(env *runtime.Environment, m *model.Model, sites map[string]delta.Site, limit int) *variants {
	return &variants{env: env, model: m, sites: sites, limit: limit}
}

// get returns a graph that serves the variant: the same one, or a loaded one with more sites (whose inputs are then
// neutral) where it has at most twice as many, because loading a graph costs more than computing on some zeros.
func (v *variants) get(ctx context.Context, want variant) (*loaded, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	key := want.key()
	at := slices.IndexFunc(v.loaded, func(l *loaded) bool { return l.key == key })
	if at < 0 {
		at = slices.IndexFunc(v.loaded, func(l *loaded) bool { return serves(l.variant, want) })
	}
	if at >= 0 {
		l := v.loaded[at]
		v.loaded = slices.Insert(slices.Delete(v.loaded, at, at+1), 0, l)
		return l, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l, err := v.load(want)
	if err != nil {
		return nil, err
	}
	v.loaded = slices.Insert(v.loaded, 0, l)
	return l, v.evict()
}

// serves tells whether a loaded variant can compute the wanted one.
func serves(have, want variant) bool {
	if have.perRow != want.perRow || len(want.sites) == 0 || len(have.sites) > 2*len(want.sites) {
		return false
	}
	for path, w := range want.sites {
		if !have.sites[path].serves(w) {
			return false
		}
	}
	return true
}

func (v *variants) load(want variant) (*loaded, error) {
	g, err := build(v.model, v.sites, want)
	if err != nil {
		return nil, err
	}
	s, err := v.env.NewSession(g.model, false)
	if err != nil {
		return nil, err
	}
	return &loaded{variant: want, key: want.key(), session: s, slots: g.slots}, nil
}

// evict closes the least recently used graphs with adapters while there are too many.
func (v *variants) evict() error {
	n := 0
	for i := 0; i < len(v.loaded); i++ {
		l := v.loaded[i]
		if len(l.variant.sites) == 0 {
			continue
		}
		if n++; n > v.limit {
			v.loaded = slices.Delete(v.loaded, i, i+1)
			return l.session.Close()
		}
	}
	return nil
}

func (v *variants) close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	var errs []error
	for _, l := range v.loaded {
		errs = append(errs, l.session.Close())
	}
	v.loaded = nil
	return errors.Join(errs...)
}
