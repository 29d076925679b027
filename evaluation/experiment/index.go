package experiment

// This file evaluates search as users get it: the documents of a data set in an index, its queries through a searcher.

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"loradex/adapters"
	"loradex/embed"
	"loradex/evaluation"
	"loradex/indexer"
	"loradex/internal/dataset"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/sqlite"
)

// Index says how the documents of a data set are put into an index and searched. The zero value ranks vectors in memory.
type Index struct {
	Mode      search.Mode             // The default is dense.
	Languages map[string]adapters.Mix // of documents in a language and the queries for them; nil is one mix for all
	Coverage  float64                 // share of the documents that have a vector
	Seed      uint64                  // picks them
	Hits      int                     // kept for each query
	Depth     int                     // of each ranking that is fused
	Exact     bool                    // every vector is scored, not only candidates by sign bits
	Through   bool                    // a dense search goes through an index, too
}

// The settings of an index that reports do not mention.
const (
	UsualDepth = 100
	UsualSeed  = uint64(1)
)

// validate says what is wrong with x.
func (x *Index) validate() error {
	switch {
	case x.Mode != search.Dense && x.Mode != search.Lexical && x.Mode != search.Hybrid:
		return fault.Usagef("dense, lexical or hybrid", "--mode is %q", string(x.Mode))
	case !(x.Coverage >= 0 && x.Coverage <= 1):
		return fault.Usagef("from 0 to 1", "--coverage is %g", x.Coverage)
	case x.Mode == search.Dense && x.Coverage == 0:
		return fault.Usagef("hybrid search does without vectors", "--mode dense needs vectors, and --coverage is 0")
	case x.Hits < 1 || x.Hits > search.MaxK:
		return fault.Usagef("from 1 to 1000", "--hits is %d", x.Hits)
	case x.Depth < 1 || x.Depth > search.MaxDepth:
		return fault.Usagef("from 1 to 10000", "--depth is %d", x.Depth)
	}
	return nil
}

// Used tells whether an index is searched.
func (x *Index) Used() bool {
	return x.Mode != search.Dense || x.Through || x.Languages != nil || x.Coverage < 1
}

// mixesOf gives every language of the documents its mix; nil where one is for all.
func (x *Index) mixesOf(docs []indexer.File) (map[string]adapters.Mix, error) {
	if x.Languages == nil {
		return nil, nil //nolint:nilnil // one mix for all
	}
	mixes := maps.Clone(x.Languages)
	for _, d := range docs {
		if d.Language == "" {
			return nil, fault.Usagef("name it with --lang", "--language-wise needs the language of every document, and some have none")
		}
		if _, ok := mixes[d.Language]; !ok {
			mixes[d.Language] = adapters.Mix{}
		}
	}
	return mixes, nil
}

// settings are those of a search that are not the usual ones.
func (x *Index) settings(own, usual search.Options) map[string]string {
	out := map[string]string{}
	for name, pair := range map[string][2]any{
		"lexical_weight": {own.LexicalWeight, usual.LexicalWeight}, "rrf_k": {own.RRFK, usual.RRFK}, "all_words": {own.AllWords, usual.AllWords},
		"path_boost": {own.PathBoost, usual.PathBoost}, "file_boost": {own.FileBoost, usual.FileBoost},
		"near_boost": {own.NearBoost, usual.NearBoost}, "unasked": {own.Unasked, usual.Unasked}, "diversity": {own.Diversity, usual.Diversity},
		"fold": {own.Fold, usual.Fold}, "merge": {own.Merge, usual.Merge},
		"depth": {x.Depth, UsualDepth}, "exact": {x.Exact, false}, "coverage_seed": {x.Seed, UsualSeed},
	} {
		if pair[0] != pair[1] {
			out[name] = fmt.Sprint(pair[0])
		}
	}
	return out
}

// indexed fills an index in a temporary folder and measures search over it. enc may be nil for lexical search.
func (l *Lab) indexed(ctx context.Context, enc *embed.Encoder, ds *dataset.Dataset, docs []indexer.File, x Index, g *gate, o evaluation.Options) (*evaluation.Report, *evaluation.Result, error) {
	start := time.Now()
	o.Depth = x.Hits
	o.Search = &evaluation.Search{Mode: string(x.Mode), Coverage: x.Coverage, Settings: x.settings(l.Ranking, l.Usual)}
	if enc == nil {
		o.Search.Coverage = 0
		o.Model = "bm25"
	}
	if x.Mode == search.Hybrid {
		o.Search.Fusion = string(l.Ranking.Fusion)
	}
	if err := o.Validate(); err != nil { // a metric that looks deeper than --hits
		return nil, nil, fault.Usage(err)
	}
	if err := g.check(evaluation.Describe(ds, o)); err != nil {
		return nil, nil, err
	}
	set, err := l.fill(ctx, enc, ds, docs, x, o)
	if err != nil {
		return nil, nil, err
	}
	defer set.close()
	prepared := time.Since(start)
	rankings, err := set.rank(ctx, x, l.ranking(ctx, enc), o.Progress)
	if err != nil {
		return nil, nil, err
	}
	ranked := time.Since(start)
	if set.languages != nil {
		o.Search.LanguageWise = set.languages
		if o.Digests.Adapter, err = languagesDigest(ctx, enc, set.languages); err != nil {
			return nil, nil, err
		}
		o.Digests.DocAdapter = o.Digests.Adapter
	}
	report, result, err := evaluation.RunRankings(ctx, rankings, ds, o)
	if err != nil {
		return nil, nil, err
	}
	report.Seconds = evaluation.Seconds{Encode: prepared.Seconds(), Rank: (ranked - prepared).Seconds(), Total: time.Since(start).Seconds()}
	return report, result, nil
}

// indexedSet is a data set in an index, with the vectors of its queries.
type indexedSet struct {
	ds        *dataset.Dataset
	docs      []indexer.File
	store     sqlite.Store
	queries   search.Encoder // nil without an engine
	adapter   *adapters.Mix
	languages map[string]adapters.Mix
	close     func()
}

// fill encodes what is not in the cache and fills an index.
func (l *Lab) fill(ctx context.Context, enc *embed.Encoder, ds *dataset.Dataset, docs []indexer.File, x Index, o evaluation.Options) (*indexedSet, error) {
	set := &indexedSet{ds: ds, docs: docs}
	mixes, err := x.mixesOf(docs)
	if err != nil {
		return nil, err
	}
	var spaces []filledSpace
	if enc != nil {
		if spaces, err = l.encodeSpaces(ctx, enc, set, mixes, x, o); err != nil {
			return nil, err
		}
	}
	dir, err := os.MkdirTemp("", "loradex-eval-*")
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "no temporary folder for the index")
	}
	remove := func() { _ = os.RemoveAll(dir) } // temporary; nothing depends on it
	if set.store, err = sqlite.Open(ctx, dir, sqlite.Options{}); err != nil {
		remove()
		return nil, err
	}
	set.close = func() {
		_ = set.store.Close() // it goes with its folder
		remove()
	}
	if err := fillStore(ctx, set.store, docs, spaces, set.languages); err != nil {
		set.close()
		return nil, err
	}
	return set, nil
}

// encodeSpaces makes the vectors of all spaces and queries: of one with the mixes of o, or of one for each mix of a language.
func (l *Lab) encodeSpaces(ctx context.Context, enc *embed.Encoder, set *indexedSet, mixes map[string]adapters.Mix, x Index, o evaluation.Options) ([]filledSpace, error) {
	queries := &knownQueries{enc, map[knownQuery][]float32{}}
	set.queries, set.languages = queries, mixes
	own := []adapters.Mix{o.DocAdapter}
	if mixes != nil {
		own = slices.SortedFunc(maps.Values(mixes), func(a, b adapters.Mix) int { return strings.Compare(a.String(), b.String()) })
	} else if !o.Adapter.IsBase() || !o.DocAdapter.IsBase() {
		set.adapter = &o.Adapter // else as users ask: with none
	}
	var spaces []filledSpace
	for _, mix := range slices.Compact(own) {
		if mixes != nil {
			o.Adapter, o.DocAdapter = mix, mix
			if err := l.reuse(ctx, enc, &o); err != nil {
				return nil, err
			}
		}
		space, err := encodeSpace(ctx, enc, set, queries, o, func(language string) bool { return mixes == nil || mixes[language] == mix })
		if err != nil {
			return nil, err
		}
		space.isDefault = mixes == nil
		space.vectors = cover(space.vectors, set.docs, x.Coverage, x.Seed)
		spaces = append(spaces, space)
	}
	return spaces, nil
}

// encodeSpace makes the vectors of the documents in some languages, and of all queries, with one mix.
func encodeSpace(ctx context.Context, enc *embed.Encoder, set *indexedSet, queries *knownQueries, o evaluation.Options, in func(language string) bool) (filledSpace, error) {
	space, err := enc.Space(ctx, o.DocAdapter)
	if err != nil {
		return filledSpace{}, err
	}
	var texts []dataset.Text
	var places []int
	for i, d := range set.docs {
		if in(d.Language) {
			texts = append(texts, dataset.Text{ID: d.Path, Text: d.Texts[0]})
			places = append(places, i)
		}
	}
	encoded, err := evaluation.EncodeDocs(ctx, enc, texts, o)
	if err != nil {
		return filledSpace{}, err
	}
	asked, err := evaluation.EncodeQuestions(ctx, enc, set.ds.Queries, o)
	if err != nil {
		return filledSpace{}, err
	}
	queries.add(o.Adapter, set.ds.Queries, asked)
	vectors := make([][]float32, len(set.docs))
	for i, at := range places {
		vectors[at] = encoded[i]
	}
	return filledSpace{Space: space, vectors: vectors}, nil
}
