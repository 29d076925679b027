package robust_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/embed"
	"loradex/evaluation"
	"loradex/evaluation/page"
	"loradex/evaluation/perturb"
	"loradex/evaluation/robust"
	"loradex/indexer/chunk"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// hasher counts words in bins: names matter to it, white space and case do not.
type hasher struct {
	texts map[string]int // how often each was encoded
	err   error
}

func (h *hasher) Encode(_ context.Context, rows []embed.Row) ([][]float32, error) {
	if h.texts == nil {
		h.texts = map[string]int{}
	}
	out := make([][]float32, len(rows))
	for i, row := range rows {
		h.texts[row.Mix.String()+" "+row.Text]++
		out[i] = make([]float32, 64)
		out[i][0] = 0.01 // so that no text is nothing
		for _, w := range strings.FieldsFunc(strings.ToLower(row.Text), func(r rune) bool { return r < 'a' || r > 'z' }) {
			f := fnv.New32a()
			_, _ = f.Write([]byte(w))
			out[i][f.Sum32()%64]++
		}
	}
	return out, h.err
}

var nouns = strings.Fields("anchor bridge candle desert engine forest garden harbor island jacket kettle ladder magnet needle orange pencil quarry rocket saddle temple")

// data makes a set of functions, each asked for by the words of its names.
func data(n int) *dataset.Dataset {
	ds := &dataset.Dataset{Name: "made", Split: "test"}
	for i := range n {
		a, b := nouns[i%len(nouns)], nouns[(i*7+i/len(nouns)+1)%len(nouns)]
		ds.Docs = append(ds.Docs, dataset.Text{
			ID: fmt.Sprintf("d%03d", i), Language: "python",
			Text: fmt.Sprintf("def make(%s, %s):\n    # remark\n    return %s + %s\n", a, b, a, b),
		})
		ds.Queries = append(ds.Queries, dataset.Text{ID: fmt.Sprintf("q%03d", i), Text: strings.ToUpper(a[:1]) + a[1:] + " with " + b + "?"})
		ds.Judgements = append(ds.Judgements, []dataset.Judgement{{Doc: int32(i), Grade: 1}})
	}
	ds.Docs[0].Language = ""
	ds.Docs[1].Text = "def broken(("
	return ds
}

func systems() []robust.System { return []robust.System{{Name: "base"}, {Name: "other"}} }

func run(t *testing.T, enc evaluation.Encoder, ds *dataset.Dataset, o robust.Options) *robust.Report {
	t.Helper()
	r, err := robust.Run(t.Context(), enc, ds, systems(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRun(t *testing.T) {
	if !chunk.Available() {
		t.Skip("no grammars in this build")
	}
	ds, enc := data(60), &hasher{}
	before := ds.Docs[5].Text
	r := run(t, enc, ds, robust.Options{Pools: []int{5, 20, robust.All, 60, 500}, Seed: 3})
	if want := 2 * 5 * 3; len(r.Cells) != want || r.Queries != 60 || r.Corpus != 60 {
		t.Fatalf("%d cells, want %d: pools that hold everything are no cells", len(r.Cells), want)
	}
	mean := func(system, perturbation, pool string) float64 {
		c := r.Cell(system, perturbation, pool)
		if c == nil {
			t.Fatalf("no cell %s %s %s", system, perturbation, pool)
		}
		return c.Metrics["mrr@10"].Mean
	}
	none := mean("base", "none", "all")
	if got := mean("base", "lower", "all"); got != none { // this encoder does not see it
		t.Errorf("lower: %g, want %g", got, none)
	}
	if got := mean("base", "rename", "all"); got > none-0.3 {
		t.Errorf("without names %g, with %g", got, none)
	}
	if small, large := mean("base", "none", "5"), mean("base", "none", "20"); small < large || large < none {
		t.Errorf("mrr of 5, 20 and 60 documents is %g, %g and %g", small, large, none)
	}
	for i := range r.Cells {
		c := &r.Cells[i]
		v := c.Metrics["mrr@10"]
		if (v.Change == nil) != (c.Perturbation == "none") || (v.VsBase == nil) != (c.System == "base") {
			t.Errorf("%s %s: %+v", c.System, c.Perturbation, v)
		}
		if v.Change != nil && (math.Abs(v.Change.Mean-(v.Mean-mean(c.System, "none", c.Pool))) > 1e-12 || v.Change.Holm < v.Change.P) {
			t.Errorf("%s %s %s: %+v", c.System, c.Perturbation, c.Pool, v.Change)
		}
		if v.VsBase != nil && v.VsBase.Mean != 0 {
			t.Errorf("two equal systems differ: %+v", v.VsBase)
		}
	}
	if got := fmt.Sprint(r.Texts[perturb.Rename]); got != "map[changed:58 no_language:1 not_parsed:1]" {
		t.Errorf("renamed: %s", got)
	}
	if ds.Docs[5].Text != before {
		t.Error("the data set was changed")
	}
	for text, n := range enc.texts {
		if n > 4 { // documents that rename or comments make equal, and two systems
			t.Errorf("%q was encoded %d times", text, n)
		}
	}
	again := run(t, &hasher{}, data(60), robust.Options{Pools: []int{5, 20, robust.All, 60, 500}, Seed: 3})
	x, _ := json.Marshal(r)
	if y, _ := json.Marshal(again); !bytes.Equal(x, y) {
		t.Error("two runs differ")
	}
	other := run(t, &hasher{}, data(60), robust.Options{Pools: []int{5}, Seed: 4, Perturb: []perturb.Kind{}})
	if other.Cell("base", "none", "5").Metrics["mrr@10"] == r.Cell("base", "none", "5").Metrics["mrr@10"] {
		t.Error("the seed draws the same pools")
	}
}

// TestPools: a pool must hold what a query asks for. Where nobody asked for its size, it is left out.
func TestPools(t *testing.T) {
	ds := data(12)
	ds.Judgements[3] = nil
	for d := range int32(12) {
		ds.Judgements[3] = append(ds.Judgements[3], dataset.Judgement{Doc: d, Grade: 1})
	}
	o := robust.Options{Pools: []int{1, 11, robust.All}, Perturb: []perturb.Kind{}}
	if _, err := robust.Run(t.Context(), &hasher{}, ds, systems(), o); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "12 relevant") {
		t.Errorf("a pool of 1 for 12 relevant documents: %v", err)
	}
	r := run(t, &hasher{}, ds, robust.Options{Perturb: []perturb.Kind{}})
	if r.Cell("base", "none", "all") == nil || r.Cell("base", "none", "10") != nil {
		t.Errorf("cells %+v", r.Cells)
	}
	r = run(t, &hasher{}, data(12), o)
	if got := r.Cell("base", "none", "1").Metrics["mrr@10"].Mean; got != 1 {
		t.Errorf("alone, every answer comes first; mrr is %g", got)
	}
	// A pool of all documents but one by lot, and the ranking of all, differ by one document at most.
	if a, b := r.Cell("base", "none", "11").Metrics["ndcg@10"].Mean, r.Cell("base", "none", "all").Metrics["ndcg@10"].Mean; a < b {
		t.Errorf("one document less makes it worse: %g and %g", a, b)
	}
}

func TestErrors(t *testing.T) {
	ds := data(12)
	for name, o := range map[string]robust.Options{
		"kind": {Perturb: []perturb.Kind{"poem"}}, "twice": {Perturb: []perturb.Kind{perturb.Lower, perturb.Lower}},
		"pool": {Pools: []int{-1}}, "pools": {Pools: []int{3, 3}}, "text": {Text: perturb.Options{TypoRate: -1}},
	} {
		if _, err := robust.Run(t.Context(), &hasher{}, ds, systems(), o); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, s := range map[string][]robust.System{"none": nil, "two of a name": {{Name: "a"}, {Name: "a"}}} {
		if _, err := robust.Run(t.Context(), &hasher{}, ds, s, robust.Options{}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	lower := robust.Options{Perturb: []perturb.Kind{perturb.Lower}}
	broken := &hasher{err: fault.New(fault.Unavailable, "no luck")}
	if _, err := robust.Run(t.Context(), broken, ds, systems(), lower); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("the encoder's error: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := robust.Run(ctx, &hasher{}, ds, systems(), lower); fault.CodeOf(err) != fault.Canceled {
		t.Errorf("canceled: %v", err)
	}
}

func TestSaveAndTable(t *testing.T) {
	r := run(t, &hasher{}, data(30), robust.Options{Perturb: []perturb.Kind{perturb.Lower, perturb.Typos}, Pools: []int{5, robust.All}})
	dir := filepath.Join(t.TempDir(), "out")
	for range 2 { // the second time over the first
		if err := robust.Save(dir, r); err != nil {
			t.Fatal(err)
		}
	}
	for name, lines := range map[string]int{robust.PerQueryFile: 2 * 3 * 2 * 30, "texts/lower.jsonl": 30} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || bytes.Count(text, []byte("\n")) != lines {
			t.Errorf("%s has %d lines, want %d (%v)", name, bytes.Count(text, []byte("\n")), lines, err)
		}
	}
	var back robust.Report
	text, err := os.ReadFile(filepath.Join(dir, robust.ReportFile))
	if err != nil || json.Unmarshal(text, &back) != nil || len(back.Cells) != len(r.Cells) {
		t.Errorf("the report: %v", err)
	}
	var b bytes.Buffer
	if err := page.WriteRobust(&b, r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"made (test): 30 queries, 30 documents", "lower: 30 changed (queries)", "MRR@10", "NDCG@10", "other", "AGAINST BASE"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
