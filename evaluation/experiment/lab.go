package experiment

import (
	"context"
	"path/filepath"
	"sync"

	"loradex/adapters"
	"loradex/embed"
	"loradex/evaluation"
	"loradex/evaluation/vectorcache"
	"loradex/internal/fault"
	"loradex/search"
)

// Tools are what experiments take from the program. All but Usual are needed for encoders; a run file needs none.
type Tools struct {
	// Engine opens the encoder, with texts cut at maxTokens where that is not 0.
	Engine func(ctx context.Context, maxTokens int) (*embed.Encoder, error)
	// Model opens another model by its name or folder, beside the encoder.
	Model func(ctx context.Context, name string, maxTokens int) (*embed.Encoder, error)
	// Threads is how many threads the encoder runs, for reports.
	Threads int
	// Library opens the library of adapters.
	Library func() (*adapters.Library, error)
	// Sides says what a mix is for: queries, both sides, or some of each.
	Sides func(ctx context.Context, m adapters.Mix) (query, both bool, err error)
	// Caches is the folder of vectors that are kept between evaluations. The default "" keeps none.
	Caches string
	// Ranking is how an index is searched, and Usual how it is where nobody sets anything: a report says what differs.
	Ranking, Usual search.Options
	// Spread is that of an encoder's model.
	Spread func(ctx context.Context, enc *embed.Encoder) (float64, error)
	// Note tells people what they should know beside the results. The default drops it.
	Note func(format string, args ...any)
	// Progress, where not nil, is told how far the work is. Calls come one at a time.
	Progress func(evaluation.Progress)
}

// Lab runs experiments that share what is kept. Make it with [New], and close it.
type Lab struct {
	Tools
	cache *vectorcache.Cache
}

// New makes a lab in which nothing is open.
func New(t Tools) *Lab {
	if t.Note == nil {
		t.Note = func(string, ...any) {}
	}
	if t.Progress == nil {
		t.Progress = func(evaluation.Progress) {}
	}
	return &Lab{Tools: t}
}

// Close makes what was kept durable.
func (l *Lab) Close() error {
	if l.cache == nil {
		return nil
	}
	defer func() { l.cache = nil }()
	return l.cache.Close()
}

// keepVectors opens the cache once. It is nil where vectors are not kept.
func (l *Lab) keepVectors() (evaluation.VectorCache, error) {
	if l.Caches == "" {
		return nil, nil //nolint:nilnil // documented
	}
	if l.cache == nil {
		cache, err := vectorcache.Open(filepath.Join(l.Caches, "evaluation"))
		if err != nil {
			return nil, err
		}
		l.cache = cache
	}
	return l.cache, nil
}

// documentMix is what documents are encoded with where only a mix for queries is given: by what its adapters' cards say.
func (l *Lab) documentMix(ctx context.Context, m adapters.Mix) (adapters.Mix, error) {
	query, both, err := l.Sides(ctx, m)
	switch {
	case err != nil:
		return adapters.Mix{}, err
	case query && both:
		return adapters.Mix{}, fault.Usagef("say what documents are encoded with: --doc-adapter MIX",
			"the mix %s has adapters for queries and adapters for both sides", m)
	case query:
		return adapters.Mix{}, nil
	}
	return m, nil
}

// prepare describes an evaluation with the mixes of o, lets it use kept vectors, and tells when a query adapter meets documents of
// another space than the one that it was trained against.
func (l *Lab) prepare(ctx context.Context, enc *embed.Encoder, o *evaluation.Options) error {
	if err := l.reuse(ctx, enc, o); err != nil {
		return err
	}
	docs, err := describe(ctx, enc, o)
	if err != nil {
		return err
	}
	lib, err := l.Library()
	if err != nil {
		return err
	}
	for _, name := range o.Adapter.Names() {
		entry, err := lib.Entry(ctx, name)
		if err != nil {
			return err
		}
		if entry.Card.Side == adapters.SideQuery && entry.Card.Space != docs.ID {
			l.Note("%s was trained against the space %s; these documents are in %s", name, entry.Card.Space, docs.ID)
		}
	}
	return nil
}

// reuse lets an evaluation with the mixes of o take vectors of earlier ones and keep its own. What names a vector is
// everything that decides it but the text: the space, and for queries the role's prompt in place of the documents'.
func (l *Lab) reuse(ctx context.Context, enc *embed.Encoder, o *evaluation.Options) error {
	docs, queries, err := spacesOf(ctx, enc, o)
	if err != nil {
		return err
	}
	if o.Cache, err = l.keepVectors(); o.Cache == nil {
		return err
	}
	o.DocSpace, o.QuerySpace = docs.ID, queries.ID+" query "+enc.Model().Prompts.Query()
	return nil
}

// ranking is how an index of an encoder's vectors is searched; its spread is asked for once, and not by each query.
func (l *Lab) ranking(ctx context.Context, enc *embed.Encoder) search.Options {
	o := l.Ranking
	if enc != nil && l.Spread != nil {
		once := sync.OnceValues(func() (float64, error) { return l.Spread(ctx, enc) })
		o.Spread = func(context.Context) (float64, error) { return once() }
	}
	return o
}
