package sqlite_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"loradex/indexer"
	"loradex/search"
	"loradex/search/sqlite"
	"loradex/search/tokens"
)

// TestPrunedScores: terms that are too frequent to find chunks still count in the scores of those that others find, as
// much as without a bound.
func TestPrunedScores(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	var files []indexer.File
	for i := range 30 {
		f := makeFile(fmt.Sprintf("f%d.go", i), 1, 100)
		for j := range f.Chunks {
			text := "often " + strings.Repeat("filler ", j%7)
			if j%13 == 0 {
				text += "seldom "
			}
			if (i+j)%11 == 0 { // in 9 %: not common, but over the bound
				text += strings.Repeat("sometimes ", 1+j%3)
			}
			f.Chunks[j].Text, f.Texts[j] = text, f.Path+text+fmt.Sprint(j)
		}
		files = append(files, f)
	}
	must(t, s.PutFiles(t.Context(), "c", files))
	must(t, s.PutRepo(t.Context(), indexer.RepoState{}))
	must(t, s.Close())
	scores := func(o sqlite.Options) map[search.ID]float32 {
		s := open(t, dir, o)
		defer s.Close() //nolint:errcheck // it was only read
		hits, _, err := s.Lexical(t.Context(), tokens.Unique("seldom sometimes often"), search.Filter{}, 5000)
		must(t, err)
		out := map[search.ID]float32{}
		for _, h := range hits {
			out[h.ID] = h.Score
		}
		return out
	}
	all, pruned := scores(sqlite.Options{}), scores(sqlite.Options{Matches: 260})
	if len(pruned) != 30*8 || len(all) <= len(pruned) {
		t.Fatalf("%d chunks of %d", len(pruned), len(all))
	}
	different := map[string]bool{}
	for id, score := range pruned {
		if want := all[id]; math.Abs(float64(score-want)) > 1e-5*float64(want) {
			t.Fatalf("chunk %d scores %v, want %v", id, score, want)
		}
		different[fmt.Sprintf("%.3f", score)] = true
	}
	if len(different) < 4 {
		t.Errorf("scores %v do not tell chunks with both words from others", different)
	}
}
