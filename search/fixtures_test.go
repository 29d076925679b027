package search_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"testing"

	"loradex/adapters"
	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/sqlite"
	"loradex/search/tokens"
)

// This file makes an encoder without a model and indexes to search.

const dims = 96

// bag is an encoder whose vectors count hashed words. The adapters "shift" and "turn" move them to spaces of their
// own; "ask" is a query adapter for the base's space, "askshift" one for shift's. calls records the batches.
type bag struct {
	calls *[][]embed.Row
	base  string // digest of the "model"
}

var shifts = map[string]int{"none": 0, "shift": 31, "turn": 57, "ask": 0, "askshift": 31}

func (b bag) Encode(_ context.Context, rows []embed.Row) ([][]float32, error) {
	if b.calls != nil {
		*b.calls = append(*b.calls, rows)
	}
	out := make([][]float32, len(rows))
	for i, r := range rows {
		shift, ok := shifts[r.Mix.String()]
		if !ok {
			return nil, fault.New(fault.NotFound, "unknown adapter %q", r.Mix.String())
		}
		out[i] = count(r.Text, shift)
	}
	return out, nil
}

func count(text string, shift int) []float32 {
	v := make([]float32, dims)
	v[0] = 0.01 // no text is nothing
	for _, w := range tokens.Split(text) {
		h := fnv.New32a()
		_, _ = h.Write([]byte(w)) // never fails
		v[(int(h.Sum32()%dims)+shift)%dims]++
	}
	var square float64
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(square))
	}
	return v
}

func (b bag) Space(_ context.Context, mix adapters.Mix) (embed.Space, error) {
	if _, ok := shifts[mix.String()]; !ok {
		return embed.Space{}, fault.New(fault.NotFound, "unknown adapter %q", mix.String())
	}
	s := embed.Space{Model: "bag", Base: b.base, Dimensions: dims, Normalize: true, Mix: mix}
	if !mix.IsBase() {
		s.MixDigest = mix.String()
	}
	return s.WithoutChunker(), nil
}

func (b bag) QuerySpace(ctx context.Context, mix adapters.Mix) (string, bool, error) {
	of := map[string]string{"ask": "none", "askshift": "shift"}[mix.String()]
	if of == "" {
		return "", false, nil
	}
	m, err := adapters.ParseMix(of)
	if err != nil {
		return "", false, err
	}
	s, err := b.Space(ctx, m)
	return s.ID, true, err
}

func mixOf(t *testing.T, text string) *adapters.Mix {
	t.Helper()
	m, err := adapters.ParseMix(text)
	must(t, err)
	return &m
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// plan is a space of a test's index: its mix, and the languages it holds (none: all).
type plan struct {
	mix       string
	languages []string
}

var sources = []struct{ path, language, symbol, text string }{
	{"config/parse.go", "go", "ParseConfig", "func ParseConfig(path string) reads yaml settings from disk"},
	{"net/server.go", "go", "Serve", "func Serve(port int) listens for http requests and answers"},
	{"tools/fetch.py", "python", "fetch", "def fetch(url): download archive and check its digest"},
	{"tools/settings.py", "python", "load_settings", "def load_settings(file): yaml settings reader"},
}

// index makes an index of the sources with vectors in the planned spaces, the first of which is the default.
func index(t *testing.T, plans ...plan) zeroTree {
	t.Helper()
	ctx := t.Context()
	store := open(t)
	for i, src := range sources {
		must(t, store.PutFiles(ctx, "c1", []indexer.File{{
			Path: src.path, Language: src.language, Blob: fmt.Sprintf("%040d", i), Texts: []string{src.text},
			Chunks: []indexer.Chunk{{StartLine: 1, EndLine: 9, Symbol: src.symbol, Kind: "function", Text: src.text}},
		}}))
	}
	for i, p := range plans {
		fill(t, store, p, i == 0)
	}
	must(t, store.PutRepo(ctx, indexer.RepoState{Repo: "r", Rev: "c0ffee", Dirty: true}))
	return store
}

// zeroTree is a store with the index of its zero tree: what both of them can, the tree does.
type zeroTree struct {
	backend
	search.Trees
}

// backend puts the methods of a store behind those of its tree.
type backend struct{ search.Backend }

func of(b search.Backend) zeroTree { return zeroTree{backend{b}, search.In(b, indexer.Tree{})} }

// open opens a new store.
func open(t *testing.T) zeroTree {
	t.Helper()
	store, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, store.Close()) })
	return of(store)
}

func fill(t *testing.T, store zeroTree, p plan, def bool) {
	t.Helper()
	ctx := t.Context()
	space, err := bag{}.Space(ctx, *mixOf(t, p.mix))
	must(t, err)
	space = space.WithChunker("c1")
	must(t, store.PutSpace(ctx, space, def))
	pending, _, err := store.Pending(ctx, space.ID, "", 1000)
	must(t, err)
	for _, text := range pending {
		if len(p.languages) > 0 && text.Language != p.languages[0] {
			continue
		}
		v := indexer.TextVector{Digest: text.Digest, Vector: count(text.Text, shifts[p.mix])}
		must(t, store.PutVectors(ctx, space.ID, []indexer.TextVector{v}))
	}
}

func searcher(t *testing.T, r search.Reader, e search.Encoder) *search.Searcher {
	t.Helper()
	s, err := search.New(r, e, search.Options{})
	must(t, err)
	return s
}
