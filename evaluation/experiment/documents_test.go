package experiment

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"testing"

	"loradex/adapters"
	"loradex/adapters/adapterstest"
	"loradex/embed"
	"loradex/evaluation"
	"loradex/indexer"
	"loradex/internal/dataset"
	"loradex/search"
	"loradex/search/sqlite"
	"loradex/search/tokens"
)

const dims = 64

// bag is an encoder whose vectors count hashed words; a mix moves them.
type bag struct{ calls int }

func (b *bag) Encode(_ context.Context, rows []embed.Row) ([][]float32, error) {
	b.calls++
	out := make([][]float32, len(rows))
	for i, r := range rows {
		out[i] = count(r.Text, r.Mix.String())
	}
	return out, nil
}

func count(text, mix string) []float32 {
	v := make([]float32, dims)
	for _, w := range tokens.Split(text) {
		h := fnv.New32a()
		_, _ = h.Write([]byte(w + mix)) // never fails
		v[h.Sum32()%dims]++
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

func (*bag) Space(_ context.Context, mix adapters.Mix) (embed.Space, error) {
	return embed.Space{Model: "bag", Dimensions: dims, Normalize: true, Mix: mix, MixDigest: mix.String()}.WithoutChunker(), nil
}

func (*bag) QuerySpace(context.Context, adapters.Mix) (string, bool, error) { return "", false, nil }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// data is a set of n documents, each with a word of its own, and a query for every one.
func data(n int) *dataset.Dataset {
	ds := &dataset.Dataset{Name: "set", Split: "test"}
	for i := range n {
		language := []string{"go", "java"}[i%2]
		ds.Docs = append(ds.Docs, dataset.Text{ID: fmt.Sprintf("d%03d", i), Text: fmt.Sprintf("func word%d common body", i), Language: language})
		ds.Queries = append(ds.Queries, dataset.Text{ID: fmt.Sprintf("q%03d", i), Text: fmt.Sprintf("word%d body", i)})
		ds.Judgements = append(ds.Judgements, []dataset.Judgement{{Doc: int32(i), Grade: 1}}) //nolint:gosec // small
	}
	return ds
}

func store(t *testing.T) sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

// vectors encodes documents in some languages; nil stands for all.
func vectors(docs []indexer.File, mix, language string) [][]float32 {
	out := make([][]float32, len(docs))
	for i, d := range docs {
		if language == "" || d.Language == language {
			out[i] = count(d.Texts[0], mix)
		}
	}
	return out
}

// TestModes: every mode finds the one document with the word, at every share of vectors that it can do with.
func TestModes(t *testing.T) {
	ds := data(40)
	docs := documentsOf(ds)
	for _, c := range []struct {
		mode  search.Mode
		share float64
	}{{search.Lexical, 0}, {search.Dense, 1}, {search.Hybrid, 1}, {search.Hybrid, 0.5}, {search.Hybrid, 0}} {
		s := store(t)
		space, err := (&bag{}).Space(t.Context(), adapters.Mix{})
		must(t, err)
		covered := cover(vectors(docs, "none", ""), docs, c.share, 1)
		must(t, fillStore(t.Context(), s, docs, []filledSpace{{Space: space, isDefault: true, vectors: covered}}, nil))
		set := indexedSet{ds: ds, docs: docs, store: s, queries: &bag{}}
		rankings, err := set.rank(t.Context(), Index{Mode: c.mode, Coverage: c.share, Exact: true, Hits: 10, Depth: UsualDepth}, search.Options{}, func(evaluation.Progress) {})
		must(t, err)
		report, _, err := evaluation.RunRankings(t.Context(), rankings, ds, evaluation.Options{Depth: 10, Metrics: []string{"mrr@10", "mrr"}})
		must(t, err)
		// Hashed bins collide, so vectors alone are not perfect.
		if got := report.Metrics["mrr@10"]; got < 0.7 || c.mode == search.Lexical && got != 1 {
			t.Errorf("%s with %.0f %% of the vectors: %v", c.mode, 100*c.share, got)
		}
	}
}

// TestLanguageWise: each language's documents are found in their own space, by queries encoded with its mix.
func TestLanguageWise(t *testing.T) {
	ds := data(30)
	docs := documentsOf(ds)
	languages := map[string]adapters.Mix{"go": adapterstest.Mix("a"), "java": adapterstest.Mix("b")}
	encoder := &bag{}
	queries := &knownQueries{encoder, map[knownQuery][]float32{}}
	var spaces []filledSpace
	for language, mix := range languages {
		name := mix.String()
		space, err := encoder.Space(t.Context(), mix)
		must(t, err)
		spaces = append(spaces, filledSpace{Space: space, vectors: vectors(docs, name, language)})
		var asked [][]float32
		for _, q := range ds.Queries {
			asked = append(asked, count(q.Text, name))
		}
		queries.add(mix, ds.Queries, asked)
	}
	s := store(t)
	must(t, fillStore(t.Context(), s, docs, spaces, languages))
	set := indexedSet{ds: ds, docs: docs, store: s, queries: queries}
	rankings, err := set.rank(t.Context(), Index{Mode: search.Dense, Coverage: 1, Exact: true, Hits: 100, Depth: UsualDepth}, search.Options{}, func(evaluation.Progress) {})
	must(t, err)
	found := 0
	for i, r := range rankings {
		if len(r.Hits) > 0 && int(r.Hits[0].Doc) == i {
			found++
		}
	}
	if found < 20 {
		t.Errorf("%d of 30 found", found)
	}
	if encoder.calls != 0 {
		t.Errorf("%d queries were encoded that are known", encoder.calls)
	}
}

// TestCopies: a document that was judged counts, also where search shows it as a copy of another one.
func TestCopies(t *testing.T) {
	ds := data(6)
	ds.Docs[3].Text = ds.Docs[2].Text + "  " // the same but for white space
	for i := range ds.Queries {
		ds.Queries[i].Text = "word2 common"
	}
	docs := documentsOf(ds)
	s := store(t)
	must(t, fillStore(t.Context(), s, docs, nil, nil))
	set := indexedSet{ds: ds, docs: docs, store: s}
	for _, hits := range []int{1, 6} {
		rankings, err := set.rank(t.Context(), Index{Mode: search.Lexical, Hits: hits, Depth: UsualDepth}, search.Options{}, func(evaluation.Progress) {})
		must(t, err)
		found := map[int32]int{}
		for rank, h := range rankings[2].Hits {
			found[h.Doc] = rank + 1
		}
		if len(rankings[2].Hits) > hits || hits > 1 && (found[2] == 0 || found[3] == 0 || max(found[2], found[3]) != 2) {
			t.Errorf("%d hits: ranks %v", hits, found)
		}
	}
}

// TestCover: larger shares hold all of smaller ones, and are about as large as they say.
func TestCover(t *testing.T) {
	docs := documentsOf(data(400))
	all := vectors(docs, "none", "")
	last := make([]bool, len(docs))
	for _, share := range []float64{0, 0.25, 0.5, 0.75, 1} {
		n := 0
		for i, v := range cover(all, docs, share, 7) {
			if v != nil {
				n++
			} else if last[i] {
				t.Fatalf("%v: document %d lost its vector", share, i)
			}
			last[i] = v != nil
		}
		if math.Abs(float64(n)-share*400) > 40 || share == 0 && n > 0 || share == 1 && n < 400 {
			t.Errorf("%v: %d of 400", share, n)
		}
	}
}

func TestOptions(t *testing.T) {
	good := Index{Mode: search.Hybrid, Hits: 10, Depth: UsualDepth}
	if err := good.validate(); err != nil {
		t.Error(err)
	}
	for _, o := range []Index{{Hits: -1, Depth: 1}, {Hits: search.MaxK + 1, Depth: 1}, {Hits: 1, Depth: -1}} {
		if o.Mode = search.Hybrid; o.validate() == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}
