package indexer_test

import (
	"context"
	"slices"
	"testing"

	"loradex/indexer"
	"loradex/indexer/chunk"
	"loradex/indexer/indexertest"
)

// TestOneLanguageCutAnew: where the rules of one language have changed, its files alone are cut again, and of them only the
// texts that are other ones now are encoded.
func TestOneLanguageCutAnew(t *testing.T) {
	src := &indexertest.Source{Files: map[string]string{
		"a.go": "package a\n\nfunc A() {}\n", "b.py": "def b():\n    return 1\n\nB = 2\n", "c.py": "C = 3\n", "d.md": "# D\n\nd\n", "e.txt": "e\n",
	}}
	store, enc := newMemory(), &indexertest.Encoder{}
	var languages []string
	opts := options("none")
	opts.Split = func(ctx context.Context, language string, text []byte) ([]indexer.Chunk, error) {
		languages = append(languages, language)
		return cut(ctx, language, text)
	}
	first := mustIndex(t, src, store, enc, opts)
	if first.Files.Indexed != 5 || first.Chunks.Encoded != first.Chunks.Total {
		t.Fatalf("first run: %+v %+v", first.Files, first.Chunks)
	}
	for _, path := range []string{"b.py", "c.py"} { // as if an earlier version had cut them
		store.cutBy[path] = "earlier"
	}
	clear(store.lists)
	languages = nil
	opts.Split = func(ctx context.Context, language string, text []byte) ([]indexer.Chunk, error) {
		languages = append(languages, language)
		chunks, err := cut(ctx, language, text)
		if len(chunks) > 1 { // the new rules name what the old ones lost, and cut one chunk in another way
			chunks[1].Symbols = []indexer.Symbol{{Name: "B", Kind: chunk.KindVar, StartLine: 4, EndLine: 4}}
			chunks[1].Text += "\n# more"
		}
		return chunks, err
	}
	r := mustIndex(t, src, store, enc, opts)
	slices.Sort(languages)
	if !slices.Equal(languages, []string{"python", "python"}) || r.Files.Indexed != 2 || r.Files.Unchanged != 3 {
		t.Errorf("cut anew: %v, %+v", languages, r.Files)
	}
	if r.Chunks.Encoded != 1 || r.Chunks.Total != first.Chunks.Total || r.Coverage != 1 {
		t.Errorf("%d of %d texts were encoded again, want the one that changed: %+v", r.Chunks.Encoded, r.Chunks.Total, r.Chunks)
	}
	if got := store.files["b.py"].Chunks[1].Symbols; len(got) != 1 || got[0].Name != "B" {
		t.Errorf("the symbols were not stored: %+v", got)
	}
	if again := mustIndex(t, src, store, enc, opts); again.Files.Indexed != 0 || again.Chunks.Encoded != 0 {
		t.Errorf("the next run did %+v %+v", again.Files, again.Chunks)
	}
}

// TestSpacesOutliveChunkers: a space is that of an index of the first version, whatever has become of the rules of cutting.
func TestSpacesOutliveChunkers(t *testing.T) {
	o := indexer.Options{}
	if got, want := o.SpaceRules(), "c1;f1;words+doc+body/1"; got != want {
		t.Errorf("rules of spaces are %q, want %q", got, want)
	}
	if o.Chunker("go") == o.SpaceRules() || o.Chunker("go") == o.Chunker("assembly") {
		t.Errorf("chunkers are %q and %q", o.Chunker("go"), o.Chunker("assembly"))
	}
}
