//go:build cgo && ORT

package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"loradex/embed"
	"loradex/embed/embedtest"
	"loradex/internal/dataset"
)

// tiny is the model of most tests: two blocks of 16 dimensions, with prompts.
const tiny = "bert-sharded"

func openEncoder(t testing.TB, o embed.Options) *embed.Encoder {
	t.Helper()
	if o.Model == "" {
		o.Model = tiny
	}
	o.Model = filepath.Join("..", "model", "testdata", "models", o.Model)
	enc, err := embed.Open(t.Context(), embedtest.Env, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := enc.Close(); err != nil {
			t.Error(err)
		}
	})
	return enc
}

// task makes n pairs of texts that share some words, and documents that answer nothing. Query lengths differ, so that
// batches have padding. Example i's first negative is the next one's positive.
func task(n, more int) *dataset.Dataset {
	words := strings.Fields("def return func the list of if err nil open read close self class a b c d e f g h i j k l m n")
	rng := rand.New(rand.NewPCG(9, uint64(n)))
	text := func(n int) string {
		w := make([]string, n)
		for i := range w {
			w[i] = words[rng.IntN(len(words))]
		}
		return strings.Join(w, " ")
	}
	s := &dataset.Dataset{}
	for i := range n {
		q := text(2 + i%5)
		s.Queries = append(s.Queries, dataset.Text{ID: fmt.Sprintf("q%d", i), Text: q})
		s.Docs = append(s.Docs, dataset.Text{ID: fmt.Sprintf("d%d", i), Text: text(3+i%7) + " " + q[:len(q)/2]})
		s.Judgements = append(s.Judgements, judged(i))
		s.Judgements[i][0].Grade = float64(1+i%5) / 5
		s.Negatives = append(s.Negatives, places((i+1)%n, (i+2)%n))
	}
	for i := range more {
		s.Docs = append(s.Docs, dataset.Text{ID: fmt.Sprintf("more%d", i), Text: text(6)})
	}
	return s
}

// closeness is a score: the mean cosine of queries and their documents, less that of the next documents.
func closeness(set *dataset.Dataset) func(context.Context, Encode) (float64, error) {
	return func(ctx context.Context, encode Encode) (float64, error) {
		q, err := encode(ctx, embed.Query, set.Queries)
		if err != nil {
			return 0, err
		}
		d, err := encode(ctx, embed.Document, set.Docs)
		if err != nil {
			return 0, err
		}
		var sum float64
		for i := range q {
			sum += cosine(q[i], d[i]) - cosine(q[i], d[(i+1)%len(d)])
		}
		return sum / float64(len(q)), nil
	}
}

func cosine(a, b []float32) float64 {
	var sum float64
	for i, x := range a {
		sum += float64(x) * float64(b[i])
	}
	return sum
}

func newTrainer(t testing.TB, enc *embed.Encoder, job Job, o Options) *Trainer {
	t.Helper()
	tr, err := New(t.Context(), enc, job, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	})
	return tr
}

func run(t testing.TB, tr *Trainer) *Result {
	t.Helper()
	r, err := tr.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// steps takes some steps and returns their losses.
func steps(t testing.TB, tr *Trainer, n int) []float64 {
	t.Helper()
	from := len(tr.state.Losses)
	for range n {
		if err := tr.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return tr.state.Losses[from:]
}

// outcome is what two equal runs must have in common.
type outcome struct {
	losses []float64
	scores []score
	best   int
	tokens int
	leaves map[string][]float32
}

func outcomeOf(tr *Trainer, r *Result) outcome {
	return outcome{tr.state.Losses, r.Scores, r.Best, r.Tokens, tr.values()}
}

func (o outcome) mustEqual(t *testing.T, want outcome) {
	t.Helper()
	if !reflect.DeepEqual(o.losses, want.losses) {
		t.Errorf("losses %v, want %v", o.losses, want.losses)
	}
	if !reflect.DeepEqual(o.scores, want.scores) || o.best != want.best {
		t.Errorf("scores %v with best %d, want %v with %d", o.scores, o.best, want.scores, want.best)
	}
	if o.tokens != want.tokens {
		t.Errorf("%d tokens, want %d", o.tokens, want.tokens)
	}
	if !reflect.DeepEqual(o.leaves, want.leaves) {
		t.Error("the leaves differ")
	}
}

// maxDiff is the largest difference of two lists of vectors; infinite where they do not correspond.
func maxDiff(a, b [][]float32) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	var worst float64
	for i := range a {
		if len(a[i]) != len(b[i]) {
			return math.Inf(1)
		}
		for j, x := range a[i] {
			worst = max(worst, math.Abs(float64(x-b[i][j])))
		}
	}
	return worst
}
