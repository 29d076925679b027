package main

// This file defines the golden of rankings: questions over a small repository, each with the symbol that answers it. What
// the three modes find stands in testdata/ranking/golden.txt, so that a change of cutting, tokenizing, fusion or boosts
// shows as lines that moved. After a change on purpose:
//
//	scripts/go.sh test ./cmd/loradex -run TestRankings -update

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/indexer/chunk"
)

// rankingQuestions are a question, as people ask or as they type what they remember of a name, and its answer.
var rankingQuestions = [][2]string{
	{"where is the log read again after a crash", "ReplayJournal"},
	{"keep two processes from opening the same folder", "LockDepot"},
	{"throw out what was not used for the longest time", "LRU.Insert"},
	{"limit how many requests a client may send", "RateLimiter.Allow"},
	{"cheapest way between two nodes of a network", "ShortestPath"},
	{"order jobs by their dependencies", "TopologicalOrder"},
	{"how far apart are two coordinates on earth", "GreatCircle"},
	{"smooth a noisy series of measurements", "moving_average"},
	{"strange values that should be dropped", "find_outliers"},
	{"fit parcels into the smallest number of containers", "pack_boxes"},
	{"call again and wait longer after each failure", "retry_with_backoff"},
	{"is the webhook really from them", "verify_signature"},
	{"how similar are two words by spelling", "edit_distance"},
	{"do not search at every key press", "debounce"},
	{"prevent cross-site scripting", "escapeHtml"},
	{"reconnect when the live connection is lost", "subscribe"},
	{"turn a picture into shades of gray", "Barcode.grayscale"},
	{"checkDigit ean13", "Barcode.checkDigit"},
	{"BloomMayContain", "BloomMayContain"},
	{"parseDuration", "parse_duration"},
}

// rankingDepth is how many hits are asked for, and rankingMargin how far the scores of neighbours among those that are
// shown must lie apart when the golden is written: processors round differently, and a rank must not depend on that.
const (
	rankingDepth  = 50
	rankingShown  = 5
	rankingMargin = 5e-4
)

func TestRankings(t *testing.T) {
	if !chunk.Available() {
		t.Skip("no grammars in this build")
	}
	p := newPlace(t).withEncoder()
	folder, err := filepath.Abs(filepath.Join("testdata", "ranking"))
	must(t, err)
	dir := repo(t, nil)
	must(t, os.CopyFS(dir, os.DirFS(filepath.Join(folder, "repo"))))
	p.ok("index", dir)
	s := p.serve("--repo", dir)
	defer s.stop()
	var out strings.Builder
	for _, mode := range []string{"lexical", "dense", "hybrid"} {
		first, five, reciprocal, lines := 0, 0, 0.0, strings.Builder{}
		for _, q := range rankingQuestions {
			names, rank := s.ranking(mode, q[0], q[1])
			place := "-"
			if rank > 0 {
				place, reciprocal = itoa(rank), reciprocal+1/float64(rank)
			}
			if rank == 1 {
				first++
			}
			if rank > 0 && rank <= 5 {
				five++
			}
			fmt.Fprintf(&lines, "%3s  %s -> %s\n     %s\n", place, q[0], q[1], strings.Join(names, " "))
		}
		n := float64(len(rankingQuestions))
		fmt.Fprintf(&out, "%s: recall@1 %.2f, recall@5 %.2f, MRR %.4f\n%s\n", mode, float64(first)/n, float64(five)/n, reciprocal/n, lines.String())
	}
	file := filepath.Join(folder, "golden.txt")
	if *update {
		must(t, os.WriteFile(file, []byte(out.String()), 0o644)) //nolint:gosec // a file of the project
		return
	}
	golden, err := os.ReadFile(file) //nolint:gosec // the test's own
	must(t, err)
	got, want := strings.Split(out.String(), "\n"), strings.Split(string(golden), "\n")
	if len(got) != len(want) {
		t.Fatalf("%d lines, %s has %d", len(got), file, len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("%s:%d:\n  %s\nwas\n  %s", file, i+1, got[i], want[i])
		}
	}
}

// ranking asks a question and returns the symbols of the first hits and the rank of the wanted one, 0 where it is not
// found.
func (s *served) ranking(mode, question, wanted string) (shown []string, rank int) {
	s.t.Helper()
	code, doc := s.get("/v1/search?mode=" + mode + "&k=" + itoa(rankingDepth) + "&q=" + url.QueryEscape(question))
	if code != http.StatusOK {
		s.t.Fatalf("%s: %d %v", question, code, doc)
	}
	before := 0.0
	for i, h := range doc["hits"].([]any) {
		hit := h.(map[string]any)
		symbol := strings.ReplaceAll(hit["symbol"].(string), ", ", ",") // of several small functions
		if symbol == "" {
			symbol = fmt.Sprintf("%v:%v", hit["path"], hit["start_line"])
		}
		answers := slices.Contains(strings.Split(symbol, ","), wanted)
		score := hit["score"].(float64)
		if near := before - score; *update && i > 0 && (i <= rankingShown || answers) && near < rankingMargin {
			s.t.Errorf("%s, %q: hits %d and %d are %g apart, too near for a golden: ask otherwise", mode, question, i, i+1, near)
		}
		if before = score; i < rankingShown {
			shown = append(shown, symbol)
		}
		if answers && rank == 0 {
			rank = i + 1
		}
	}
	return shown, rank
}
