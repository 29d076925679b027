package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/indexer/chunk"
)

// codeData writes a data set of two functions of Go.
func codeData(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tiny_go")
	write(t, dir, map[string]string{
		"corpus.jsonl": `{"_id":"a","text":"func boilPotatoes(minutes int) {\n\t// wait\n\tstove.Heat(minutes)\n}"}` + "\n" +
			`{"_id":"b","text":"func downloadPage(url string) {\n\thttp.Get(url)\n}"}` + "\n" + `{"_id":"c","text":"func ("}` + "\n",
		"queries.jsonl":  `{"_id":"q1","text":"How to cook potatoes?"}` + "\n" + `{"_id":"q2","text":"Download a web page"}` + "\n",
		"qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\ta\t1\nq2\tb\t1\n",
	})
	return dir
}

func TestEvalRobust(t *testing.T) {
	if !chunk.Available() {
		t.Skip("no grammars in this build")
	}
	p := newPlace(t).withEncoder().withAdapter("small")
	data, out := codeData(t), filepath.Join(t.TempDir(), "out")
	doc := p.json("eval", "robust", "--data", data, "--adapter", "small", "--pools", "2,all", "--out", out)
	if doc["dataset"] != "tiny_go" || doc["model"] != "all-MiniLM-L6-v2" || len(doc["cells"].([]any)) != 2*5*2 {
		t.Errorf("%v", doc)
	}
	if number(t, doc, "texts.rename.changed") != 2 || number(t, doc, "texts.rename.not_parsed") != 1 || number(t, doc, "texts.comments.changed") != 1 {
		t.Errorf("%v", doc["texts"])
	}
	text, err := os.ReadFile(filepath.Join(out, "texts", "rename.jsonl"))
	if err != nil || !strings.Contains(string(text), "func func1(var1 int)") {
		t.Errorf("%v\n%s", err, text)
	}
	if _, err := os.Stat(filepath.Join(out, "report.json")); err != nil {
		t.Error(err)
	}
	table := p.ok("eval", "robust", "--data", data, "--perturb", "lower", "--pools", "all")
	for _, want := range []string{"lower: 2 changed (queries)", "base", "MRR@10"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
	p.fails(exitFailure, "not_found", "ghost", "eval", "robust", "--data", data, "--adapter", "ghost")
	p.fails(exitUsage, "invalid", "base", "eval", "robust", "--data", data, "--adapter", "none")
}

func TestEvalRobustWrongUse(t *testing.T) {
	p := newPlace(t)
	for words, args := range map[string]string{
		"required flag": "", "poem": "--data x --perturb poem", "twice": "--data x --perturb lower,lower",
		"neither a number": "--data x --pools 0", "style of names": "--data x --names latin", "--typo-rate": "--data x --typo-rate 0",
	} {
		p.fails(exitUsage, "invalid", words, append([]string{"eval", "robust"}, strings.Fields(args)...)...)
	}
	p.fails(exitFailure, "not_found", "x", "eval", "robust", "--data", "x")
}
