package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tinyData writes a data set of three documents and two queries.
func tinyData(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"corpus.jsonl":   `{"_id":"a","title":"","text":"boil the potatoes"}` + "\n" + `{"_id":"b","title":"lock","text":"take the writer's lock"}` + "\n" + `{"_id":"c","title":"","text":"download a page over HTTP"}` + "\n",
		"queries.jsonl":  `{"_id":"q1","text":"how to cook potatoes"}` + "\n" + `{"_id":"q2","text":"fetch a web page"}` + "\n",
		"qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\ta\t1\nq2\tc\t1\n",
		"run.trec":       "q1 Q0 a 1 0.9 bm25\nq1 Q0 b 2 0.8 bm25\nq2 Q0 b 1 0.7 bm25\nq2 Q0 c 2 0.6 bm25\n",
	})
	return dir
}

const evalKeys = `dataset split model adapter doc_adapter max_tokens queries corpus metrics ci95
	metrics.mrr@10 metrics.mrr metrics.ndcg@10 metrics.recall@1 metrics.recall@10 metrics.recall@100 metrics.map
	ci95.mrr@10 ci95.mrr ci95.ndcg@10 ci95.recall@1 ci95.recall@10 ci95.recall@100 ci95.map
	seconds seconds.encode seconds.rank seconds.total template truncation depth pool tie_break
	unanswerable missing missing.judgements missing.documents missing.queries exclude_self self_queries
	digests digests.model digests.adapter digests.doc_adapter digests.data digests.code`

// TestEvalRunFile measures a run made elsewhere: the first query's answer is at rank 1, the second's at rank 2.
func TestEvalRunFile(t *testing.T) {
	p := newPlace(t)
	data := tinyData(t)
	out := filepath.Join(t.TempDir(), "out")
	doc := p.json("eval", "run", "--data", data, "--run", filepath.Join(data, "run.trec"), "--out", out)
	wantKeys(t, doc, evalKeys+" system")
	if got := doc["metrics"].(map[string]any)["mrr@10"]; got != 0.75 || doc["model"] != "bm25" || doc["system"] != "run file" {
		t.Errorf("mrr@10 is %v of %v", got, doc["model"])
	}
	if d := doc["digests"].(map[string]any); !strings.HasPrefix(d["code"].(string), version) || len(d["data"].(string)) != 16 || d["model"] != "" || doc["depth"] != 1000.0 {
		t.Errorf("provenance: %v, depth %v", d, doc["depth"])
	}
	for _, name := range []string{"report.json", "run.trec", "queries.jsonl"} {
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			t.Error(err)
		}
	}
	table := p.ok("eval", "run", "--data", data, "--run", filepath.Join(data, "run.trec"), "--metrics", "precision@1,mrr")
	if !strings.Contains(table, "precision@1  0.5000") {
		t.Errorf("table: %s", table)
	}
	p.fails(exitFailure, "not_found", "dev", "eval", "run", "--data", data, "--split", "dev")
}

func TestEvalEncoder(t *testing.T) {
	p := newPlace(t).withEncoder().withAdapter("small")
	p.withQueryAdapter("asker")
	data := tinyData(t)
	base := p.json("eval", "run", "--data", data)
	wantKeys(t, base, evalKeys)
	if base["metrics"].(map[string]any)["mrr"] != 1.0 || base["model"] != "all-MiniLM-L6-v2" || number(t, base, "max_tokens") != 256 {
		t.Errorf("%v", base)
	}
	for _, tt := range []struct{ flags, adapter, docs string }{
		{"--adapter small", "small", "small"},                                 // both sides
		{"--adapter asker", "asker", "none"},                                  // the card says query side
		{"--adapter small --doc-adapter none", "small", "none"},               // as told
		{"--adapter small+asker --doc-adapter small", "asker+small", "small"}, // mixed sides have to be told
		{"--doc-adapter small --max-tokens 9", "none", "small"},
	} {
		doc := p.json(append([]string{"eval", "run", "--data", data}, strings.Fields(tt.flags)...)...)
		if doc["adapter"] != tt.adapter || doc["doc_adapter"] != tt.docs {
			t.Errorf("%s: %v and %v", tt.flags, doc["adapter"], doc["doc_adapter"])
		}
	}
	p.fails(exitUsage, "invalid", "--doc-adapter", "eval", "run", "--data", data, "--adapter", "small+asker")
	p.fails(exitFailure, "not_found", "ghost", "eval", "run", "--data", data, "--adapter", "ghost")
}

// TestEvalReference compares one small real data set with the figures made by sentence-transformers and trec_eval.
func TestEvalReference(t *testing.T) {
	const shared = "../../../shared/data"
	raw, err := os.ReadFile(filepath.Join(shared, "reference.json"))
	if err != nil {
		t.Skip("the shared data sets are not here")
	}
	if testing.Short() {
		t.Skip("encodes a data set")
	}
	var reference map[string]map[string]float64
	must(t, json.Unmarshal(raw, &reference))
	p := newPlace(t).withEncoder()
	const name = "humanevalx_python"
	got := p.json("eval", "run", "--data", filepath.Join(shared, name))["metrics"].(map[string]any)
	for metric, want := range reference[name] {
		if metric == "queries" || metric == "corpus" {
			continue
		}
		if v, ok := got[metric].(float64); !ok || math.Abs(v-want) > 0.001 {
			t.Errorf("%s is %v, want %v", metric, got[metric], want)
		}
	}
}

// TestEvalCompare compares two runs made elsewhere: the second finds the second query's answer at once.
func TestEvalCompare(t *testing.T) {
	p := newPlace(t)
	data := tinyData(t)
	write(t, data, map[string]string{"better.trec": "q1 Q0 a 1 0.9 new\nq2 Q0 c 1 0.7 new\n"})
	dir := t.TempDir()
	for name, run := range map[string]string{"old": "run.trec", "new": "better.trec"} {
		p.ok("eval", "run", "--data", data, "--run", filepath.Join(data, run), "--out", filepath.Join(dir, name))
	}
	before, after := filepath.Join(dir, "old"), filepath.Join(dir, "new")
	doc := p.json("eval", "compare", before, after)
	for _, key := range []string{"a", "b", "metrics", "flips", "queries"} {
		if doc[key] == nil {
			t.Errorf("no %s in %v", key, doc)
		}
	}
	for _, m := range doc["metrics"].([]any) {
		if m := m.(map[string]any); m["metric"] == "mrr@10" && (m["difference"] != 0.25 || m["wins"] != 1.0 || m["losses"] != 0.0) {
			t.Errorf("%v", m)
		}
	}
	table := p.ok("eval", "compare", before, after)
	for _, want := range []string{"mrr@10", "+0.2500", "first 1: 0 queries lost, 1 gained", "LARGEST GAINS"} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in %s", want, table)
		}
	}
	p.fails(exitFailure, "not_found", "eval run --out", "eval", "compare", dir, after)
	p.fails(exitUsage, "invalid", "--queries", "eval", "compare", before, after, "--queries", "-1")
}
