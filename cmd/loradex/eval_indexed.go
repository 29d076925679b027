package main

// This file evaluates search as users get it: the documents of a data set in an index, its queries through a searcher.

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"loradex/adapters"
	"loradex/evaluation"
	"loradex/evaluation/cosine"
	"loradex/evaluation/dataset"
	"loradex/evaluation/retrieval"
	"loradex/internal/config"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/sqlite"
	"loradex/workspace"
)

// indexedFlags are the flags of `eval run` that put documents into an index.
type indexedFlags struct {
	Mode         search.Mode
	mode         string
	languageWise string
	coverage     float64
	seed         uint64
	hits, depth  int
	indexed      bool
	exact        bool
}

// The defaults of flags that decide what is found.
const (
	usualDepth = 100
	usualSeed  = uint64(1)
)

var indexedFlagNames = []string{"mode", "language-wise", "coverage", "coverage-seed", "hits", "depth", "indexed", "exact"}

func (f *indexedFlags) register(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&f.mode, "mode", "dense", "dense, lexical or hybrid")
	fl.StringVar(&f.languageWise, "language-wise", "", "LANGUAGE=MIX,...: documents of each language and the queries for them get a mix of their own")
	fl.Float64Var(&f.coverage, "coverage", 1, "share of the documents that have a vector, as in an index that is being filled")
	fl.Uint64Var(&f.seed, "coverage-seed", usualSeed, "picks the documents that have one")
	fl.IntVar(&f.hits, "hits", 100, "hits kept for each query of an indexed search")
	fl.IntVar(&f.depth, "depth", usualDepth, "hits of each ranking that are fused")
	fl.BoolVar(&f.indexed, "indexed", false, "search an index for --mode dense, too")
	fl.BoolVar(&f.exact, "exact", false, "score every vector of the index, not only candidates by sign bits")
	completeFlag(c, "mode", fixed("hybrid", "dense", "lexical"))
}

func (f *indexedFlags) validate() error {
	f.Mode = search.Mode(f.mode)
	switch {
	case f.mode != "dense" && f.mode != "lexical" && f.mode != "hybrid":
		return usagef("dense, lexical or hybrid", "--mode is %q", f.mode)
	case !(f.coverage >= 0 && f.coverage <= 1):
		return usagef("from 0 to 1", "--coverage is %g", f.coverage)
	case f.Mode == search.Dense && f.coverage == 0:
		return usagef("hybrid search does without vectors", "--mode dense needs vectors, and --coverage is 0")
	case f.hits < 1 || f.hits > search.MaxK:
		return usagef("from 1 to 1000", "--hits is %d", f.hits)
	case f.depth < 1 || f.depth > search.MaxDepth:
		return usagef("from 1 to 10000", "--depth is %d", f.depth)
	}
	return nil
}

// used tells whether an index is searched.
func (f *indexedFlags) used() bool {
	return f.Mode != search.Dense || f.indexed || f.languageWise != "" || f.coverage < 1
}

// settings are those of a search that are not the usual ones.
func (f *indexedFlags) settings(own search.Options) map[string]string {
	usual := workspace.RankingOf(config.Default().Search)
	out := map[string]string{}
	for name, pair := range map[string][2]any{
		"lexical_weight": {own.LexicalWeight, usual.LexicalWeight}, "rrf_k": {own.RRFK, usual.RRFK}, "all_words": {own.AllWords, usual.AllWords},
		"symbol_boost": {own.SymbolBoost, usual.SymbolBoost}, "path_boost": {own.PathBoost, usual.PathBoost}, "diversity": {own.Diversity, usual.Diversity},
		"fold": {own.Fold, usual.Fold}, "merge": {own.Merge, usual.Merge},
		"depth": {f.depth, usualDepth}, "exact": {f.exact, false}, "coverage_seed": {f.seed, usualSeed},
	} {
		if pair[0] != pair[1] {
			out[name] = fmt.Sprint(pair[0])
		}
	}
	return out
}

// evaluateIndexed fills an index in a temporary folder and measures search over it. eng may be nil for lexical search.
func (a *app) evaluateIndexed(ctx context.Context, eng *workspace.Engine, ds *dataset.Dataset, docs []retrieval.Document, f evalFlags, o evaluation.Options) (*evaluation.Report, *evaluation.Result, error) {
	start := time.Now()
	o.Depth = f.indexed.hits
	o.Search = &evaluation.Search{Mode: f.indexed.mode, Coverage: f.indexed.coverage, Settings: f.indexed.settings(a.Ranking())}
	if eng == nil {
		o.Search.Coverage = 0
		o.Model = "bm25"
	}
	if f.indexed.Mode == search.Hybrid {
		o.Search.Fusion = a.Config.Search.Fusion
	}
	if err := o.Validate(); err != nil { // a metric that looks deeper than --hits
		return nil, nil, usage(err)
	}
	if err := f.gate.check(evaluation.Describe(ds, o)); err != nil {
		return nil, nil, err
	}
	set, err := a.prepareIndexed(ctx, eng, ds, docs, f, o)
	if err != nil {
		return nil, nil, err
	}
	defer set.close()
	prepared := time.Since(start)
	rankings, err := set.rank(ctx, f, a.Ranking(), o.Progress)
	if err != nil {
		return nil, nil, err
	}
	ranked := time.Since(start)
	if set.languages != nil {
		o.Search.LanguageWise = set.languages
		if o.Digests.Adapter, err = a.languagesDigest(ctx, eng, set.languages); err != nil {
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
	docs      []retrieval.Document
	store     *sqlite.Store
	queries   search.Encoder // nil without an engine
	adapter   *adapters.Mix
	languages map[string]adapters.Mix
	close     func()
}

// prepareIndexed encodes what is not in the cache and fills an index.
func (a *app) prepareIndexed(ctx context.Context, eng *workspace.Engine, ds *dataset.Dataset, docs []retrieval.Document, f evalFlags, o evaluation.Options) (*indexedSet, error) {
	set := &indexedSet{ds: ds, docs: docs}
	mixes, err := f.languageMixes(docs)
	if err != nil {
		return nil, err
	}
	var spaces []retrieval.Space
	if eng != nil {
		if spaces, err = a.encodeSpaces(ctx, eng, set, mixes, f, o); err != nil {
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
	if err := retrieval.Fill(ctx, set.store, docs, spaces, set.languages); err != nil {
		set.close()
		return nil, err
	}
	return set, nil
}

// languageMixes reads --language-wise; nil without it.
func (f *evalFlags) languageMixes(docs []retrieval.Document) (map[string]adapters.Mix, error) {
	if f.indexed.languageWise == "" {
		return nil, nil //nolint:nilnil // one mix for all
	}
	mixes, err := workspace.ParseLanguageMixes(f.indexed.languageWise)
	if err != nil {
		return nil, err
	}
	for _, d := range docs {
		if d.Language == "" {
			return nil, usagef("name it with --lang", "--language-wise needs the language of every document, and some have none")
		}
		if _, ok := mixes[d.Language]; !ok {
			mixes[d.Language] = adapters.Mix{}
		}
	}
	return mixes, nil
}

// encodeSpaces makes the vectors of all spaces and queries.
func (a *app) encodeSpaces(ctx context.Context, eng *workspace.Engine, set *indexedSet, mixes map[string]adapters.Mix, f evalFlags, o evaluation.Options) ([]retrieval.Space, error) {
	queries := retrieval.NewQueries(eng.Encoder)
	set.queries = queries
	if mixes == nil {
		space, err := a.encodeSpace(ctx, eng, set, queries, o, func(string) bool { return true })
		if err != nil {
			return nil, err
		}
		if !o.Adapter.IsBase() || !o.DocAdapter.IsBase() {
			set.adapter = &o.Adapter // else as users ask: with none
		}
		space.Default = true
		space.Vectors = retrieval.Cover(space.Vectors, set.docs, f.indexed.coverage, f.indexed.seed)
		return []retrieval.Space{space}, nil
	}
	set.languages = mixes
	distinct := slices.SortedFunc(maps.Values(mixes), func(a, b adapters.Mix) int { return strings.Compare(a.String(), b.String()) })
	var spaces []retrieval.Space
	for _, mix := range slices.Compact(distinct) {
		o.Adapter, o.DocAdapter = mix, mix
		if o.Cache != nil {
			if err := a.cacheVectors(ctx, eng, &o); err != nil {
				return nil, err
			}
		}
		space, err := a.encodeSpace(ctx, eng, set, queries, o, func(language string) bool { return mixes[language] == mix })
		if err != nil {
			return nil, err
		}
		space.Vectors = retrieval.Cover(space.Vectors, set.docs, f.indexed.coverage, f.indexed.seed)
		spaces = append(spaces, space)
	}
	return spaces, nil
}

// encodeSpace makes the vectors of the documents in some languages, and of all queries, with one mix.
func (a *app) encodeSpace(ctx context.Context, eng *workspace.Engine, set *indexedSet, queries *retrieval.Queries, o evaluation.Options, in func(language string) bool) (retrieval.Space, error) {
	space, err := eng.Encoder.Space(ctx, o.DocAdapter)
	if err != nil {
		return retrieval.Space{}, err
	}
	var texts []dataset.Text
	var places []int
	for i, d := range set.docs {
		if in(d.Language) {
			texts = append(texts, dataset.Text{ID: d.Path, Text: d.Text})
			places = append(places, i)
		}
	}
	encoded, err := evaluation.EncodeDocs(ctx, eng.Encoder, texts, o)
	if err != nil {
		return retrieval.Space{}, err
	}
	asked, err := evaluation.EncodeQuestions(ctx, eng.Encoder, set.ds.Queries, o)
	if err != nil {
		return retrieval.Space{}, err
	}
	queries.Add(o.Adapter, set.ds.Queries, asked)
	vectors := make([][]float32, len(set.docs))
	for i, at := range places {
		vectors[at] = encoded[i]
	}
	return retrieval.Space{Space: space, Vectors: vectors}, nil
}

// rank asks all queries.
func (s *indexedSet) rank(ctx context.Context, f evalFlags, o search.Options, progress func(evaluation.Progress)) ([]cosine.Result, error) {
	searcher, err := search.New(s.store, s.queries, o)
	if err != nil {
		return nil, err
	}
	r := retrieval.Options{Mode: f.indexed.Mode, Exact: f.indexed.exact, Hits: f.indexed.hits, Depth: f.indexed.depth}
	if f.indexed.Mode != search.Lexical && f.indexed.coverage > 0 {
		r.Adapter = s.adapter
	}
	r.Progress = func(done int) {
		progress(evaluation.Progress{Stage: evaluation.RankQueries, Done: done, Total: len(s.ds.Queries)})
	}
	return retrieval.Rank(ctx, searcher, s.docs, s.ds, r)
}
