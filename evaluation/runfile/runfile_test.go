package runfile_test

import (
	"bytes"
	"errors"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"loradex/evaluation/runfile"
	"loradex/internal/fault"
)

func TestRoundTrip(t *testing.T) {
	want := map[string][]runfile.Hit{
		"q1": {{Doc: "d9", Score: 0.1}, {Doc: "d10", Score: 0.1}, {Doc: "d1", Score: math.Nextafter32(0.1, 0)}},
		"q2": {{Doc: "x", Score: math.SmallestNonzeroFloat32}, {Doc: "y", Score: -1e30}},
	}
	var b bytes.Buffer
	var lines []runfile.Line
	for _, q := range []string{"q1", "q2"} {
		for i, hit := range want[q] {
			lines = append(lines, runfile.Line{Query: q, Hit: hit, Rank: i + 1})
		}
	}
	if err := runfile.Write(&b, "mini lm", slices.Values(lines)); err != nil {
		t.Fatal(err)
	}
	if first, _, _ := strings.Cut(b.String(), "\n"); first != "q1 Q0 d9 1 0.1 mini-lm" {
		t.Errorf("first line %q", first)
	}
	run, err := runfile.Read(&b, "buffer")
	if err != nil {
		t.Fatal(err)
	}
	if run.Tag != "mini-lm" || !reflect.DeepEqual(run.Rankings, want) {
		t.Errorf("read back %+v", run)
	}
}

func TestReadOrdersByScoreThenID(t *testing.T) {
	run, err := runfile.Read(strings.NewReader("q Q0 a 1 0.5 t\nq Q0 b 2 0.5 t\r\n\nq\tQ0\tc\t3\t0.9\tt\nq Q0 d 4 0.50000000001 t"), "r")
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, hit := range run.Rankings["q"] {
		order = append(order, hit.Doc)
	}
	// d's score equals the others' as a 32-bit float: a tie, as in trec_eval.
	if !slices.Equal(order, []string{"c", "d", "b", "a"}) {
		t.Errorf("order %v", order)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ content, message string }{
		"five columns":   {"q Q0 d 1 0.5", "r:1: 5 columns"},
		"seven columns":  {"q Q0 d 1 0.5 t\nq Q0 d 1 0.5 my run", "r:2: 7 columns"},
		"score":          {"q Q0 d 1 high t", `r:1: score "high"`},
		"infinite score": {"q Q0 d 1 1e39 t", "r:1: score"},
		"NaN":            {"q Q0 d 1 nan t", "r:1: score"},
		"twice":          {"q Q0 d 1 1 t\nq Q0 d 2 0 t", `query "q" ranks document "d" twice`},
		"empty":          {"\n", "r holds no hit"},
		"long line":      {strings.Repeat("a", 2<<20), "r:1: the line is longer"},
	} {
		_, err := runfile.Read(strings.NewReader(c.content), "r")
		if err == nil || fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: %v, want %q", name, err, c.message)
		}
	}
	if _, err := runfile.Open(filepath.Join(t.TempDir(), "none")); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("missing file: %v", err)
	}
}

func TestWriterRefuses(t *testing.T) {
	fine := runfile.Line{Query: "q", Hit: runfile.Hit{Doc: "d", Score: 1}, Rank: 2}
	for name, line := range map[string]runfile.Line{
		"space in id": {Query: "q", Hit: runfile.Hit{Doc: "a b", Score: 1}, Rank: 1},
		"empty id":    {Hit: runfile.Hit{Doc: "a", Score: 1}, Rank: 1},
		"NaN":         {Query: "q", Hit: runfile.Hit{Doc: "a", Score: float32(math.NaN())}, Rank: 1},
	} {
		if err := runfile.Write(&bytes.Buffer{}, "t", slices.Values([]runfile.Line{line, fine})); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := runfile.Write(failing{}, "t", slices.Values([]runfile.Line{fine})); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("failing writer: %v", err)
	}
	if err := runfile.WritePerQuery(failing{}, []runfile.QueryResult{{Query: "q"}}); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("failing per-query writer: %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestPerQueryRoundTrip(t *testing.T) {
	want := []runfile.QueryResult{
		{Query: "q<1>", Relevant: 2, First: 3, Metrics: map[string]float64{"mrr": 1.0 / 3}},
		{Query: "q2", Relevant: 1, Metrics: map[string]float64{"mrr": 0}},
	}
	var b bytes.Buffer
	if err := runfile.WritePerQuery(&b, want); err != nil {
		t.Fatal(err)
	}
	if first, _, _ := strings.Cut(b.String(), "\n"); first != `{"query":"q<1>","relevant":2,"first":3,"metrics":{"mrr":0.3333333333333333}}` {
		t.Errorf("first line %s", first)
	}
	got, err := runfile.ReadPerQuery(&b, "buffer")
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read back %+v, %v", got, err)
	}
	for _, bad := range []string{"{", `{"query":""}`, `{"query":"a"}` + "\n" + `{"query":"a"}`} {
		if _, err := runfile.ReadPerQuery(strings.NewReader(bad), "r"); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// FuzzRead checks that whatever is accepted can be written and read back unchanged.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"q Q0 d 1 0.5 t\n", "q Q0 d 1 -0 t\nq Q0 e 2 0 t", "q Q0 d x 1e-50 t", "q Q0 d 1 0x1p-3 t", "q Q0 \u0085 1 1 t"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		run, err := runfile.Read(bytes.NewReader(data), "fuzz")
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid {
				t.Fatalf("an error without the code invalid: %v", err)
			}
			return
		}
		var b bytes.Buffer
		var lines []runfile.Line
		for q, hits := range run.Rankings {
			for i, hit := range hits {
				lines = append(lines, runfile.Line{Query: q, Hit: hit, Rank: i + 1})
			}
		}
		if err := runfile.Write(&b, run.Tag, slices.Values(lines)); err != nil {
			t.Fatal(err)
		}
		again, err := runfile.Read(&b, "again")
		if err != nil || !reflect.DeepEqual(run, again) {
			t.Errorf("read back %+v, %v; want %+v", again, err, run)
		}
	})
}

func FuzzReadPerQuery(f *testing.F) {
	f.Add([]byte(`{"query":"q","relevant":1,"first":2,"metrics":{"mrr":0.5}}` + "\n"))
	f.Add([]byte(`{"query":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		results, err := runfile.ReadPerQuery(bytes.NewReader(data), "fuzz")
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid {
				t.Fatalf("an error without the code invalid: %v", err)
			}
			return
		}
		var b bytes.Buffer
		if err := runfile.WritePerQuery(&b, results); err != nil {
			t.Fatal(err)
		}
		if again, err := runfile.ReadPerQuery(&b, "again"); err != nil || len(again) != len(results) {
			t.Errorf("read back %d of %d, %v", len(again), len(results), err)
		}
	})
}
