package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"loradex/indexer/chunk"
)

// redPainters is a repository of functions with comments that say what they do.
func redPainters(n int) map[string]string {
	nouns := strings.Fields("anchor bridge candle desert engine forest garden harbor island jacket kettle ladder magnet needle orange pencil quarry rocket saddle temple umbrella violin wagon zipper")
	out := map[string]string{}
	for i := range n {
		a, b := nouns[i%len(nouns)], nouns[(5*i+3)%len(nouns)]
		out[fmt.Sprintf("p%d/%s.go", i%4, a)] = fmt.Sprintf("package p\n\n// Do%d paints the %s beside a %s in red.\nfunc Do%d(%s int) int {\n"+
			"\tred := %d\n\tfor red < %s {\n\t\tred += %s(%s)\n\t}\n\treturn red\n}\n", i, a, b, i, a, i, a, b, a)
	}
	return out
}

func TestEvalMine(t *testing.T) {
	if !chunk.Available() {
		t.Skip("no grammars in this build")
	}
	p := newPlace(t)
	dir, out := repo(t, redPainters(24)), filepath.Join(t.TempDir(), "bench")
	doc := p.json("eval", "mine", "--repo", dir, "--out", out, "--kinds", "doc,test")
	if number(t, doc, "queries.count") != 24 || number(t, doc, "documents.count") != 24 || doc["repo"] != filepath.Base(dir) || len(doc["rev"].(string)) != 40 {
		t.Errorf("%v", doc)
	}
	p.fails(exitFailure, "conflict", "--replace", "eval", "mine", "--repo", dir, "--out", out)
	table := p.ok("eval", "mine", "--repo", dir, "--rev", "HEAD", "--out", out, "--replace", "--dev", "0", "--test", "0.5")
	for _, want := range []string{"24 documents of 24 files, 24 queries", "dev    0 queries", "doc    24"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
	p.fails(exitFailure, "not_found", "dev", "eval", "run", "--data", out, "--split", "dev", "--mode", "lexical")
	if got := p.json("eval", "run", "--data", out, "--mode", "lexical"); number(t, got, "corpus") != 24 || number(t, got, "metrics.mrr") < 0.5 {
		t.Errorf("words alone: %v", got)
	}
	few := repo(t, redPainters(12))
	p.fails(exitFailure, "invalid", "12 queries", "eval", "mine", "--repo", few, "--out", filepath.Join(t.TempDir(), "b"))
	p.fails(exitFailure, "not_found", "no code", "eval", "mine", "--repo", repo(t, map[string]string{"a.txt": "x"}), "--out", filepath.Join(t.TempDir(), "b"))
	plain := t.TempDir()
	p.fails(exitFailure, "conflict", "stays as it is", "eval", "mine", "--repo", dir, "--out", plain, "--replace")
	for words, args := range map[string]string{
		"made up": "--kinds identifier", "poem": "--kinds poem", "language": "--lang latin", "--test": "--test 0", "shares": "--test 0.9 --dev 0.2",
	} {
		p.fails(exitUsage, "invalid", words, append([]string{"eval", "mine", "--repo", dir, "--out", "x"}, strings.Fields(args)...)...)
	}
	p.fails(exitUsage, "invalid", "required flag", "eval", "mine", "--repo", dir)
}

// TestMinedBenchmarkTrains takes a mined benchmark where data sets go.
func TestMinedBenchmarkTrains(t *testing.T) {
	if !chunk.Available() {
		t.Skip("no grammars in this build")
	}
	p := newPlace(t).withEncoder()
	out := filepath.Join(t.TempDir(), "bench")
	p.ok("eval", "mine", "--repo", repo(t, redPainters(24)), "--out", out, "--kinds", "doc")
	p.ok("train", "--data", out, "--out", "mined", "--steps", "2", "--batch", "4")
	if got := p.json("eval", "robust", "--data", out, "--adapter", "mined", "--perturb", "rename", "--pools", "5,all"); number(t, got, "texts.rename.changed") != 24 {
		t.Errorf("%v", got["texts"])
	}
}
