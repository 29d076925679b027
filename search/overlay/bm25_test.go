package overlay_test

import (
	"math"
	"slices"
	"testing"

	"loradex/indexer"
	"loradex/search"
	"loradex/search/overlay"
	"loradex/search/tokens"
)

// TestWordStats: scores that are made of them are those of the search.
func TestWordStats(t *testing.T) {
	ctx := t.Context()
	s := open(t)
	var files []indexer.File
	for i, text := range []string{"open the lock", "close the lock and the file", "unrelated words", "parseConfig reads ÜBER files", ""} {
		files = append(files, indexer.File{
			Path: string(rune('a'+i)) + "/lock_file.go", Language: "go", Blob: string(rune('a' + i)), Texts: []string{text},
			Chunks: []indexer.Chunk{{StartLine: 1, EndLine: 2, Symbol: "Store.openFile", Doc: "doc of " + text, Signature: "func (s)", Text: text}},
		})
	}
	must(t, search.In(s, indexer.Tree{}).PutFiles(ctx, "c", files))
	for _, query := range []string{"lock", "open lock", "config file parseConfig", "über", "nowhere", "the of lock", ""} {
		hits, stats, err := s.Lexical(ctx, search.Terms(tokens.Unique(query)), search.Filter{}, 10)
		if err != nil {
			t.Fatal(err)
		}
		// They are those of the index, whatever the search is narrowed to.
		if none, other, err := s.Lexical(ctx, search.Terms(tokens.Unique(query)), search.Filter{Trees: []indexer.Tree{}}, 10); err != nil || len(none) != 0 ||
			other.Chunks != stats.Chunks || !slices.Equal(other.Terms, stats.Terms) {
			t.Fatalf("%q in no tree: %v, %+v, %v", query, none, other, err)
		}
		if stats.Chunks != int64(len(files)) {
			t.Fatalf("%d chunks, want %d", stats.Chunks, len(files))
		}
		scores := map[string]float64{}
		for _, h := range hits {
			chunks, err := s.Chunks(ctx, nil, []search.ID{h.ID})
			if err != nil {
				t.Fatal(err)
			}
			scores[chunks[0].Path] = float64(h.Score)
		}
		for i := range files {
			got, found := overlay.Score(stats, files[i].Path, &files[i].Chunks[0])
			want, there := scores[files[i].Path]
			if found != there || math.Abs(got-want) > 1e-5 {
				t.Errorf("%q in %s: %g, %v; the search says %g, %v", query, files[i].Path, got, found, want, there)
			}
		}
	}
}
