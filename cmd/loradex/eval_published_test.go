package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// published writes a data set with holes: the answer of q2 is not there, the query q9 neither, and q1 is a document, too.
func published(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"corpus.jsonl": "\ufeff" + `{"_id":"q1","text":"read a file"}` + "\n" + `{"_id":"d1","title":"","text":"def read_file(path)"}` + "\n" +
			`{"_id":"d2","title":"","text":"connect a socket"}` + "\n" + `{"_id":"d3","title":"","text":"sort a list"}` + "\n",
		"queries.jsonl":  "\ufeff" + `{"_id":"q1","text":"read a file"}` + "\n" + `{"_id":"q2","text":"open a socket"}` + "\n",
		"qrels/test.tsv": "\ufeffquery-id\tcorpus-id\tscore\nq1\td1\t1\nq2\tgone\t1\nq9\td2\t1\n",
		"bom.trec":       "\ufeffq1 Q0 q1 1 4 x\nq1 Q0 d1 2 3 x\nq2 Q0 d2 1 3 x\n",
	})
	return dir
}

// TestEvalPublished measures a data set as they are published.
func TestEvalPublished(t *testing.T) {
	p := newPlace(t)
	data := published(t)
	args := []string{"eval", "run", "--data", data, "--run", filepath.Join(data, "bom.trec"), "--metrics", "mrr@10"}
	doc := p.json(args...)
	for path, want := range map[string]float64{
		"metrics.mrr@10": 0.5, "queries": 1, "unanswerable": 1, "missing.judgements": 2, "missing.documents": 1, "missing.queries": 1, "self_queries": 1,
	} {
		if got := number(t, doc, path); got != want {
			t.Errorf("%s is %g, want %g", path, got, want)
		}
	}
	if doc["exclude_self"].(bool) {
		t.Errorf("exclude_self is %v", doc["exclude_self"])
	}
	table := p.ok(args...)
	for _, want := range []string{"2 judgements left out, of 1 document and 1 query that are not there", "1 query left out without", "1 query ranked with the document of the same id; --exclude-self"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in %s", want, table)
		}
	}
	if got := p.run(args...); !strings.Contains(got.err, "1 document (gone), 1 query (q9)") {
		t.Errorf("the note: %s", got.err)
	}
	p.fails(exitFailure, "invalid", "1 document (gone), 1 query (q9)", append(args, "--strict")...)
	p.fails(exitFailure, "invalid", "1 document (gone)", "eval", "robust", "--data", data, "--strict")

	args = append(args, "--exclude-self")
	for _, how := range [][]string{args, {"eval", "run", "--data", data, "--mode", "lexical", "--exclude-self", "--metrics", "mrr@10", "--hits", "10"}} {
		doc = p.json(how...)
		if !doc["exclude_self"].(bool) || number(t, doc, "metrics.mrr@10") != 1 {
			t.Errorf("%v: %v", how, doc)
		}
	}
	if table := p.ok(args...); !strings.Contains(table, "1 query ranked without the document of the same id") {
		t.Errorf("%s", table)
	}
	p.fails(exitUsage, "invalid", "--hits is 1000", "eval", "run", "--data", data, "--mode", "lexical", "--exclude-self", "--hits", "1000")

	// Figures with and without are not held against one another.
	out := filepath.Join(t.TempDir(), "out")
	p.ok(append(args, "--out", out)...)
	p.fails(exitFailure, "conflict", "exclude self", append(args[:len(args)-1:len(args)-1], "--baseline", out)...)
}
