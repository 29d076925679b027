package train

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"loradex/adapters"
	"loradex/internal/dataset"
)

// judged are judgements that these documents answer a query.
func judged(docs ...int) []dataset.Judgement {
	out := make([]dataset.Judgement, len(docs))
	for i, d := range docs {
		out[i] = dataset.Judgement{Doc: int32(d), Grade: 1}
	}
	return out
}

func places(docs ...int) []int32 {
	out := make([]int32, len(docs))
	for i, d := range docs {
		out[i] = int32(d)
	}
	return out
}

func every(int) bool { return true }

// planSet has queries with the given positives, and documents beyond them.
func planSet(documents int, positives ...[]int) *dataset.Dataset {
	s := &dataset.Dataset{Docs: make([]dataset.Text, documents)}
	for i := range s.Docs {
		s.Docs[i] = dataset.Text{ID: fmt.Sprintf("d%d", i), Text: fmt.Sprintf("document %d", i)}
	}
	for i, p := range positives {
		s.Queries = append(s.Queries, dataset.Text{ID: fmt.Sprintf("q%d", i), Text: fmt.Sprintf("query %d", i)})
		s.Judgements = append(s.Judgements, judged(p...))
	}
	return s
}

// oneEach gives every query a document of its own; labels gives it one of a few.
func oneEach(n int) *dataset.Dataset { return labels(n, n) }

func labels(n, kinds int) *dataset.Dataset {
	var positives [][]int
	for i := range n {
		positives = append(positives, []int{i % kinds})
	}
	return planSet(kinds, positives...)
}

// everyEpoch cuts the batches of a plan into epochs of one plan with that many.
func everyEpoch(set *dataset.Dataset, o Options) [][][]pick {
	p := newPlan(set, o)
	var out [][][]pick
	for epoch := range o.Epochs {
		out = append(out, p.epoch(epoch))
	}
	return out
}

func TestPlanKeepsItsPromises(t *testing.T) {
	skewed := labels(200, 40)
	for i := range 120 { // a label that most queries have
		skewed.Judgements[i] = judged(7)
	}
	several := planSet(90)
	for i := range 60 {
		several.Queries = append(several.Queries, dataset.Text{ID: fmt.Sprint(i)})
		several.Judgements = append(several.Judgements, judged(i, i+10, i+30))
	}
	for _, tt := range []struct {
		name  string
		set   *dataset.Dataset
		batch int
		used  float64 // share of the examples that an epoch must take
	}{
		{"a document each", oneEach(100), 8, 0.96},
		{"a document each, even", oneEach(64), 8, 1},
		{"a batch of all", oneEach(10), 32, 1},
		{"two", oneEach(2), 32, 1},
		{"three, batches of two", oneEach(3), 2, 0.66},
		{"labels", labels(2000, 77), 32, 0.97},
		{"fewer labels than a batch", labels(300, 5), 32, 0.9},
		{"two labels", labels(50, 2), 32, 0.5},
		{"labels, large batches", labels(9000, 77), 128, 0.9},
		{"one label for most", skewed, 16, 0.35},
		{"several positives", several, 8, 0.9},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all, o := examplesOf(tt.set), Options{Batch: tt.batch, Epochs: 4, Seed: 3}.withDefaults()
			for epoch, batches := range everyEpoch(tt.set, o) {
				seen := map[int]bool{}
				for _, picks := range batches {
					if len(picks) < 2 || len(picks) > tt.batch {
						t.Fatalf("epoch %d has a batch of %d", epoch, len(picks))
					}
					inBatch := map[int]bool{}
					for _, k := range picks {
						if seen[k.example] {
							t.Fatalf("epoch %d takes example %d twice", epoch, k.example)
						}
						if inBatch[k.positive] {
							t.Fatalf("epoch %d has document %d twice in a batch", epoch, k.positive)
						}
						if !slices.Contains(all[k.example].positives, k.positive) {
							t.Fatalf("document %d does not answer example %d", k.positive, k.example)
						}
						seen[k.example], inBatch[k.positive] = true, true
					}
				}
				if got := float64(len(seen)) / float64(len(tt.set.Queries)); got < tt.used {
					t.Errorf("epoch %d takes %.2f of the examples, want %.2f", epoch, got, tt.used)
				}
			}
		})
	}
}

func TestPlanFollowsTheSeed(t *testing.T) {
	set := oneEach(100)
	for i := range set.Queries {
		set.Negatives = append(set.Negatives, places((i+1)%100, (i+2)%100, (i+3)%100))
	}
	o := Options{Batch: 8, Epochs: 2, Seed: 1, Side: adapters.SideQuery, HardNegatives: 1, ExtraNegatives: 20}.withDefaults()
	a, b := newPlan(set, o), newPlan(set, o)
	if !reflect.DeepEqual(a.batches, b.batches) {
		t.Error("equal seeds make other batches")
	}
	for at := range a.batches {
		if !reflect.DeepEqual(a.candidates(at), b.candidates(at)) {
			t.Errorf("equal seeds give batch %d other documents", at)
		}
	}
	// A batch asked for out of turn is the same: a run that goes on has not seen those before.
	if late := newPlan(set, o).candidates(9); !reflect.DeepEqual(late, a.candidates(9)) {
		t.Error("a batch's documents depend on those before it")
	}
	if reflect.DeepEqual(a.epoch(0), a.epoch(1)) {
		t.Error("two epochs have one order")
	}
	o.Seed = 2
	if reflect.DeepEqual(a.batches, newPlan(set, o).batches) {
		t.Error("another seed makes the same batches")
	}
}

// Every positive has its turn, and an example starts anywhere among them.
// Examples that no batch of the steps taken holds are not counted.
func TestPlanCountsExamples(t *testing.T) {
	crowded := labels(40, 20)
	for i := range 30 { // a document that most queries have: a batch holds one of them
		crowded.Judgements[i] = judged(0)
	}
	for _, tt := range []struct {
		name        string
		set         *dataset.Dataset
		o           Options
		steps, want int
	}{
		{"none taken", oneEach(40), Options{Batch: 8}, 0, 0},
		{"one step", oneEach(40), Options{Batch: 8}, 1, 8},
		{"an epoch", oneEach(40), Options{Batch: 8}, 5, 40},
		{"three epochs", oneEach(40), Options{Batch: 8}, 15, 40},
		{"a rest that makes no batch", oneEach(42), Options{Batch: 8, Epochs: 1}, 5, 40},
		{"accumulated", oneEach(40), Options{Batch: 8, Accumulate: 2, Epochs: 1}, 2, 32},
	} {
		p := newPlan(tt.set, tt.o.withDefaults())
		if got := p.examples(tt.steps); got != tt.want {
			t.Errorf("%s: %d examples, want %d", tt.name, got, tt.want)
		}
	}
	p := newPlan(crowded, Options{Batch: 8, Epochs: 1}.withDefaults())
	if got := p.examples(p.steps()); got == 0 || got >= 40 {
		t.Errorf("%d of 40 examples with one document in most", got)
	}
}

func TestPlanRotatesPositives(t *testing.T) {
	set := planSet(300)
	for i := range 60 {
		set.Queries = append(set.Queries, dataset.Text{ID: fmt.Sprint(i)})
		set.Judgements = append(set.Judgements, judged(5*i, 5*i+1, 5*i+2))
	}
	o := Options{Batch: 6, Epochs: 3}.withDefaults()
	turns := map[int][]int{}
	for _, batches := range everyEpoch(set, o) {
		for _, picks := range batches {
			for _, k := range picks {
				turns[k.example] = append(turns[k.example], k.positive%5)
			}
		}
	}
	starts := map[int]int{}
	for i, list := range turns {
		starts[list[0]]++
		slices.Sort(list)
		if !slices.Equal(list, []int{0, 1, 2}) {
			t.Errorf("three epochs take positives %v of example %d", list, i)
		}
	}
	if len(starts) != 3 {
		t.Errorf("examples start at %v", starts)
	}
	// A score is that of the first positive: there is nothing to take turns with.
	o.Loss.Kind = "cosine"
	for _, batches := range everyEpoch(set, o) {
		for _, picks := range batches {
			for _, k := range picks {
				if k.positive != examplesOf(set)[k.example].positives[0] {
					t.Fatalf("example %d is scored with document %d", k.example, k.positive)
				}
			}
		}
	}
}

func TestPlanSteps(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  *dataset.Dataset
		o    Options
		want int
	}{
		{"all epochs", oneEach(64), Options{Batch: 8, Epochs: 3}, 24},
		{"a bound", oneEach(64), Options{Batch: 8, Epochs: 3, Steps: 10}, 10},
		{"a bound that is not reached", oneEach(64), Options{Batch: 8, Epochs: 3, Steps: 100}, 24},
		{"accumulation", oneEach(64), Options{Batch: 8, Epochs: 1, Accumulate: 3}, 2},
		{"accumulation over epochs", oneEach(64), Options{Batch: 8, Epochs: 3, Accumulate: 3}, 8},
		{"accumulation with a bound", oneEach(64), Options{Batch: 8, Epochs: 3, Accumulate: 4, Steps: 2}, 2},
		{"one document for all", labels(50, 1), Options{Batch: 8, Epochs: 3}, 0},
		{"a bound ends the planning", oneEach(64), Options{Batch: 8, Epochs: 1 << 20, Steps: 3}, 3},
	} {
		p := newPlan(tt.set, tt.o.withDefaults())
		if p.steps() != tt.want {
			t.Errorf("%s: %d steps, want %d", tt.name, p.steps(), tt.want)
		}
		if limit := tt.o.Steps * max(1, tt.o.Accumulate); limit > 0 && len(p.batches) > limit {
			t.Errorf("%s: %d batches, more than %d", tt.name, len(p.batches), limit)
		}
	}
}

// A document that answers a query must not count as its negative, whoever brought it into the batch.
func TestRelateExcludesOtherPositives(t *testing.T) {
	set := planSet(6, []int{0, 1}, []int{1, 2}, []int{3, 5}, []int{4})
	p := newPlan(set, Options{Batch: 4}.withDefaults())
	picks := []pick{{0, 0}, {1, 1}, {2, 3}, {2, 5}}
	docs := []int{0, 1, 3, 5, 2, 4}
	want := []string{
		"_x____", // document 1 answers query 0, too
		"____x_",
		"___x__", // document 5 answers query 2, too, which is in the batch twice
		"__x___",
	}
	r := p.relate(picks, docs)
	if r.queries != 4 || r.documents != 6 {
		t.Fatalf("%d queries, %d documents", r.queries, r.documents)
	}
	for i, row := range want {
		for j, c := range row {
			if r.exclude[i*6+j] != (c == 'x') {
				t.Errorf("query %d, document at %d: excluded is %v", i, j, r.exclude[i*6+j])
			}
		}
	}
	both := []int{0, 1, 3, 5, 0} // the own positive once more
	if r := p.relate(picks, both); r.exclude[0] || !r.exclude[4] {
		t.Errorf("a second copy of the positive counts as a negative: %v", r.exclude)
	}
}

func TestCandidatesOfTheQuerySide(t *testing.T) {
	set := oneEach(400)
	for i := range set.Queries {
		set.Judgements[i] = append(set.Judgements[i], judged((i+200)%400)...)
		set.Negatives = append(set.Negatives, places((i+1)%400, (i+2)%400))
	}
	o := Options{Batch: 10, Epochs: 2, Side: adapters.SideQuery, HardNegatives: 1, ExtraNegatives: 100}.withDefaults()
	p := newPlan(set, o)
	extras := map[string]bool{}
	for at, picks := range p.batches {
		docs := p.candidates(at)
		for i, k := range picks {
			if docs[i] != k.positive {
				t.Fatalf("batch %d: document %d is at the place of positive %d", at, docs[i], k.positive)
			}
		}
		sorted := slices.Sorted(slices.Values(docs))
		if len(slices.Compact(sorted)) != len(docs) {
			t.Errorf("batch %d has a document twice", at)
		}
		if len(docs) < 10+100 || len(docs) > 10+10+100 {
			t.Errorf("batch %d has %d documents", at, len(docs))
		}
		r := p.relate(picks, docs)
		for i, k := range picks {
			for j, d := range docs {
				if answers := slices.Contains(p.all[k.example].positives, d); r.exclude[i*len(docs)+j] != (answers && j != i) {
					t.Fatalf("batch %d: document %d is counted wrongly for example %d", at, d, k.example)
				}
			}
		}
		extras[fmt.Sprint(docs[len(docs)-100:])] = true
	}
	if len(extras) != len(p.batches) {
		t.Errorf("%d batches have %d sets of random documents", len(p.batches), len(extras))
	}
	for _, tt := range []struct {
		name        string
		extra, want int
	}{{"none", -1, 10}, {"as many as there are", 5000, 400}, {"a few", 7, 17}} {
		o.ExtraNegatives, o.HardNegatives = tt.extra, 0
		got := len(newPlan(set, o).candidates(0))
		if got > tt.want || got < tt.want*95/100 { // the last few are hard to draw
			t.Errorf("%s: %d documents, want %d", tt.name, got, tt.want)
		}
	}
	o.Side, o.ExtraNegatives = adapters.SideBoth, 100
	if got := len(newPlan(set, o).candidates(0)); got != 10 {
		t.Errorf("with both sides there are %d documents, want 10: each would be encoded", got)
	}
}
