package overlay_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"loradex/indexer"
	"loradex/indexer/chunk"
	"loradex/indexer/indexertest"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/overlay"
	"loradex/search/tokens"
)

// mainGo has two functions that are long enough to be chunks of their own.
var mainGo = "package main\n\n// Alpha opens the lock.\nfunc Alpha() {\n\tlock.Open()\n" + filler + "}\n\n// Beta closes the file.\nfunc Beta() {\n\tfile.Close()\n" + filler + "}\n"

var filler = strings.Repeat("\tprepare(everything, that, has, to, stand, ready, before, anything, runs)\n", 12)

// needsGrammars skips a test that knows how functions are cut. TestOverlayIsTheEditedTree runs in every build.
func needsGrammars(t *testing.T) {
	t.Helper()
	if !chunk.Available() {
		t.Skip("this build cuts files into line windows")
	}
}

func newBuffers(t *testing.T, o overlay.Options) *overlay.Buffers {
	t.Helper()
	b, err := overlay.New(o)
	must(t, err)
	return b
}

func view(t *testing.T, b *overlay.Buffers, x overlay.Index) search.Reader {
	t.Helper()
	v, err := b.View(t.Context(), x)
	must(t, err)
	return v
}

// found lists the places that a query by words finds.
func found(t *testing.T, r search.Reader, query string) string {
	t.Helper()
	hits, _, err := r.Lexical(t.Context(), search.Terms(tokens.Unique(query)), search.Filter{}, 20)
	must(t, err)
	ids := make([]search.ID, len(hits))
	for i, h := range hits {
		ids[i] = h.ID
	}
	chunks, err := r.Chunks(t.Context(), nil, ids)
	must(t, err)
	var out []string
	for _, c := range chunks {
		name := c.Path + ":" + c.Chunk.Symbol
		if c.Tree != nil {
			name = c.Tree.Repo + "/" + name
		}
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

// TestLifeOfABuffer: it counts from the first change until the index has caught up, and no longer.
func TestLifeOfABuffer(t *testing.T) {
	needsGrammars(t)
	enc, store := newBag(), open(t)
	o := options(t, enc, false)
	files := map[string]string{"main.go": mainGo, "notes.md": "# Notes\n\nof the door\n"}
	index(t, store, files, enc, o)
	stamp := "1"
	b := newBuffers(t, overlay.Options{Stamp: func(overlay.Key) string { return stamp }})
	k := overlay.Key{Path: "main.go"}
	x := over(store)

	must(t, b.Put(k, mainGo))
	if v := view(t, b, x); v != x.Store {
		t.Error("a buffer that the index holds makes a view")
	}
	must(t, b.Put(k, strings.Replace(mainGo, "Beta", "Gamma", 2)))
	if got := found(t, view(t, b, x), "gamma"); got != "main.go:Gamma" {
		t.Errorf("after an edit %q", got)
	}
	if got := found(t, view(t, b, x), "beta"); got != "" {
		t.Errorf("the old text is found at %q", got)
	}
	if got := found(t, x.Store, "gamma"); got != "" {
		t.Errorf("the index itself finds %q", got)
	}
	before := enc.count()
	n, err := b.Encode(t.Context(), x, enc)
	must(t, err)
	if n != 1 || enc.count() != before+1 {
		t.Errorf("%d texts encoded, %d by the encoder, want the changed chunk alone", n, enc.count()-before)
	}
	// Back and forth: nothing is encoded again.
	for _, text := range []string{mainGo + "\n", strings.Replace(mainGo, "Beta", "Gamma", 2) + "\n"} {
		must(t, b.Put(k, text))
		if n, err := b.Encode(t.Context(), x, enc); n != 0 || err != nil {
			t.Errorf("%d texts encoded again, %v", n, err)
		}
	}
	// Saved and closed: it stays until the index has the same.
	b.Release(k)
	if got := found(t, view(t, b, x), "gamma"); got != "main.go:Gamma" || b.Len() != 1 {
		t.Errorf("after closing %q, %d buffers", got, b.Len())
	}
	files["main.go"] = strings.Replace(mainGo, "Beta", "Gamma", 2) + "\n"
	// The index knows the words before it has the vectors: the buffer has them.
	index(t, store, files, enc, indexer.Options{})
	if n := mustCovered(t, view(t, b, x)); n != 3 {
		t.Errorf("%d chunks have a vector, want 3", n)
	}
	index(t, store, files, enc, o)
	if v := view(t, b, x); v != x.Store || b.Len() != 0 {
		t.Errorf("the buffer stays when the index has it: %d", b.Len())
	}
	// Somebody else wrote to a file that was closed.
	must(t, b.Put(k, "package other\n"))
	b.Release(k)
	stamp = "2"
	if v := view(t, b, x); v != x.Store || b.Len() != 0 {
		t.Error("a closed buffer hides what somebody else wrote")
	}
	must(t, b.Put(k, "package other\n"))
	b.Drop(k)
	if v := view(t, b, x); v != x.Store {
		t.Error("a dropped buffer counts")
	}
}

func mustCovered(t *testing.T, r search.Reader) int {
	t.Helper()
	spaces, err := search.Spaces(t.Context(), r, nil)
	must(t, err)
	return spaces[0].Vectors
}

// TestOldViews: a view stays as it was made, and its chunks are not another view's.
func TestOldViews(t *testing.T) {
	needsGrammars(t)
	enc, store := newBag(), open(t)
	index(t, store, map[string]string{"main.go": mainGo}, enc, options(t, enc, false))
	b := newBuffers(t, overlay.Options{})
	k := overlay.Key{Path: "main.go"}
	must(t, b.Put(k, mainGo+"func First() {\n"+filler+"}\n"))
	first := view(t, b, over(store))
	must(t, b.Put(k, mainGo+"func Second() {\n"+filler+"}\n"))
	second := view(t, b, over(store))
	if a, b := found(t, first, "first"), found(t, second, "first"); a != "main.go:First" || b != "" {
		t.Errorf("%q, %q", a, b)
	}
	hits, _, err := first.Lexical(t.Context(), search.Terms(tokens.Unique("first")), search.Filter{}, 1)
	must(t, err)
	if _, err := second.Chunks(t.Context(), nil, []search.ID{hits[0].ID}); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("a chunk of another view: %v", err)
	}
}

// TestWhatTheIndexPassesOver: a buffer of data, or one that is too large, hides the file, as indexing it would.
func TestWhatTheIndexPassesOver(t *testing.T) {
	needsGrammars(t)
	enc, store := newBag(), open(t)
	index(t, store, map[string]string{"main.go": mainGo, "b.go": mainGo}, enc, options(t, enc, false))
	b := newBuffers(t, overlay.Options{Index: indexer.Options{MaxFileBytes: 4000}})
	for _, c := range []struct{ path, text string }{
		{"main.go", mainGo + strings.Repeat("// long\n", 1000)},
		{"main.go", "// Code generated by protoc. DO NOT EDIT.\n\n" + mainGo},
		{"main.go", "\x00\x01"},
		{"vendor/x/main.go", mainGo},
		{"data.csv", `{"lock": "file"}`},
	} {
		must(t, b.Put(overlay.Key{Path: c.path}, c.text))
		want := "b.go:Alpha main.go:Alpha"
		if c.path == "main.go" {
			want = "b.go:Alpha"
		}
		got := found(t, view(t, b, over(store)), "lock")
		if got != want && got != "main.go:Alpha b.go:Alpha" || c.path == "main.go" && got != want {
			t.Errorf("%s %.20q: %q, want %q", c.path, c.text, got, want)
		}
		b.Drop(overlay.Key{Path: c.path})
	}
}

// TestTreesOfSeveralRepositories: a buffer hides a file of its own tree, and no equal one of another.
func TestTreesOfSeveralRepositories(t *testing.T) {
	needsGrammars(t)
	enc, store := newBag(), open(t)
	a, c := indexer.Tree{Repo: "/a"}, indexer.Tree{Repo: "/c"}
	o := options(t, enc, false)
	for _, tree := range []indexer.Tree{a, c} {
		_, err := indexer.Index(t.Context(), &repoSource{indexertest.Source{Rev: "1", Files: map[string]string{"main.go": mainGo}}, tree.Repo},
			search.In(store, tree), enc, o)
		must(t, err)
	}
	x := overlay.Index{Store: store, Trees: []indexer.Tree{a, c}}
	b := newBuffers(t, overlay.Options{})
	must(t, b.Put(overlay.Key{Tree: a, Path: "main.go"}, strings.Replace(mainGo, "lock", "gate", 2)))
	v := view(t, b, x)
	if got := found(t, v, "lock"); got != "/c/main.go:Alpha" {
		t.Errorf("the other repository: %q", got)
	}
	if got := found(t, v, "gate"); got != "/a/main.go:Alpha" {
		t.Errorf("the buffer: %q", got)
	}
	must(t, b.Put(overlay.Key{Tree: a, Path: "new.go"}, "package main\n\nfunc Fresh() {}\n"))
	v = view(t, b, x)
	if got := found(t, v, "fresh"); got != "/a/new.go:main, Fresh" {
		t.Errorf("a new file: %q", got)
	}
	chunks, err := v.At(t.Context(), nil, "main.go", 0, 0)
	must(t, err)
	if len(chunks) != 4 {
		t.Errorf("%d chunks at main.go, want two of each", len(chunks))
	}
	hits, _, err := v.Lexical(t.Context(), search.Terms(tokens.Unique("alpha")), search.Filter{Trees: []indexer.Tree{c}}, 10)
	must(t, err)
	if len(hits) != 1 {
		t.Errorf("%d hits in one tree", len(hits))
	}
	must(t, b.Put(overlay.Key{Tree: indexer.Tree{Repo: "/nowhere"}, Path: "main.go"}, "package x\n"))
	if got := found(t, view(t, b, x), "lock"); got != "/c/main.go:Alpha" {
		t.Errorf("a buffer of a tree that is not searched: %q", got)
	}
}

// repoSource is a source of a named repository.
type repoSource struct {
	indexertest.Source
	repo string
}

func (s *repoSource) Scan(ctx context.Context, known map[string]indexer.FileState, progress func(int)) (*indexer.Snapshot, error) {
	snap, err := s.Source.Scan(ctx, known, progress)
	if err == nil {
		snap.Repo = s.repo
	}
	return snap, err
}

// plain is a store that does not tell the numbers of its words.
type plain struct{ overlay.Store }

func (p plain) Lexical(ctx context.Context, terms []search.Term, f search.Filter, k int) ([]search.Scored, *search.WordStats, error) {
	hits, _, err := p.Store.Lexical(ctx, terms, f, k)
	return hits, nil, err
}

// TestPlainReader: a store that tells no numbers gets scores close to those it would give.
func TestPlainReader(t *testing.T) {
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 3))
		enc, before, after := newBag(), open(t), open(t)
		o := options(t, enc, false)
		files := tree(r, 20)
		edited := map[string]string{}
		for path, text := range files {
			edited[path] = text
		}
		edited["file/f1.py"] = content(r, "file/f1.py")
		index(t, before, files, enc, o)
		index(t, after, edited, enc, o)
		b := newBuffers(t, overlay.Options{})
		must(t, b.Put(overlay.Key{Path: "file/f1.py"}, edited["file/f1.py"]))
		x := overlay.Index{Store: plain{before}, Trees: []indexer.Tree{{}}}
		n, err := b.Encode(t.Context(), x, enc)
		must(t, err)
		v := view(t, b, x)
		if got, want := mustCovered(t, v), mustCovered(t, after); n == 0 || got != want {
			t.Errorf("%d texts encoded, %d vectors, want %d", n, got, want)
		}
		for range 10 {
			q := question(r)
			got, _, err := v.Lexical(t.Context(), search.Terms(tokens.Unique(q)), search.Filter{Paths: []string{"file/f1.py"}}, 100)
			must(t, err)
			want, _, err := after.Lexical(t.Context(), search.Terms(tokens.Unique(q)), search.Filter{Paths: []string{"file/f1.py"}}, 100)
			must(t, err)
			if len(got) != len(want) {
				t.Fatalf("%q: %d hits, want %d", q, len(got), len(want))
			}
			scores := map[string]float64{}
			for _, h := range placesOf(t, after, want) {
				scores[h.place] = h.score
			}
			for _, h := range placesOf(t, v, got) {
				if s := scores[h.place]; h.score < 0.4*s || h.score > 2.5*s+0.5 {
					t.Errorf("%q: %s has %g, the index of the tree gives %g", q, h.place, h.score, s)
				}
			}
		}
	}
}

// TestSpacesThatCannotBeFilled are passed over: searches say what is the matter.
func TestSpacesThatCannotBeFilled(t *testing.T) {
	enc, store := newBag(), open(t)
	o := options(t, enc, true)
	index(t, store, map[string]string{"a.py": "def alpha():\n    return 1\n", "main.go": mainGo}, enc, o)
	put := func(o overlay.Options) (int, error) {
		b := newBuffers(t, o)
		must(t, b.Put(overlay.Key{Path: "a.py"}, "def omega():\n    return 2\n"))
		must(t, b.Put(overlay.Key{Path: "main.go"}, "package main\n\nfunc Omega() {}\n"))
		return b.Encode(t.Context(), over(store), enc)
	}
	if n, err := put(overlay.Options{}); err != nil || n != 2 {
		t.Errorf("%d texts, %v", n, err)
	}
	enc.gone["shift"] = true
	if n, err := put(overlay.Options{}); err != nil || n != 1 {
		t.Errorf("without python's adapter %d texts, %v", n, err)
	}
	if n, err := put(overlay.Options{Index: indexer.Options{Template: "code"}}); err != nil || n != 0 {
		t.Errorf("with other rules %d texts, %v", n, err)
	}
}

// TestOtherRules: a file that is as the index has it is the index's, also where that was cut by other rules: its chunks
// have vectors, and those of the buffer could not get any.
func TestOtherRules(t *testing.T) {
	needsGrammars(t)
	enc, store := newBag(), open(t)
	o := options(t, enc, false)
	o.Template = "code"
	o.Split = func(_ context.Context, _ string, src []byte) (chunks []indexer.Chunk, err error) { // every line is a chunk
		for i, line := range strings.Split(strings.TrimSpace(string(src)), "\n") {
			if line != "" {
				chunks = append(chunks, indexer.Chunk{StartLine: i + 1, EndLine: i + 1, Kind: "window", Text: line})
			}
		}
		return chunks, nil
	}
	index(t, store, map[string]string{"main.go": mainGo}, enc, o)
	b := newBuffers(t, overlay.Options{})
	must(t, b.Put(overlay.Key{Path: "main.go"}, mainGo))
	x := over(store)
	if v := view(t, b, x); v != x.Store {
		t.Error("a buffer without vectors hides what has some")
	}
	chunks, err := x.Store.At(t.Context(), nil, "main.go", 0, 0)
	must(t, err)
	if len(chunks) < 3 {
		t.Fatalf("%d chunks: the rules do not differ", len(chunks))
	}
	must(t, b.Put(overlay.Key{Path: "main.go"}, strings.Replace(mainGo, "Beta", "Gamma", 2)))
	if got := found(t, view(t, b, x), "gamma"); got != "main.go:Gamma" {
		t.Errorf("a change is found at %q", got)
	}
}

func TestBounds(t *testing.T) {
	for _, o := range []overlay.Options{{MaxBuffers: -1}, {MaxBytes: -1}, {Index: indexer.Options{MaxFileBytes: -1}}} {
		if _, err := overlay.New(o); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", o, err)
		}
	}
	b := newBuffers(t, overlay.Options{MaxBuffers: 2, MaxBytes: 10_000})
	if err := b.Put(overlay.Key{}, "x"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("no path: %v", err)
	}
	for i := range 3 {
		err := b.Put(overlay.Key{Path: fmt.Sprint("f", i)}, "text")
		if (err != nil) != (i == 2) || err != nil && fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("buffer %d: %v", i, err)
		}
	}
	if err := b.Put(overlay.Key{Path: "f0"}, strings.Repeat("x", 20_000)); fault.CodeOf(err) != fault.Unavailable || b.Len() != 1 {
		t.Errorf("too much text: %v, %d buffers", err, b.Len())
	}
	must(t, b.Put(overlay.Key{Path: "f0"}, "text")) // what was given back is there again
}
