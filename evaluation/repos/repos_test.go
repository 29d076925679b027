package repos

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/internal/fault"
	"loradex/search"
)

func benchmark(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"repos.jsonl": `{"name":"a","source":"o/a","revision":"v1","language":"go","root":"src"}` + "\n" +
			`{"name":"b","source":"o/b","revision":"v1","language":"c"}` + "\n" + `{"name":"unasked","source":"o/c"}` + "\n",
		"queries.jsonl": `{"id":"a-1","repo":"a","category":"symbol","query":"one"}` + "\n" +
			`{"id":"a-2","repo":"a","category":"semantic","query":"two"}` + "\n" + `{"id":"b-1","repo":"b","category":"symbol","query":"three"}` + "\n" +
			`{"id":"b-2","repo":"b","category":"symbol","query":"not judged"}` + "\n",
		"qrels.tsv": "query-id\tpath\tgrade\na-1\tsrc/x.go\t2\na-1\tsrc/y.go\t1\na-2\tsrc/z.go\t2\nb-1\tm.c\t1\r\n",
		"spans.tsv": "query-id\tpath\tfirst-line\tlast-line\na-2\tsrc/z.go\t10\t20\n",
	} {
		if changed, ok := files[name]; ok {
			text = changed
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOpen(t *testing.T) {
	b, err := Open(benchmark(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Repositories) != 2 || len(b.Repositories[0].questions) != 2 || len(b.Repositories[1].questions) != 1 {
		t.Errorf("%+v", b.Repositories)
	}
	for _, c := range []struct{ file, text, words string }{
		{"repos.jsonl", `{"name":"../a","source":"o/a"}`, "no name"},
		{"repos.jsonl", `{"name":"a","root":"../x"}`, "no folder"},
		{"repos.jsonl", `{"name":`, "repos.jsonl:1"},
		{"queries.jsonl", `{"id":"a-1","repo":"zzz","query":"q"}`, "zzz"},
		{"qrels.tsv", "query-id\tpath\tgrade\nnobody\tx\t1\n", "nobody"},
		{"qrels.tsv", "query-id\tpath\tgrade\na-1\tx\n", "2 columns"},
		{"spans.tsv", "query-id\tpath\tfirst-line\tlast-line\na-2\tx\tone\t2\n", "spans.tsv:2"},
		{"qrels.tsv", "query-id\tpath\tgrade\n", "nothing that is judged"},
	} {
		if _, err := Open(benchmark(t, map[string]string{c.file: c.text})); err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s %q: %v, want %q", c.file, c.text, err, c.words)
		}
	}
	if _, err := Open(t.TempDir()); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("an empty folder: %v", err)
	}
}

// The values are worked out by hand: 1/log2(r+1) is 1, .63093, .5 at the places 1, 2, 3.
func TestScore(t *testing.T) {
	second := 1 / math.Log2(3)
	two := question{files: map[string]bool{"src/x.go": true, "src/y.go": true}, lines: map[string][][2]int{"src/y.go": {{10, 20}}}}
	hit := func(path string, start, end int) Hit { return Hit{Path: path, Start: start, End: end, Tokens: 400} }
	for _, c := range []struct {
		name                 string
		hits                 []Hit
		files, dedup, chunks float64
		recall               [3]float64
	}{
		{"nothing", nil, 0, 0, 0, [3]float64{}},
		{"both first", []Hit{hit("src/x.go", 1, 5), hit("src/y.go", 15, 16)}, 1, 1, 1, [3]float64{.5, 1, 1}},
		{"one file twice", []Hit{hit("src/x.go", 1, 5), hit("src/x.go", 6, 9), hit("src/y.go", 20, 30)}, 1, 1, 1.5 / (1 + second), [3]float64{.5, 1, 1}},
		{"other lines", []Hit{hit("src/x.go", 1, 5), hit("src/y.go", 1, 9)}, 1, 1, 1 / (1 + second), [3]float64{.5, 1, 1}},
		{"a path that ends so", []Hit{hit("top/src/x.go", 1, 5)}, 1 / (1 + second), 1 / (1 + second), 1 / (1 + second), [3]float64{.5, .5, .5}},
		{"no such end", []Hit{hit("src/yx.go", 1, 5)}, 0, 0, 0, [3]float64{}},
	} {
		s := two.score(c.hits)
		for i, d := range []float64{s.Files - c.files, s.Dedup - c.dedup, s.Chunks - c.chunks, s.Recall[0] - c.recall[0], s.Recall[1] - c.recall[1], s.Recall[2] - c.recall[2]} {
			if math.Abs(d) > 1e-9 {
				t.Errorf("%s: %+v, want %+v (%d)", c.name, s, c, i)
			}
		}
	}
	var many []Hit // the file stands behind eleven chunks of another one
	for i := range 11 {
		many = append(many, hit("other", i, i))
	}
	if s := two.score(append(many, hit("src/x.go", 1, 2))); s.Chunks != 0 || s.Dedup != 0 || math.Abs(s.Files-second/(1+second)) > 1e-9 {
		t.Errorf("behind eleven chunks: %+v", s)
	}
}

// known is an index that finds the files of its repository by the question.
type known map[string][]Hit

func (k known) Ask(_ context.Context, way Way, query string, _ int) ([]Hit, error) {
	return k[way.String()+" "+query], nil
}
func (known) Size() Size   { return Size{Files: 3, Chunks: 9, Seconds: 1} }
func (known) Close() error { return nil }

func TestRun(t *testing.T) {
	b, err := Open(benchmark(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	opened := 0
	open := func(_ context.Context, r Repository) (Index, error) {
		opened++
		if r.Name == "b" {
			return nil, fault.New(fault.NotFound, "not here")
		}
		return known{
			"lexical one": {{Path: "src/x.go", Start: 1, End: 2, Tokens: 10}, {Path: "src/y.go", Start: 1, End: 2, Tokens: 10}}, "lexical two": {},
			"hybrid one": {{Path: "src/x.go", Start: 1, End: 2, Tokens: 10}, {Path: "src/y.go", Start: 1, End: 2, Tokens: 10}}, "hybrid two": {{Path: "src/z.go", Start: 1, End: 2, Tokens: 10}},
		}, nil
	}
	o := Options{Ways: []Way{{Mode: search.Lexical}, {Mode: search.Hybrid}}, Key: "k", Out: t.TempDir()}
	for range 2 { // the second time it is all there
		r, err := b.Run(t.Context(), open, o)
		if err != nil {
			t.Fatal(err)
		}
		words, both := r.Systems[0], r.Systems[1]
		if fmt.Sprint(r.Missing) != "[b]" || r.Questions != 2 || words.Files.Mean != .5 || both.Files.Mean != 1 || both.Chunks.Mean != .5 ||
			both.Against.Mean != .5 || words.Against != nil || words.Categories["semantic"].Mean != 0 || both.Languages["go"] != (Part{1, 1}) {
			t.Errorf("%+v", r)
		}
	}
	if opened != 3 { // a once, b each time
		t.Errorf("%d were opened", opened)
	}
	o.Key = "another"
	if _, err := b.Run(t.Context(), open, o); err != nil || opened != 5 {
		t.Errorf("with other settings %d were opened: %v", opened, err)
	}
	o.Only = []string{"b"}
	if _, err := b.Run(t.Context(), open, o); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("one that is asked for and is not there: %v", err)
	}
	o.Only = []string{"zzz"}
	if _, err := b.Run(t.Context(), open, o); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("an unknown name: %v", err)
	}
}
