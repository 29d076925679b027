package training

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"loradex/embed/train"
	"loradex/internal/dataset"
)

// values are those of a metric: n queries at the value, of which the first moved ones differ by it.
func values(n, moved int, value, by float64) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = value
		if i < moved {
			v[i] += by
		}
	}
	return v
}

// TestVerdict: each main metric counts, corrected for all; what speaks against another is mixed.
func TestVerdict(t *testing.T) {
	for _, tt := range []struct {
		name             string
		mrr, ndcg, found [2]int // queries that rise, and those that fall
		want             verdict
	}{
		{"nothing moves", [2]int{}, [2]int{}, [2]int{}, noChange},
		{"all rise", [2]int{40, 0}, [2]int{40, 0}, [2]int{40, 0}, Better},
		{"MRR stays, the others rise", [2]int{10, 10}, [2]int{40, 2}, [2]int{40, 2}, Better},
		{"recall alone falls", [2]int{10, 10}, [2]int{10, 10}, [2]int{0, 40}, Worse},
		{"one up, one down", [2]int{40, 0}, [2]int{10, 10}, [2]int{0, 40}, Mixed},
		{"beyond chance before the correction", [2]int{13, 4}, [2]int{8, 8}, [2]int{8, 8}, noChange},
	} {
		after := map[string][]float64{}
		for metric, moved := range map[string][2]int{"mrr@10": tt.mrr, "ndcg@10": tt.ndcg, "recall@10": tt.found} {
			v := values(200, moved[0], 0.5, 0.5)
			for i := range moved[1] {
				v[199-i] = 0
			}
			after[metric] = v
		}
		list, err := differences(func(string) []float64 { return values(200, 0, 0.5, 0) }, func(metric string) []float64 { return after[metric] })
		if err != nil {
			t.Fatal(err)
		}
		if got := verdictOf(list); got != tt.want || len(list) != 3 {
			t.Errorf("%s: %s, want %s (%+v)", tt.name, got, tt.want, list)
		}
		for _, d := range list {
			if d.Holm < d.P {
				t.Errorf("%s: %s is not corrected: %g of %g", tt.name, d.Metric, d.Holm, d.P)
			}
		}
	}
}

// TestFillDev: a small dev split gets training pairs, no document of which is trained on as an answer; too little is said.
func TestFillDev(t *testing.T) {
	for _, tt := range []struct {
		name       string
		source     source
		train, dev int
		devIs      string
		tooLittle  bool
	}{
		{"enough", source{dataset.Train: 300, dataset.Dev: 50, dataset.Test: 60}, 300, 50, "dev", false},
		{"five dev queries", source{dataset.Train: 300, dataset.Dev: 5, dataset.Test: 60}, 255, 50, "dev and 45 training pairs", false},
		{"few pairs", source{dataset.Train: 100, dataset.Dev: 5, dataset.Test: 60}, 80, 25, "dev and 20 training pairs", true},
		{"few test queries", source{dataset.Train: 300, dataset.Dev: 50, dataset.Test: 9}, 300, 50, "dev", true},
		{"no dev", source{dataset.Train: 400, dataset.Test: 60}, 350, 50, "a tenth of train and 10 training pairs", false},
	} {
		s, err := Data{Source: tt.source}.read(t.Context(), 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		notes := 0
		w := &work{splits: s, report: &Report{}, tools: Tools{Note: func(string, ...any) { notes++ }}}
		if err := w.fillDev(); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if got := w.splits; len(got.train.Queries) != tt.train || len(got.dev.Queries) != tt.dev || got.devIs != tt.devIs || len(got.test.Queries) == 0 {
			t.Errorf("%s: %d, %d and %d queries, dev is %s", tt.name, len(got.train.Queries), len(got.dev.Queries), len(got.test.Queries), got.devIs)
		}
		if w.report.TooLittle != "" != tt.tooLittle || notes > 0 != tt.tooLittle || w.report.DevQueries != tt.dev {
			t.Errorf("%s: %q, %d queries", tt.name, w.report.TooLittle, w.report.DevQueries)
		}
		if err := w.splits.dev.Validate(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		answers := map[string]bool{}
		for q := range w.splits.train.Queries {
			answers[w.splits.train.Answer(q).ID] = true
		}
		for q := range w.splits.dev.Queries {
			if a := w.splits.dev.Answer(q); answers[a.ID] || a.ID != w.splits.dev.Queries[q].ID {
				t.Errorf("%s: %s is answered by %s, which is trained on: %v", tt.name, w.splits.dev.Queries[q].ID, a.ID, answers[a.ID])
			}
		}
	}
}

// TestHeldBackTogether: queries that share an answer are held back together, and where all share one, none is.
func TestHeldBackTogether(t *testing.T) {
	ds := &dataset.Dataset{Docs: make([]dataset.Text, 50)}
	for q := range 100 {
		ds.Queries = append(ds.Queries, dataset.Text{})
		ds.Judgements = append(ds.Judgements, []dataset.Judgement{{Doc: int32(q / 2), Grade: 1}})
	}
	held, n := heldBack(ds, 11, 1)
	if n != 12 || len(held) != 12 {
		t.Errorf("%d are held back", n)
	}
	for q := range held {
		if !held[q^1] {
			t.Errorf("query %d is held back without the other of its document", q)
		}
	}
	for q := range ds.Judgements {
		ds.Judgements[q][0].Doc = 0
	}
	if _, n := heldBack(ds, 11, 1); n != 0 {
		t.Errorf("%d of one document are held back", n)
	}
}

// TestLoss: the loss tells states apart whose ranks are the same, and another answer is no mistake.
func TestLoss(t *testing.T) {
	ds := &dataset.Dataset{
		Docs: make([]dataset.Text, 3), Queries: make([]dataset.Text, 1), Judgements: [][]dataset.Judgement{{{Doc: 0, Grade: 1}, {Doc: 1, Grade: 1}}},
	}
	docs := [][]float32{{1, 0}, {0.9, 0.1}, {0, 1}}
	near, sure := lossOf(ds, [][]float32{{0.75, 0.7}}, docs), lossOf(ds, [][]float32{{1, 0}}, docs)
	if !(sure < near) || sure < 0 || sure > 1e-6 {
		t.Errorf("sure %g, near %g", sure, near)
	}
	if want := math.Log1p(math.Exp((0.7 - 0.75) / 0.05)); math.Abs(near-want) > 1e-6 {
		t.Errorf("the loss is %g, want %g", near, want)
	}
}

// TestSteps: what is seen of a step are its number, its loss and the best score, by the progress alone.
func TestSteps(t *testing.T) {
	var shown []string
	w := &work{report: &Report{DevMetric: devLoss}, tools: Tools{
		Note: func(format string, _ ...any) { t.Errorf("noted: %s", format) },
		Progress: func(what string, done, total int, text string) {
			shown = append(shown, fmt.Sprintf("%s %d/%d %s", what, done, total, text))
		},
	}.withDefaults()}
	step := w.steps()
	step(train.Progress{Step: 1, Steps: 80, Loss: 1.5, Rate: 1e-3, Tokens: 100, Seconds: 0.5, Best: math.NaN(), Score: math.NaN()})
	step(train.Progress{Step: 2, Steps: 80, Loss: 1.25, Rate: 1e-3, Tokens: 300, Seconds: 0.5, Best: -0.75, Score: -0.9})
	want := []string{"train 1/80 loss 1.500  lr 1.0e-03  200 tokens/s", "train 2/80 loss 1.250  lr 1.0e-03  400 tokens/s  best dev loss 0.7500"}
	if !slices.Equal(shown, want) {
		t.Errorf("shown: %q", shown)
	}
}
