package main

// This file tests that what an earlier version left on disk serves on: testdata/da86ca8 was made by that commit with the
// script that lies in it.

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"loradex/indexer"
	"loradex/indexer/chunk"
)

// TestEarlierVersion opens an index of five spaces and three adapters. Its vectors are found by their texts' digests, so
// that nothing is encoded again, and searches find the same by the same cosines.
func TestEarlierVersion(t *testing.T) {
	if !chunk.Available() {
		t.Skip("no grammars in this build")
	}
	folder, err := filepath.Abs(filepath.Join("testdata", "da86ca8"))
	must(t, err)
	text, err := os.ReadFile(filepath.Join(folder, "expected.json")) //nolint:gosec // the test's own
	must(t, err)
	var want struct {
		Rev      string            `json:"rev"`
		Chunks   float64           `json:"chunks"`
		Spaces   map[string]string `json:"spaces"` // by mix
		Digests  map[string]string `json:"digests"`
		Searches []struct {
			Args []string `json:"args"`
			Hits [][2]any `json:"hits"` // place and score
		} `json:"searches"`
	}
	must(t, json.Unmarshal(text, &want))

	g := newGoldens(t)
	dir := filepath.Join(g.root, "kitchen")
	must(t, os.CopyFS(dir, os.DirFS(filepath.Join(folder, "repo"))))
	must(t, os.CopyFS(filepath.Join(g.home, "adapters"), os.DirFS(filepath.Join(folder, "adapters"))))
	must(t, os.CopyFS(filepath.Join(dir, indexer.FolderOf), os.DirFS(filepath.Join(folder, "index"))))
	write(t, filepath.Join(dir, indexer.FolderOf), map[string]string{".gitignore": "*\n"})
	git(t, dir, "init", "-q", "-b", "main")
	g.commit("kitchen", 1, "x")
	t.Chdir(dir)

	for name, digest := range want.Digests {
		if got := g.place.json("adapters", "show", name)["digest"]; got != digest {
			t.Errorf("adapter %s has the digest %v, had %s", name, got, digest)
		}
	}
	index := func(seen, encoded float64) map[string]any {
		t.Helper()
		doc := g.place.json("index")
		if number(t, doc, "files.indexed") != seen || number(t, doc, "chunks.encoded") != encoded || number(t, doc, "coverage") != 1 {
			t.Errorf("%v files and %v texts were done anew, want %v and %v: %v", number(t, doc, "files.indexed"), number(t, doc, "chunks.encoded"), seen, encoded, doc)
		}
		return doc
	}
	if hits := g.place.json("search", want.Searches[0].Args[1])["hits"].([]any); len(hits) == 0 {
		t.Error("the old index finds nothing before it is brought up to date")
	}
	doc := index(4, 0) // cut by other rules now, with the same texts
	if doc["rev"] != want.Rev || number(t, doc, "chunks.total") != want.Chunks || len(doc["spaces"].([]any)) != len(want.Spaces) {
		t.Errorf("%v, want %+v", doc, want)
	}
	for _, s := range doc["spaces"].([]any) {
		s := s.(map[string]any)
		if mix := s["adapter"].(string); s["id"] != want.Spaces[mix] || s["vectors"] != want.Chunks {
			t.Errorf("space %v, was %s", s, want.Spaces[mix])
		}
	}
	if len(want.Searches) < 15 {
		t.Errorf("only %d searches were recorded", len(want.Searches))
	}
	for _, s := range want.Searches {
		hits := g.place.json(s.Args...)["hits"].([]any)
		if len(hits) != len(s.Hits) {
			t.Errorf("%q: %d hits, had %d", s.Args, len(hits), len(s.Hits))
			continue
		}
		was := map[any]float64{}
		for _, h := range s.Hits {
			was[h[0]] = h[1].(float64)
		}
		dense := slices.Contains(s.Args, "dense")
		for _, h := range hits { // the order is that of this build's ranking; cosines stay
			h := h.(map[string]any)
			at, cosine := fmt.Sprintf("%v:%v", h["path"], h["start_line"]), number(t, h, "scores.dense")
			if old, ok := was[at]; !ok || dense && math.Abs(cosine-old) > 1e-3 {
				t.Errorf("%q: %s with the cosine %v, was %v", s.Args, at, cosine, s.Hits)
			}
		}
	}

	// One file changed: its one text is encoded, once for each space.
	write(t, dir, map[string]string{"oven/oven.go": "package oven\n\n// Bake bakes bread for some minutes in a hot oven.\nfunc Bake(minutes int) int {\n\treturn minutes * 60\n}\n"})
	index(1, float64(len(want.Spaces)))
}
