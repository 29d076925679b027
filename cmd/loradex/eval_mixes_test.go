package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEvalMixes measures three mixes in one pass: each has the figures that it has alone, and the folders are baselines.
func TestEvalMixes(t *testing.T) {
	p := newPlace(t).withEncoder().withAdapter("small")
	p.withQueryAdapter("asker")
	data, dir := tinyData(t), t.TempDir()
	args := []string{"eval", "run", "--data", data, "--adapter", "none", "--adapter", "small*0.5", "--adapter", "asker"}
	doc := p.json(append(args, "--out", dir)...)
	wantKeys(t, doc["comparisons"], "reference adapter metric a b difference ci95 p p_holm detectable wins losses")
	reports, ok := doc["reports"].([]any)
	if comparisons := doc["comparisons"].([]any); !ok || len(reports) != 3 || len(comparisons) != 14 {
		t.Fatalf("%v", doc)
	}
	digests := map[string]bool{}
	for i, mix := range []string{"none", "small*0.5", "asker"} {
		r := reports[i].(map[string]any)
		wantKeys(t, r, evalKeys)
		alone := p.json("eval", "run", "--data", data, "--adapter", mix, "--no-cache")
		if r["adapter"] != mix || number(t, r, "metrics.ndcg@10") != number(t, alone, "metrics.ndcg@10") {
			t.Errorf("%s: %v, alone %v", mix, r, alone)
		}
		d := r["digests"].(map[string]any)
		if d["model"] == "" || len(d["model"].(string)) != 16 || len(d["data"].(string)) != 16 || r["truncation"] != "truncate" || r["pool"] != 3.0 {
			t.Errorf("%s: provenance %v", mix, r)
		}
		digests[d["adapter"].(string)+" "+d["doc_adapter"].(string)] = true
		if (d["doc_adapter"] == "") != (mix != "small*0.5") || (d["adapter"] == "") != (mix == "none") {
			t.Errorf("%s: digests %v", mix, d)
		}
	}
	if len(digests) != 3 {
		t.Errorf("digests of adapters: %v", digests)
	}
	folders, err := os.ReadDir(dir)
	must(t, err)
	if len(folders) != 3 || folders[0].Name() != "asker" || folders[1].Name() != "none" || !strings.HasPrefix(folders[2].Name(), "small_0.5-") {
		t.Errorf("folders %v", folders)
	}
	table := p.ok(append(args, "--baseline", dir, "--on", "ndcg@10")...)
	for _, want := range []string{"compared with none", "HOLM", "small*0.5", "gate:"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in %s", want, table)
		}
	}
	p.ok("eval", "run", "--data", data, "--adapter", "asker", "--baseline", filepath.Join(dir, "none"))
	p.fails(exitFailure, "conflict", "max tokens 256, now 9", "eval", "run", "--data", data, "--max-tokens", "9", "--baseline", filepath.Join(dir, "none"))
	p.fails(exitUsage, "invalid", "twice", "eval", "run", "--data", data, "--adapter", "small", "--adapter", "small*1")
	p.fails(exitUsage, "invalid", "no adapter", "eval", "run", "--data", data, "--adapter", "none", "--adapter", "small", "--mode", "lexical")
	// Through an index, too, one after the other.
	if doc := p.json(append(args, "--mode", "hybrid")...); len(doc["reports"].([]any)) != 3 {
		t.Errorf("%v", doc)
	}
}

// TestEvalPool: of three documents, two are ranked for each query.
func TestEvalPool(t *testing.T) {
	p := newPlace(t).withEncoder()
	data, out := tinyData(t), filepath.Join(t.TempDir(), "out")
	doc := p.json("eval", "run", "--data", data, "--pool", "2", "--pool-seed", "5", "--out", out)
	if doc["pool"] != 2.0 || doc["pool_seed"] != 5.0 || doc["corpus"] != 3.0 {
		t.Errorf("%v", doc)
	}
	run, err := os.ReadFile(filepath.Join(out, "run.trec")) //nolint:gosec // the test's own
	must(t, err)
	if n := strings.Count(string(run), "\n"); n != 4 {
		t.Errorf("%d lines of two queries with two documents each:\n%s", n, run)
	}
	if table := p.ok("eval", "run", "--data", data, "--pool", "2"); !strings.Contains(table, "each query among 2 of them (seed 1)") {
		t.Errorf("%s", table)
	}
	p.fails(exitFailure, "conflict", "pool 2, now 3", "eval", "run", "--data", data, "--baseline", out)
	p.fails(exitFailure, "invalid", "smaller pool", "eval", "run", "--data", data, "--pool", "4")
	for _, flags := range []string{"--pool -1", "--pool-seed 3", "--pool 2 --mode hybrid", "--pool 2 --indexed", "--pool 2 --mode lexical", "--pool 2 --run x"} {
		p.fails(exitUsage, "invalid", "--pool", append([]string{"eval", "run", "--data", data}, strings.Fields(flags)...)...)
	}
}
