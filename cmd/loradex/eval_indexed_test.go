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

// TestEvalProbability: what is fitted is kept, and search goes by it.
func TestEvalProbability(t *testing.T) {
	p := newPlace(t)
	data, check := t.TempDir(), filepath.Join(t.TempDir(), "other")
	must(t, os.Mkdir(filepath.Join(data, "qrels"), 0o750))
	write(t, data, map[string]string{
		"corpus.jsonl":   `{"_id":"a","text":"read numbers of a file"}` + "\n" + `{"_id":"b","text":"read lines"}` + "\n" + `{"_id":"c","text":"write numbers"}` + "\n",
		"queries.jsonl":  `{"_id":"1","text":"read numbers"}` + "\n" + `{"_id":"2","text":"write numbers of lines"}` + "\n",
		"qrels/test.tsv": "query-id\tcorpus-id\tscore\n1\ta\t1\n2\tb\t1\n",
	})
	must(t, os.CopyFS(check, os.DirFS(data)))
	plot := filepath.Join(t.TempDir(), "plot.svg")
	args := []string{"eval", "probability", "--data", data, "--check", check, "--mode", "lexical"}
	doc := p.json(append(args, "--write", "--plot", plot)...)
	if doc["mode"] != "lexical" || doc["checked_on"].(map[string]any)["all"].(map[string]any)["samples"].(float64) < 2 {
		t.Errorf("%v", doc)
	}
	if svg, err := os.ReadFile(plot); err != nil || !strings.Contains(string(svg), "checked on") { //nolint:gosec // the test's own
		t.Errorf("%v: %s", err, svg)
	}
	kept, err := os.ReadFile(doc["wrote"].(string))
	must(t, err)
	p.json(append(args, "--write")...)
	if again, err := os.ReadFile(doc["wrote"].(string)); err != nil || string(again) != string(kept) {
		t.Errorf("fitted twice: %v\n%s\n%s", err, kept, again)
	}
	for _, want := range []string{"AUROC", "all fitted on", "all checked on", "PROBABILITY"} {
		if text := p.ok(args...); !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	p.fails(exitUsage, "invalid", "mode", "eval", "probability", "--data", data, "--mode", "guess")
	p.fails(exitFailure, "invalid", "two data sets", "eval", "probability", "--data", data, "--data", data, "--mode", "lexical")

	dir := repo(t, map[string]string{"a.go": "package a\n\n// Parse reads numbers.\nfunc Parse() {}\n", "b.go": "package a\n\nfunc Other() {}\n"})
	p.ok("index", dir)
	hits := p.json("search", "--repo", dir, "read the numbers", "--mode", "lexical")["hits"].([]any)
	if _, ok := hits[0].(map[string]any)["probability"].(float64); !ok {
		t.Errorf("%v", hits)
	}
	if none := p.json("search", "--repo", dir, "read the numbers", "--mode", "lexical", "--threshold", "1")["hits"].([]any); len(none) != 0 {
		t.Errorf("%v", none)
	}
	p.fails(exitFailure, "unavailable", "settings of ranking", "search", "--repo", dir, "read the numbers", "--mode", "lexical", "--threshold", "0.5", "--config", settings(t, "search:\n  path_boost: 0.1\n"))
	write(t, filepath.Dir(doc["wrote"].(string)), map[string]string{"probabilities.json": "{"})
	p.fails(exitFailure, "invalid", "probabilities.json", "search", "--repo", dir, "read the numbers", "--mode", "lexical")
}

// settings is a file of settings.
func settings(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, map[string]string{"loradex.yaml": text})
	return filepath.Join(dir, "loradex.yaml")
}
