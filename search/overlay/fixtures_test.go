package overlay_test

// This file makes an encoder without a model, trees of files, and indexes of them.

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"loradex/adapters"
	"loradex/adapters/adapterstest"
	"loradex/embed"
	"loradex/indexer"
	"loradex/indexer/indexertest"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/overlay"
	"loradex/search/sqlite"
	"loradex/search/tokens"
)

const dims = 48

// bag is an encoder whose vectors count hashed words; the mixes of shifts turn them to other spaces. It counts the
// texts of documents that it encodes.
type bag struct {
	mu        *sync.Mutex
	documents map[string]int
	gone      map[string]bool // adapters that are not there any more
}

var shifts = map[string]int{"none": 0, "shift": 17}

func newBag() bag { return bag{&sync.Mutex{}, map[string]int{}, map[string]bool{}} }

// Each hands over the vectors of Encode, for the indexer.
func (b bag) Each(ctx context.Context, rows []embed.Row, take func(i int, vector []float32, tokens int) error) error {
	vectors, err := b.Encode(ctx, rows)
	for i, v := range vectors {
		if err := take(i, v, 1); err != nil {
			return err
		}
	}
	return err
}

func (b bag) Encode(ctx context.Context, rows []embed.Row) ([][]float32, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([][]float32, len(rows))
	for i, r := range rows {
		if r.Role == embed.Document {
			b.documents[r.Text]++
		}
		v := make([]float32, dims)
		v[0] = 0.01
		for _, w := range tokens.Split(r.Text) {
			h := fnv.New32a()
			_, _ = h.Write([]byte(w))
			v[(int(h.Sum32()%dims)+shifts[r.Mix.String()])%dims]++
		}
		var square float64
		for _, x := range v {
			square += float64(x) * float64(x)
		}
		for j := range v {
			v[j] /= float32(math.Sqrt(square))
		}
		out[i] = v
	}
	return out, ctx.Err()
}

func (b bag) Space(_ context.Context, mix adapters.Mix) (embed.Space, error) {
	if _, ok := shifts[mix.String()]; !ok || b.gone[mix.String()] {
		return embed.Space{}, fault.New(fault.NotFound, "unknown adapter %q", mix.String())
	}
	return embed.Space{Model: "bag", Base: "b", Dimensions: dims, Normalize: true, Mix: mix, MixDigest: mix.String()}.WithoutChunker(), nil
}

func (bag) QuerySpace(context.Context, adapters.Mix) (string, bool, error) { return "", false, nil }

// count returns how many documents were encoded, texts that were encoded again included.
func (b bag) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, times := range b.documents {
		n += times
	}
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v (%s)", err, fault.HintOf(err))
	}
}

// plan is what indexes are filled with: the base's space, and that of shift for languages.
func options(t *testing.T, enc bag, wise bool) indexer.Options {
	t.Helper()
	base, err := enc.Space(t.Context(), adapters.Mix{})
	must(t, err)
	o := indexer.Options{Spaces: []indexer.SpacePlan{{Space: base, Default: true}}}
	if wise {
		mix := adapterstest.Mix("shift")
		shifted, err := enc.Space(t.Context(), mix)
		must(t, err)
		o.Spaces = []indexer.SpacePlan{{Space: shifted, Languages: []string{"python"}}, {Space: base, Default: true, Rest: true}}
		o.Languages = map[string]adapters.Mix{"python": mix}
	}
	return o
}

func open(t *testing.T) sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, store.Close()) })
	return store
}

// index brings a store to the state of files.
func index(t *testing.T, store search.Backend, files map[string]string, enc bag, o indexer.Options) {
	t.Helper()
	_, err := indexer.Index(t.Context(), &indexertest.Source{Rev: "c0ffee", Files: files}, search.In(store, indexer.Tree{}), enc, o)
	must(t, err)
}

var vocabulary = strings.Fields(`lock file parse config server listen token cache vector space merge chunk index search
	tree branch commit open close read write buffer cursor encode decode batch queue worker retry timeout header body`)

// function draws a definition.
func function(r *rand.Rand, language string) string {
	word := func() string { return vocabulary[r.IntN(len(vocabulary))] }
	name := word() + strings.ToUpper(word()[:1]) + word()
	var body strings.Builder
	for range 5 + r.IntN(20) {
		fmt.Fprintf(&body, "\t%s%d = %s(%s, %s)\n", word(), r.IntN(50), word(), word(), word())
	}
	if language == "py" {
		return fmt.Sprintf("def %s(%s):\n    \"\"\"%s the %s %s.\"\"\"\n%s\n", name, word(), word(), word(), word(), strings.ReplaceAll(body.String(), "\t", "    "))
	}
	return fmt.Sprintf("// %s does %s the %s %s.\nfunc %s(%s int) {\n%s}\n", name, word(), word(), word(), name, word(), body.String())
}

// content draws a file.
func content(r *rand.Rand, path string) string {
	language := path[strings.LastIndexByte(path, '.')+1:]
	var b strings.Builder
	if language == "go" {
		b.WriteString("package " + vocabulary[r.IntN(len(vocabulary))] + "\n\n")
	}
	for range 1 + r.IntN(5) {
		b.WriteString(function(r, language) + "\n")
	}
	return b.String()
}

// tree draws files.
func tree(r *rand.Rand, n int) map[string]string {
	files := map[string]string{}
	for i := range n {
		path := fmt.Sprintf("%s/f%d.%s", vocabulary[i%5], i, []string{"go", "py"}[i%2])
		files[path] = content(r, path)
	}
	return files
}

// edit changes a few files of a copy, and says which.
func edit(r *rand.Rand, files map[string]string) (after map[string]string, changed []string) {
	after = maps.Clone(files)
	paths := slices.Sorted(maps.Keys(files))
	for range 1 + r.IntN(4) {
		path := paths[r.IntN(len(paths))]
		text := after[path]
		language := path[strings.LastIndexByte(path, '.')+1:]
		switch r.IntN(6) {
		case 0:
			text += function(r, language)
		case 1: // from an empty line to the end
			if at := strings.LastIndex(text[:(len(text)+1)/2], "\n\n"); at > 0 {
				text = text[:at] + "\n\n" + function(r, language)
			}
		case 2:
			text = strings.ReplaceAll(text, vocabulary[r.IntN(len(vocabulary))], "renamed")
		case 3:
			text = ""
		case 4:
			path = fmt.Sprintf("new/n%d.%s", r.IntN(3), language)
			text = content(r, path)
		case 5:
			text = "\n\n" + text
		}
		after[path] = text
		changed = append(changed, path)
	}
	return after, changed
}

// hit is a found chunk, independent of IDs.
type hit struct {
	place string
	score float64
}

func placesOf(t *testing.T, r search.Reader, hits []search.Scored) []hit {
	t.Helper()
	ids := make([]search.ID, len(hits))
	for i, h := range hits {
		ids[i] = h.ID
	}
	chunks, err := r.Chunks(t.Context(), nil, ids)
	must(t, err)
	out := make([]hit, len(hits))
	for i, c := range chunks {
		out[i] = hit{placeOf(c), float64(hits[i].Score)}
	}
	return out
}

func placeOf(c search.Stored) string {
	return fmt.Sprintf("%s:%d-%d %s %.20q", c.Path, c.Chunk.StartLine, c.Chunk.EndLine, c.Chunk.Symbol, c.Chunk.Text)
}

// sameHits compares rankings: chunks whose scores differ by rounding only may change places, also over the end.
func sameHits(t *testing.T, what string, got, want []hit, rounding float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d hits, want %d\n%v\n%v", what, len(got), len(want), got, want)
	}
	scores := map[string]float64{}
	for _, w := range want {
		scores[w.place] = w.score
	}
	for i, g := range got {
		if math.Abs(g.score-want[i].score) > rounding {
			t.Fatalf("%s: place %d is %v, want %v\n%v\n%v", what, i, g, want[i], got, want)
		}
		at, ok := scores[g.place]
		if !ok && g.score > want[len(want)-1].score+rounding || ok && math.Abs(at-g.score) > rounding {
			t.Fatalf("%s: %v at place %d, want %v there (%g)", what, g, i, want[i], at)
		}
	}
}

// over is a one-tree index for views.
func over(store sqlite.Store) overlay.Index {
	return overlay.Index{Store: store, Trees: []indexer.Tree{{}}}
}
