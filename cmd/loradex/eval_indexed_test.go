package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestEvalLexical: word search needs no encoder; what it cannot do with is refused.
func TestEvalLexical(t *testing.T) {
	p := newPlace(t)
	data := tinyData(t)
	doc := p.json("eval", "run", "--data", data, "--mode", "lexical")
	wantKeys(t, doc, evalKeys+" search search.mode search.coverage")
	if got := doc["metrics"].(map[string]any)["mrr"]; got != 1.0 || doc["model"] != "bm25" {
		t.Errorf("mrr is %v of %v", got, doc["model"])
	}
	for _, flags := range []string{
		"--mode fast", "--mode lexical --adapter x", "--mode hybrid --coverage 2", "--mode dense --coverage 0", "--mode hybrid --hits 0",
		"--mode hybrid --depth 99999", "--mode lexical --run x.trec", "--lang nolanguage", "--lang go,java",
		"--language-wise go=x --adapter y",
	} {
		p.fails(exitUsage, "invalid", "", append([]string{"eval", "run", "--data", data}, strings.Fields(flags)...)...)
	}
}

// TestEvalIndexed measures hybrid search with the real encoder, twice: the second time its vectors come from the cache.
func TestEvalIndexed(t *testing.T) {
	p := newPlace(t).withEncoder().withAdapter("small")
	data := tinyData(t)
	var before any
	for range 2 {
		doc := p.json("eval", "run", "--data", data, "--mode", "hybrid")
		if before != nil && before != doc["metrics"].(map[string]any)["mrr"] {
			t.Errorf("mrr %v, then %v", before, doc["metrics"])
		}
		before = doc["metrics"].(map[string]any)["mrr"]
	}
	if before != 1.0 {
		t.Errorf("mrr is %v", before)
	}
	for _, flags := range []string{
		"--indexed --exact", "--mode hybrid --coverage 0.5", "--mode hybrid --coverage 0", "--mode hybrid --adapter small",
		"--mode hybrid --lang go --language-wise go=small", "--mode dense --lang go --language-wise go=small", "--no-cache",
	} {
		doc := p.json(append([]string{"eval", "run", "--data", data}, strings.Fields(flags)...)...)
		if doc["metrics"].(map[string]any)["recall@10"] == 0.0 {
			t.Errorf("%s: %v", flags, doc)
		}
	}
	p.fails(exitUsage, "invalid", "--lang", "eval", "run", "--data", data, "--language-wise", "go=small")
	// What is not usual is said, and makes another system of it.
	p.env["LORADEX_SEARCH_DIVERSITY"] = "3"
	doc := p.json("eval", "run", "--data", data, "--mode", "hybrid", "--depth", "50", "--exact")
	if got := doc["search"].(map[string]any)["settings"]; !reflect.DeepEqual(got, map[string]any{"depth": "50", "exact": "true", "diversity": "3"}) {
		t.Errorf("settings %v", got)
	}
}

// TestEvalSeveralSets: the queries of two sets over the documents of both.
func TestEvalSeveralSets(t *testing.T) {
	p := newPlace(t)
	a, b := tinyData(t), tinyData(t)
	doc := p.json("eval", "run", "--data", a, "--data", b, "--mode", "lexical")
	if number(t, doc, "corpus") != 6 || number(t, doc, "queries") != 4 || !strings.Contains(doc["dataset"].(string), "+") {
		t.Errorf("%v", doc)
	}
	p.fails(exitFailure, "invalid", "two data sets", "eval", "run", "--data", a, "--data", a, "--mode", "lexical")
}

func TestEvalTune(t *testing.T) {
	p := newPlace(t).withEncoder()
	data := tinyData(t)
	file := filepath.Join(t.TempDir(), "loradex.yaml")
	write(t, filepath.Dir(file), map[string]string{"loradex.yaml": "# mine\nthreads: 2\nsearch:\n  k: 5 # few\n"})
	doc := p.json("eval", "tune", "--data", data, "--split", "test", "--write", file)
	best := doc["best"].(map[string]any)
	if len(doc["tried"].([]any)) < 10 || best["metrics"].(map[string]any)["ndcg@10"] != 1.0 {
		t.Errorf("%v", doc)
	}
	text, err := os.ReadFile(file) //nolint:gosec // the test's own
	must(t, err)
	for _, want := range []string{"# mine", "threads: 2", "k: 5", "# few", "fusion: " + best["fusion"].(string), "lexical_weight: "} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	table := p.ok("eval", "tune", "--data", data, "--split", "test", "--by", "mrr@10")
	for _, want := range []string{"FUSION", "(vectors)", "(words)", "search.fusion: "} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in %s", want, table)
		}
	}
	p.fails(exitUsage, "invalid", "--by", "eval", "tune", "--data", data, "--by", "speed")
	p.fails(exitFailure, "not_found", "dev", "eval", "tune", "--data", data)
}
