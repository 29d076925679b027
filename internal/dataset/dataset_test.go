package dataset_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// folder writes a data set; a file with empty content is left out.
func folder(t *testing.T, corpus, queries, qrels string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "qrels"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"corpus.jsonl": corpus, "queries.jsonl": queries, "qrels/test.tsv": qrels} {
		if content == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	corpus  = `{"_id":"b","title":"T","text":" body "}` + "\n" + `{"_id":"a","title":null,"text":"  only text"}` + "\n" + `{"_id":7,"text":""}` + "\n"
	queries = `{"_id":"q2","text":"two"}` + "\r\n" + `{"_id":"q1","text":"one","metadata":{"x":[1]}}` + "\n\n" + `{"_id":"q3","text":"three"}`
	qrels   = "query-id\tcorpus-id\tscore\nq2\tb\t1\nq1\ta\t2\nq1\t7\t0\n"
)

func TestOpen(t *testing.T) {
	for name, judgements := range map[string]string{
		"header":             qrels,
		"no header":          strings.SplitN(qrels, "\n", 2)[1],
		"trec":               "q2 0 b 1\nq1 0 a 2\nq1 Q0 7 0\n",
		"trec with tabs":     "q2\t0\tb\t1\nq1\t0\ta\t2\nq1\t0\t7\t0\n",
		"byte order mark":    "\ufeff" + qrels,
		"said twice":         qrels + "q2\tb\t1\n",
		"windows line ends":  strings.ReplaceAll(qrels, "\n", "\r\n"),
		"no final line feed": strings.TrimSuffix(qrels, "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			ds, err := dataset.Open(folder(t, corpus, queries, judgements), "test")
			if err != nil {
				t.Fatal(err)
			}
			wantDocs := []dataset.Text{{ID: "7"}, {ID: "a", Text: "only text"}, {ID: "b", Text: "T  body"}}
			if !slices.Equal(ds.Docs, wantDocs) {
				t.Errorf("documents %q", ds.Docs)
			}
			if want := []dataset.Text{{ID: "q1", Text: "one"}, {ID: "q2", Text: "two"}}; !slices.Equal(ds.Queries, want) {
				t.Errorf("queries %q", ds.Queries)
			}
			if !slices.Equal(ds.Judgements[0], []dataset.Judgement{{Doc: 0}, {Doc: 1, Grade: 2}}) || !slices.Equal(ds.Judgements[1], []dataset.Judgement{{Doc: 2, Grade: 1}}) {
				t.Errorf("judgements %v", ds.Judgements)
			}
			if !slices.Equal(ds.Grades(0), []float64{2}) {
				t.Errorf("grades %v", ds.Grades(0))
			}
		})
	}
}

func TestOpenLeavesOutUnanswerable(t *testing.T) {
	ds, err := dataset.Open(folder(t, corpus, queries, "q1\ta\t0\nq2\tb\t1\nq3\ta\t-1\n"), "test")
	if err != nil {
		t.Fatal(err)
	}
	if len(ds.Queries) != 1 || ds.Queries[0].ID != "q2" || len(ds.Judgements) != 1 || ds.Unanswerable != 2 {
		t.Errorf("queries %v, judgements %v, unanswerable %d", ds.Queries, ds.Judgements, ds.Unanswerable)
	}
}

func TestOpenRefuses(t *testing.T) {
	long := `{"_id":"x","text":"` + strings.Repeat("a", dataset.MaxLine) + `"}`
	for _, c := range []struct {
		name, corpus, queries, qrels, split string
		code                                fault.Code
		message                             string
	}{
		{"duplicate document", corpus + `{"_id":"a","text":""}`, queries, qrels, "test", fault.Invalid, `corpus.jsonl:4: _id "a" stands in line 2 already`},
		{"duplicate query", corpus, queries + "\n" + `{"_id":"q3","text":""}`, qrels, "test", fault.Invalid, `queries.jsonl:5: _id "q3" stands in line 4 already`},
		{"not JSON", corpus + "{", queries, qrels, "test", fault.Invalid, "corpus.jsonl:4: not a document or query"},
		{"two values", corpus + `{"_id":"x","text":""} {}`, queries, qrels, "test", fault.Invalid, "corpus.jsonl:4"},
		{"no id", corpus + `{"text":"x"}`, queries, qrels, "test", fault.Invalid, "corpus.jsonl:4: _id is missing"},
		{"null id", corpus + `{"_id":null,"text":"x"}`, queries, qrels, "test", fault.Invalid, "corpus.jsonl:4: _id is missing"},
		{"empty id", corpus + `{"_id":"","text":"x"}`, queries, qrels, "test", fault.Invalid, "corpus.jsonl:4: _id is empty"},
		{"fractional id", corpus + `{"_id":1.5,"text":"x"}`, queries, qrels, "test", fault.Invalid, "neither a string nor an integer"},
		{"object id", corpus + `{"_id":{},"text":"x"}`, queries, qrels, "test", fault.Invalid, "neither a string nor an integer"},
		{"id with a space", corpus + `{"_id":"a b","text":"x"}`, queries, qrels, "test", fault.Invalid, `corpus.jsonl:4: _id "a b" holds white space`},
		{"no text", corpus + `{"_id":"x"}`, queries, qrels, "test", fault.Invalid, "corpus.jsonl:4: text is missing"},
		{"line too long", corpus + long, queries, qrels, "test", fault.Invalid, "corpus.jsonl:4: the line is longer than 16 MiB"},
		{"empty corpus", "\n", queries, qrels, "test", fault.Invalid, "holds no document"},
		{"corpus missing", "", queries, qrels, "test", fault.NotFound, "corpus.jsonl is missing"},
		{"queries missing", corpus, "", qrels, "test", fault.NotFound, "queries.jsonl is missing"},
		{"split missing", corpus, queries, qrels, "dev", fault.NotFound, `has no split "dev"`},
		{"split escapes", corpus, queries, qrels, "../qrels/test", fault.Invalid, "is not a name"},
		{"split empty", corpus, queries, qrels, "", fault.Invalid, "is not a name"},
		{"no judgement", corpus, queries, "query-id\tcorpus-id\tscore\n", "test", fault.Invalid, "holds no judgement"},
		{"nothing relevant", corpus, queries, "q1\ta\t0\n", "test", fault.Invalid, "judges no document relevant"},
		{"two columns", corpus, queries, qrels + "q1\ta\n", "test", fault.Invalid, "test.tsv:5: 2 columns"},
		{"score is text", corpus, queries, qrels + "q1\tb\tyes\n", "test", fault.Invalid, `test.tsv:5: score "yes" is not a number`},
		{"first score is text", corpus, queries, "q1\tb\tyes\n", "test", fault.Invalid, `test.tsv:1: score "yes" is not a number`},
		{"score not finite", corpus, queries, qrels + "q1\tb\tNaN\n", "test", fault.Invalid, "test.tsv:5: score"},
		{"conflict", corpus, queries, qrels + "q1\ta\t1\n", "test", fault.Invalid, "judged 2 above and 1 here"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := dataset.Open(folder(t, c.corpus, c.queries, c.qrels), dataset.Split(c.split))
			if err == nil || fault.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.message) {
				t.Errorf("got %v (%s), want %q (%s)", err, fault.CodeOf(err), c.message, c.code)
			}
		})
	}
}

func TestOpenNamesTheFolder(t *testing.T) {
	if _, err := dataset.Open(filepath.Join(t.TempDir(), "none"), "test"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("missing folder: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := dataset.Open(file, "test"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("file in place of a folder: %v", err)
	}
	dir := folder(t, corpus, queries, qrels)
	_, err := dataset.Open(dir, "dev")
	if !strings.Contains(fault.HintOf(err), "test") {
		t.Errorf("the hint does not list the splits: %q", fault.HintOf(err))
	}
}

func TestIndexes(t *testing.T) {
	ds, err := dataset.Open(folder(t, corpus, queries, qrels), "test")
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range ds.Docs {
		if at, ok := ds.DocIndex(d.ID); !ok || int(at) != i {
			t.Errorf("DocIndex(%q) = %d, %v", d.ID, at, ok)
		}
	}
	if _, ok := ds.DocIndex("zzz"); ok {
		t.Error("an unknown document was found")
	}
	if at, ok := ds.QueryIndex("q2"); !ok || at != 1 {
		t.Errorf("QueryIndex = %d, %v", at, ok)
	}
}

func TestOpenReadsGroups(t *testing.T) {
	const judged = "q1\ta\t1\nq2\ta\t1\nq3\ta\t1\nq4\ta\t1\nq5\ta\t1\n"
	docs := `{"_id":"a","text":"x","group":"` + strings.Repeat("g", 300) + `"}` // none of a document's business
	asked := strings.Join([]string{
		`{"_id":"q1","text":"","metadata":{"group":"first"},"group":"second"}`,
		`{"_id":"q2","text":"","group":" second "}`,
		`{"_id":"q3","text":"","metadata":{"group":7}}`,
		`{"_id":"q4","text":"","metadata":{"group":["x"]},"group":{}}`,
		`{"_id":"q5","text":"","metadata":"go"}`,
	}, "\n")
	ds, err := dataset.Open(folder(t, docs, asked, judged), "test")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"first", "second", "7", "", ""} {
		if got := ds.Queries[i].Group; got != want {
			t.Errorf("%s has the group %q, want %q", ds.Queries[i].ID, got, want)
		}
	}
	if ds.Docs[0].Group != "" {
		t.Errorf("a document has the group %q", ds.Docs[0].Group)
	}
	for _, group := range []string{strings.Repeat("g", 101), `a\nb`} {
		_, err := dataset.Open(folder(t, docs, `{"_id":"q1","text":"","group":"`+group+`"}`, "q1\ta\t1\n"), "test")
		if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "queries.jsonl:1: the group") {
			t.Errorf("group %q: %v", group, err)
		}
	}
	var lines, rows strings.Builder
	for i := range dataset.MaxGroups + 1 {
		fmt.Fprintf(&lines, "{\"_id\":\"q%d\",\"text\":\"\",\"group\":\"g%d\"}\n", i, i)
		fmt.Fprintf(&rows, "q%d\ta\t1\n", i)
	}
	if _, err := dataset.Open(folder(t, docs, lines.String(), rows.String()), "test"); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "groups") {
		t.Errorf("a group for each query: %v", err)
	}
}

// TestDigest: each file counts, and nothing else does.
func TestDigest(t *testing.T) {
	digest := func(corpus, queries, qrels string) string {
		t.Helper()
		ds, err := dataset.Open(folder(t, corpus, queries, qrels), "test")
		if err != nil {
			t.Fatal(err)
		}
		return ds.Digest
	}
	first := digest(corpus, queries, qrels)
	if len(first) != 64 || digest(corpus, queries, qrels) != first {
		t.Errorf("the same files have other digests: %s", first)
	}
	seen := map[string]string{"": "unchanged", first: "unchanged"}
	for name, d := range map[string]string{
		"corpus":  digest(corpus+`{"_id":"more","text":""}`, queries, qrels),
		"queries": digest(corpus, queries+"\n"+`{"_id":"more","text":""}`, qrels),
		"qrels":   digest(corpus, queries, qrels+"q1\tb\t3\n"),
	} {
		if twin, ok := seen[d]; ok {
			t.Errorf("%s changed: the digest is that of %s", name, twin)
		}
		seen[d] = name
	}
}
