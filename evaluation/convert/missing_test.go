package convert_test

import (
	"path/filepath"
	"testing"

	"loradex/evaluation/convert"
	"loradex/internal/dataset"
)

// TestMissing: judgements of documents and queries that no file holds are left out and counted.
func TestMissing(t *testing.T) {
	out := filepath.Join(t.TempDir(), "set")
	report, err := convert.Run(t.Context(), lay(t, map[string]string{
		"corpus.jsonl": `{"_id":"a","text":"x"}`, "queries.jsonl": `{"_id":"q","text":"x"}`,
		"qrels/test.tsv": "query-id\tcorpus-id\tscore\nq\ta\t1\nq\tb\t1\np\ta\t1\n",
	}), out, convert.Options{Format: "beir"})
	if err != nil || report.Missing != 2 || report.Judgements["test"] != 1 || report.Passed != 0 {
		t.Fatalf("%+v %v", report, err)
	}
	if ds, err := dataset.Open(out, "test"); err != nil || !ds.Missing.None() || len(ds.Queries) != 1 {
		t.Errorf("%+v %v", ds, err)
	}
}

// TestByteOrderMarks: one at the beginning of a file of any format costs nothing.
func TestByteOrderMarks(t *testing.T) {
	const mark = "\ufeff"
	for format, files := range map[string]map[string]string{
		"webquery":      {"test.json": mark + `[{"idx":"q","doc":"read a file","code":"def f(): pass","label":1}]`},
		"codesearchnet": {"go_test_0.jsonl": mark + `{"func_name":"f","docstring":"Reads a file and closes it.","code":"func f() {}","url":"u"}`},
		"beir": {
			"corpus.jsonl": mark + `{"_id":"a","text":"x"}`, "queries.jsonl": mark + `{"_id":"q","text":"y"}`, "qrels/test.tsv": mark + "q\ta\t1\n",
		},
	} {
		out := filepath.Join(t.TempDir(), "set")
		report, err := convert.Run(t.Context(), lay(t, files), out, convert.Options{Format: format, Strict: true})
		if err != nil || report.Documents != 1 || report.Queries != 1 || report.Judgements["test"] != 1 {
			t.Errorf("%s: %+v %v", format, report, err)
		}
	}
}
