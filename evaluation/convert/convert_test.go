package convert_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"loradex/evaluation/convert"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// lay writes files and returns their folder. Names that end in .gz are compressed.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(path), 0o750))
		data := []byte(content)
		if strings.HasSuffix(name, ".gz") {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			_, err := w.Write(data)
			must(t, err)
			must(t, w.Close())
			data = b.Bytes()
		}
		must(t, os.WriteFile(path, data, 0o600))
	}
	return dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// converted converts, and opens what came out.
func converted(t *testing.T, source, format, split string) (convert.Report, *dataset.Dataset) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "set")
	report, err := convert.Run(t.Context(), source, out, convert.Options{Format: format})
	must(t, err)
	ds, err := dataset.Open(out, dataset.Split(split))
	must(t, err)
	if _, err := os.Stat(filepath.Join(out, "dataset.json")); err != nil {
		t.Error(err)
	}
	return report, ds
}

// answers maps each question to its answers.
func answers(ds *dataset.Dataset) map[string][]string {
	out := map[string][]string{}
	for i, q := range ds.Queries {
		for _, j := range ds.Judgements[i] {
			if j.Grade > 0 {
				out[q.Text] = append(out[q.Text], ds.Docs[j.Doc].Text)
			}
		}
	}
	return out
}

func TestCodeSearchNet(t *testing.T) {
	dir := lay(t, map[string]string{
		"go/go_test_0.jsonl.gz": `{"code":"func A() {}","docstring":"A does\nit.\n\nMore.","language":"go","partition":"test"}
{"code":"func B() {}","docstring":"B does it.","language":"go","partition":"test"}
{"code":"func A() {}","docstring":"Again A.","language":"go","partition":"test"}
{"code":"func C() {}","docstring":"","language":"go"}
`,
		"python_valid_0.jsonl": `{"code":"def f(x):\n    \"\"\"\n    Halves x.\n    \"\"\"\n    return x / 2","docstring":"Halves x.","language":"python"}`,
	})
	report, ds := converted(t, dir, "codesearchnet", "test")
	want := map[string][]string{"A does it.": {"func A() {}"}, "B does it.": {"func B() {}"}, "Again A.": {"func A() {}"}}
	if got := answers(ds); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	if report.Folded != 1 || report.Passed != 1 || report.Documents != 3 || report.Judgements["dev"] != 1 || ds.Docs[0].Language == "" {
		t.Errorf("%+v", report)
	}
	_, dev := converted(t, dir, "codesearchnet", "dev")
	if got := answers(dev)["Halves x."]; len(got) != 1 || got[0] != "def f(x):\n    return x / 2" {
		t.Errorf("the docstring is still there: %q", got)
	}
}

func TestAdvTest(t *testing.T) {
	dir := lay(t, map[string]string{"test.jsonl": `{"idx":0,"code":"def Func(arg_0): return arg_0","docstring_tokens":["Give","back"],"url":"u"}
{"idx":1,"function":"def Func(): pass","docstring_tokens":["Do","nothing"]}`})
	_, ds := converted(t, dir, "advtest", "test")
	if got := answers(ds); !reflect.DeepEqual(got, map[string][]string{"Give back": {"def Func(arg_0): return arg_0"}, "Do nothing": {"def Func(): pass"}}) {
		t.Errorf("%v", got)
	}
}

func TestWebQuery(t *testing.T) {
	dir := lay(t, map[string]string{"cosqa-dev.json": `[{"idx":"a","doc":"how to sort","code":"sorted(x)","label":1},
{"idx":"b","doc":"how to sort","code":"x.reverse()","label":0},
{"idx":"c","doc":"how to turn around","code":"x.reverse()","label":1},
{"idx":"d","doc":"no code","code":" ","label":1}]`})
	report, ds := converted(t, dir, "webquery", "dev")
	if got := answers(ds); !reflect.DeepEqual(got, map[string][]string{"how to sort": {"sorted(x)"}, "how to turn around": {"x.reverse()"}}) {
		t.Errorf("%v", got)
	}
	if report.Judgements["dev"] != 3 || report.Passed != 1 || report.Documents != 2 {
		t.Errorf("%+v", report)
	}
}

type parquetText struct {
	ID    string `parquet:"_id"`
	Title string `parquet:"title,optional"`
	Text  string `parquet:"text"`
}

type parquetScore struct {
	Query string `parquet:"query-id"`
	Doc   string `parquet:"corpus-id"`
	Score int64  `parquet:"score"`
}

// TestParquet is the layout of CoIR and MTEB.
func TestParquet(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"corpus", "queries", "default"} {
		must(t, os.Mkdir(filepath.Join(dir, sub), 0o750))
	}
	must(t, parquet.WriteFile(filepath.Join(dir, "corpus", "corpus-00000-of-00001.parquet"),
		[]parquetText{{"c1", "Sort", "sorted(x)"}, {"c2", "", "x.pop()"}, {"c3", "", "x.pop()"}, {"c4", "", ""}}))
	must(t, parquet.WriteFile(filepath.Join(dir, "queries", "queries-00000-of-00001.parquet"),
		[]parquetText{{"q1", "", "sort a list"}, {"q2", "", "take the last"}}))
	must(t, parquet.WriteFile(filepath.Join(dir, "default", "test-00000-of-00001.parquet"),
		[]parquetScore{{"q1", "c1", 2}, {"q2", "c3", 1}, {"q2", "c4", 1}}))
	report, ds := converted(t, dir, "beir", "test")
	if got := answers(ds); !reflect.DeepEqual(got, map[string][]string{"sort a list": {"Sort sorted(x)"}, "take the last": {"x.pop()"}}) {
		t.Errorf("%v", got)
	}
	if report.Folded != 1 || report.Documents != 2 || report.Passed != 2 {
		t.Errorf("%+v", report)
	}
}

func TestJSONLinesOfBEIR(t *testing.T) {
	dir := lay(t, map[string]string{
		"corpus.jsonl.gz": `{"_id":7,"title":"","text":"one"}`,
		"queries.jsonl":   `{"_id":"q","text":"first"}`,
		"qrels/test.tsv":  "query-id\tcorpus-id\tscore\nq\t7\t1\n",
	})
	if _, ds := converted(t, dir, "beir", "test"); len(answers(ds)["first"]) != 1 {
		t.Errorf("%+v", ds)
	}
}

// TestFoldersOfSplits is the layout that Hugging Face makes of a data set, and a folder above that has a telling name.
func TestFoldersOfSplits(t *testing.T) {
	dir := lay(t, map[string]string{
		"data/set/corpus/full/0.jsonl":   "{\"_id\":\"d1\",\"text\":\"one\"}\n{\"_id\":\"d2\",\"text\":\"two\"}",
		"data/set/queries/full/0.jsonl":  "{\"_id\":\"q1\",\"text\":\"first\",\"metadata\":{\"group\":\"short\"}}\n{\"_id\":\"q2\",\"text\":\"second\"}",
		"data/set/default/train/0.jsonl": `{"query-id":"q1","corpus-id":"d1","score":1}`,
		"data/set/default/test/0.jsonl":  `{"query-id":"q2","corpus-id":"d2","score":1}`,
		"data/set/dataset.json":          `{"about":"none of ours"}`,
		"data/set/qrels/dev/more.tsv.gz": "query-id\tcorpus-id\tscore\nq1\td2\t1\n",
	})
	source := filepath.Join(dir, "data", "set")
	report, ds := converted(t, source, "beir", "test")
	if got := answers(ds); !reflect.DeepEqual(got, map[string][]string{"second": {"two"}}) || !reflect.DeepEqual(report.Judgements, map[string]int{"train": 1, "test": 1, "dev": 1}) {
		t.Errorf("%v, %+v", got, report)
	}
	if _, train := converted(t, source, "beir", "train"); train.Queries[0].Group != "short" {
		t.Errorf("the group is lost: %+v", train.Queries)
	}
	// A path that ends in a slash is the same path.
	if _, err := convert.Run(t.Context(), source, filepath.Join(t.TempDir(), "out")+"/", convert.Options{Format: "beir"}); err != nil {
		t.Error(err)
	}
}

func TestTranslations(t *testing.T) {
	want := map[string][]string{"int a() { }": {"int A() { }"}, "int b() { }": {"int B() { }"}}
	_, ds := converted(t, lay(t, map[string]string{
		"test.java-cs.txt.java":  "int a() { }\n\nint b() { }\n",
		"test.java-cs.txt.cs":    "int A() { }\n\nint B() { }\n",
		"valid.java-cs.txt.java": "int c() { }\n",
		"valid.java-cs.txt.cs":   "int C() { }\n",
	}), "codetrans", "test")
	if got := answers(ds); !reflect.DeepEqual(got, want) || ds.Docs[0].Language != "c#" {
		t.Errorf("parallel files: %v, %+v", got, ds.Docs)
	}
	_, ds = converted(t, lay(t, map[string]string{"test-0.jsonl": "{\"id\":0,\"java\":\"int a() { }\",\"cs\":\"int A() { }\"}\n{\"id\":1,\"java\":\"int b() { }\",\"cs\":\"int B() { }\"}"}), "codetrans", "test")
	if got := answers(ds); !reflect.DeepEqual(got, want) {
		t.Errorf("records: %v", got)
	}
}

// TestDocstringPrefix: the letters before a docstring's quotes go with them.
func TestDocstringPrefix(t *testing.T) {
	_, ds := converted(t, lay(t, map[string]string{"test.jsonl": `{"code":"def f():\n    r\"\"\"Doc text here.\"\"\"\n    return 1","docstring":"Doc text here.","language":"python"}
{"code":"def g():\n    x = four\"\"\"Another text.\"\"\"\n    return 2","docstring":"Another text.","language":"python"}`}), "codesearchnet", "test")
	got := answers(ds)
	if code := got["Doc text here."]; len(code) != 1 || code[0] != "def f():\n    return 1" {
		t.Errorf("%q", code)
	}
	if code := got["Another text."]; len(code) != 1 || code[0] != "def g():\n    x = fourreturn 2" {
		t.Errorf("the end of a name was taken for a prefix: %q", code)
	}
}

func TestRefused(t *testing.T) {
	good := map[string]string{"test.jsonl": `{"code":"x","docstring":"Does x."}`}
	for name, c := range map[string]struct {
		files  map[string]string
		format string
		words  string
	}{
		"unknown format":  {good, "csv", "codesearchnet"},
		"not JSON":        {map[string]string{"a.jsonl": "{"}, "codesearchnet", "a.jsonl:1"},
		"null":            {map[string]string{"a.jsonl": "null"}, "codesearchnet", "null"},
		"other records":   {map[string]string{"a.jsonl": `{"x":1}`}, "codesearchnet", "none of CodeSearchNet"},
		"no answers":      {map[string]string{"a.jsonl": `{"code":"x","docstring":""}`}, "codesearchnet", "no question"},
		"not an array":    {map[string]string{"a.json": `{}`}, "webquery", "array"},
		"cut array":       {map[string]string{"a.json": `[{"doc":"a","code":"b","label":1}`}, "webquery", "a.json"},
		"not Parquet":     {map[string]string{"corpus.parquet": "PAR1 nothing PAR1"}, "beir", "Parquet"},
		"no corpus":       {map[string]string{"queries.jsonl": `{"_id":"q","text":"x"}`}, "beir", "corpus"},
		"nothing to read": {map[string]string{"a.txt": ""}, "beir", "holds no"},
		"twice":           {map[string]string{"corpus.jsonl": "{\"_id\":\"a\",\"text\":\"x\"}\n{\"_id\":\"a\",\"text\":\"y\"}"}, "beir", "twice"},
		"a missing shard": {map[string]string{
			"corpus.jsonl": `{"_id":"a","text":"x"}`, "queries.jsonl": `{"_id":"q","text":"x"}`, "qrels/test.tsv": "query-id\tcorpus-id\tscore\nq\ta\t1\nq\tb\t1\n",
		}, "beir", "is a file of the corpus missing"},
		"not parallel":   {map[string]string{"test.java-cs.txt.java": "a\nb\n", "test.java-cs.txt.cs": "a\n"}, "codetrans", "not parallel"},
		"half a pair":    {map[string]string{"test.java-cs.txt.java": "a\n"}, "codetrans", "is not there"},
		"long element":   {map[string]string{"a.json": `[{"doc":"` + strings.Repeat("x", 40<<20) + `"}]`}, "webquery", "longer than"},
		"blank in an ID": {map[string]string{"corpus.jsonl": `{"_id":"a b","text":"x"}`}, "beir", "blanks"},
	} {
		out := filepath.Join(t.TempDir(), "set")
		_, err := convert.Run(t.Context(), lay(t, c.files), out, convert.Options{Format: c.format, Strict: true})
		if code := fault.CodeOf(err); err == nil || code != fault.Invalid && code != fault.NotFound || !strings.Contains(err.Error()+fault.HintOf(err), c.words) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Lstat(out); !os.IsNotExist(err) {
			t.Errorf("%s left a folder", name)
		}
	}
	out := t.TempDir()
	if _, err := convert.Run(t.Context(), lay(t, good), out, convert.Options{Format: "codesearchnet"}); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("over a folder: %v", err)
	}
	for _, split := range []string{"../../keep", "/keep", "..", `a\b`} {
		if _, err := convert.Run(t.Context(), lay(t, good), filepath.Join(out, "escaped"), convert.Options{Format: "codesearchnet", Split: split}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("the split %q: %v", split, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := convert.Run(ctx, lay(t, good), filepath.Join(out, "x"), convert.Options{Format: "codesearchnet"}); fault.CodeOf(err) != fault.Canceled {
		t.Errorf("canceled: %v", err)
	}
}
