package overlay_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"loradex/embed"
	"loradex/indexer"
	"loradex/search"
	"loradex/search/overlay"
	"loradex/search/tokens"
)

// TestOverlayIsTheEditedTree: what an index with buffers answers is what an index of the edited tree answers. For
// vectors, by exact search, and for words.
func TestOverlayIsTheEditedTree(t *testing.T) {
	seeds := uint64(8)
	if testing.Short() {
		seeds = 2
	}
	for _, wise := range []bool{false, true} {
		for seed := range seeds {
			t.Run(fmt.Sprintf("languages=%v/%d", wise, seed), func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, 7))
				enc := newBag()
				o := options(t, enc, wise)
				files := tree(r, 4+r.IntN(12))
				before, after := open(t), open(t)
				index(t, before, files, enc, o)
				buffers, err := overlay.New(overlay.Options{})
				must(t, err)
				edited := files
				for range 1 + r.IntN(3) { // buffers change more than once
					var changed []string
					edited, changed = edit(r, edited)
					for _, path := range changed {
						must(t, buffers.Put(overlay.Key{Path: path}, edited[path]))
					}
					_, err = buffers.Encode(t.Context(), over(before), enc)
					must(t, err)
				}
				index(t, after, edited, enc, o)
				view, err := buffers.View(t.Context(), over(before))
				must(t, err)
				compareReaders(t, r, view, after, files, enc)
				compareSearches(t, r, view, after, enc)
			})
		}
	}
}

// question draws words.
func question(r *rand.Rand) string {
	q := ""
	for range 1 + r.IntN(5) {
		q += vocabulary[r.IntN(len(vocabulary))] + " "
	}
	return q + []string{"", "renamed", "nowhere"}[r.IntN(3)]
}

// filter draws a filter.
func filter(r *rand.Rand) search.Filter {
	return []search.Filter{
		{},
		{Languages: []string{"Python"}},
		{Paths: []string{"*/f*.go"}},
		{Kinds: []string{"function"}},
		{Exclude: []search.Span{{Path: "file/f1.py", StartLine: 3, EndLine: 9}, {Path: "new/n1.go"}}},
	}[r.IntN(5)]
}

func compareReaders(t *testing.T, r *rand.Rand, view search.Reader, want search.Backend, before map[string]string, enc bag) {
	t.Helper()
	ctx := t.Context()
	wantFiles, err := search.In(want, indexer.Tree{}).Files(ctx)
	must(t, err)
	for path, f := range wantFiles {
		got, err := view.At(ctx, nil, path, 0, 0)
		must(t, err)
		if len(got) != f.Chunks || len(got) > 0 && (got[0].Blob != f.Blob || got[0].Language != f.Language) {
			t.Errorf("%s: %+v, want %+v", path, got, f)
		}
		sameChunks(t, view, want, path)
	}
	for path := range before { // what is not there any more, too
		sameChunks(t, view, want, path)
	}
	spaces, err := search.Spaces(ctx, view, nil)
	must(t, err)
	wantSpaces, err := search.Spaces(ctx, want, nil)
	must(t, err)
	for i, s := range wantSpaces {
		if spaces[i].Vectors != s.Vectors || spaces[i].Space.ID != s.Space.ID {
			t.Errorf("space %s: %d vectors, want %d", s.Space.Mix, spaces[i].Vectors, s.Vectors)
		}
		for _, languages := range [][]string{nil, {"python"}, {}} {
			n, err := view.Count(ctx, nil, languages, "", s.Space.ID)
			must(t, err)
			m, err := want.Count(ctx, nil, languages, "", s.Space.ID)
			must(t, err)
			if !slices.Equal(n, m) {
				t.Errorf("chunks, and those in space %s: %d of %v, want %d", s.Space.Mix, n, languages, m)
			}
		}
		for range 6 {
			q, f := question(r), filter(r)
			v, err := enc.Encode(ctx, []embed.Row{{Text: q, Role: embed.Query}})
			must(t, err)
			for _, k := range []int{1, 5, 100} {
				got, err := view.Dense(ctx, s.Space.ID, v[0], f, k, true)
				must(t, err)
				all, err := want.Dense(ctx, s.Space.ID, v[0], f, k, true)
				must(t, err)
				sameHits(t, fmt.Sprintf("dense %q %+v %d", q, f, k), placesOf(t, view, got), placesOf(t, want, all), 1e-5)
			}
		}
	}
	for range 20 {
		q, f := question(r), filter(r)
		for _, k := range []int{1, 5, 100} {
			got, _, err := view.Lexical(ctx, search.Terms(tokens.Unique(q)), f, k)
			must(t, err)
			all, _, err := want.Lexical(ctx, search.Terms(tokens.Unique(q)), f, k)
			must(t, err)
			sameHits(t, fmt.Sprintf("words %q %+v %d", q, f, k), placesOf(t, view, got), placesOf(t, want, all), 1e-4)
		}
	}
}

func sameChunks(t *testing.T, view, want search.Reader, path string) {
	t.Helper()
	for _, span := range [][2]int{{0, 0}, {2, 5}} {
		got, err := view.At(t.Context(), nil, path, span[0], span[1])
		must(t, err)
		all, err := want.At(t.Context(), nil, path, span[0], span[1])
		must(t, err)
		if len(got) != len(all) {
			t.Fatalf("%s:%v has %d chunks, want %d", path, span, len(got), len(all))
		}
		for i := range all {
			if placeOf(got[i]) != placeOf(all[i]) || got[i].Blob != all[i].Blob {
				t.Errorf("%s:%v: %s, want %s", path, span, placeOf(got[i]), placeOf(all[i]))
			}
		}
	}
}

// compareSearches compares whole answers: fusion, boosts, folding.
func compareSearches(t *testing.T, r *rand.Rand, view, want search.Reader, enc bag) {
	t.Helper()
	a, err := search.New(view, enc, search.Options{})
	must(t, err)
	b, err := search.New(want, enc, search.Options{})
	must(t, err)
	for range 12 {
		q := search.Request{Query: question(r), K: 5, Exact: true, Filter: filter(r)}
		if r.IntN(3) == 0 {
			q.Query, q.Code = "", function(r, "go")
		}
		got, err := a.Search(t.Context(), q)
		must(t, err)
		all, err := b.Search(t.Context(), q)
		must(t, err)
		if got.Coverage != all.Coverage || got.Mode != all.Mode {
			t.Errorf("coverage %g by %s, want %g by %s", got.Coverage, got.Mode, all.Coverage, all.Mode)
		}
		of := func(hits []search.Hit) []hit {
			out := make([]hit, len(hits))
			for i, h := range hits {
				out[i] = hit{fmt.Sprintf("%s:%d-%d", h.Path, h.StartLine, h.EndLine), h.Score}
			}
			return out
		}
		sameHits(t, fmt.Sprintf("search %+v", q), of(got.Hits), of(all.Hits), 1e-3)
		if !slices.ContainsFunc(got.Hits, func(h search.Hit) bool { return h.Dirty }) && len(got.Hits) > 0 {
			t.Errorf("hits of a tree with buffers are not dirty")
		}
	}
}
