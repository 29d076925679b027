package training

// This file sees to it that the dev split can pick a state.

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"loradex/embed"
	"loradex/evaluation"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

const (
	// leastDev is how many queries pick a state by their ranks. With fewer, one query more or less decides: training pairs are held
	// back to fill the split up, at most a fifth of them, and where it stays smaller, the loss picks.
	leastDev = 50
	// leastPairs is how many training pairs there is something to learn from.
	leastPairs = 50
	// saturated is a share of perfect answers that leaves nothing to rank states by.
	saturated = 0.99
	// devLoss names the loss as what a state was picked by.
	devLoss = "loss"
	// devTemperature divides the cosines of the loss, as in training.
	devTemperature = 0.05
)

// fillDev holds training pairs back where the dev split is small, by the document that answers them: what picks the state has no
// document of a training pair for an answer. It says where there is too little.
func (w *work) fillDev() error {
	s := &w.splits
	pairs, had := len(s.train.Queries), len(s.dev.Queries)
	if missing := min(leastDev-had, pairs/5); missing > 0 {
		held, n := heldBack(s.train, missing, w.opts.Train.Seed)
		dev := s.train.Subset(func(q int) bool { return held[q] }, all)
		if had > 0 {
			dev = merged(s.dev, s.train.Subset(func(q int) bool { return held[q] }, none))
		}
		s.dev, s.devIs = dev, fmt.Sprintf("%s and %d training pairs", s.devIs, n)
		s.train = s.train.Subset(func(q int) bool { return !held[q] }, all)
		w.report.DevSplit, w.report.Pairs = s.devIs, len(s.train.Queries)
	}
	w.report.DevQueries = min(len(s.dev.Queries), devQueries)
	if len(s.train.Queries) < 2 {
		return fault.New(fault.Invalid, "%s gives %d pairs: there is too little to learn from", w.data.Name, pairs).
			WithHint("give more data: another folder, or with --repo more kinds of --pairs; at least %d pairs", leastPairs)
	}
	var few []string
	add := func(n, least int, what string) {
		if n < least {
			few = append(few, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(len(s.train.Queries), leastPairs, "training pairs to learn from")
	add(len(s.dev.Queries), leastDev, "queries to pick a state by")
	if !w.opts.Unmeasured {
		add(len(s.test.Queries), leastDev, "queries to judge it by")
	}
	if len(few) > 0 {
		w.report.TooLittle = fmt.Sprintf("There is little to go by: %s; below %d only large differences are more than chance.", strings.Join(few, ", "), leastDev)
		w.tools.Note("%s", w.report.TooLittle)
	}
	return nil
}

// merged adds the queries of another data set, and the documents that they name, to one. Equal ids are one text.
func merged(to, more *dataset.Dataset) *dataset.Dataset {
	out := &dataset.Dataset{
		Name: to.Name, Split: to.Split, Docs: slices.Clone(to.Docs), Queries: slices.Clone(to.Queries), Judgements: slices.Clone(to.Judgements),
	}
	docs, queries := map[string]int32{}, map[string]bool{}
	for i, d := range out.Docs {
		docs[d.ID] = int32(i) //nolint:gosec // bounded by dataset.MaxTexts
	}
	for _, q := range out.Queries {
		queries[q.ID] = true
	}
	for q, text := range more.Queries {
		if queries[text.ID] {
			continue
		}
		judged := slices.Clone(more.Judgements[q])
		for i := range judged {
			d := more.Docs[judged[i].Doc]
			at, ok := docs[d.ID]
			if !ok {
				at = int32(len(out.Docs)) //nolint:gosec // as above
				docs[d.ID], out.Docs = at, append(out.Docs, d)
			}
			judged[i].Doc = at
		}
		out.Queries, out.Judgements = append(out.Queries, text), append(out.Judgements, judged)
	}
	return out
}

// heldBack picks at least count queries, with all others that one of their documents answers.
func heldBack(ds *dataset.Dataset, count int, seed uint64) (held map[int]bool, n int) {
	byDoc := map[int32][]int{}
	for q, judged := range ds.Judgements {
		for _, j := range judged {
			if j.Relevant() {
				byDoc[j.Doc] = append(byDoc[j.Doc], q)
			}
		}
	}
	held = map[int]bool{}
	rng := rand.New(rand.NewPCG(seed, 2)) //nolint:gosec // repeatable on purpose
	for _, q := range rng.Perm(len(ds.Queries)) {
		if len(held) >= count {
			break
		}
		group, grown := []int{q}, map[int]bool{q: true}
		for i := 0; i < len(group) && len(group) <= 2*count; i++ {
			for _, j := range ds.Judgements[group[i]] {
				for _, other := range byDoc[j.Doc] {
					if !grown[other] {
						grown[other] = true
						group = append(group, other)
					}
				}
			}
		}
		if len(held)+len(group) > 2*count { // too many share documents: the next one
			continue
		}
		for _, one := range group {
			held[one] = true
		}
	}
	return held, len(held)
}

// byLoss tells whether ranks cannot tell states apart: there are few queries, or the base answers nearly all of them.
func (w *work) byLoss(ctx context.Context, dev *dataset.Dataset) (bool, error) {
	if len(dev.Queries) < leastDev {
		return true, nil
	}
	queries, err := w.base.of(ctx, embed.Query, dev.Queries)
	if err != nil {
		return false, err
	}
	docs, err := w.base.of(ctx, embed.Document, dev.Docs)
	if err != nil {
		return false, err
	}
	decides := Metrics()[0]
	report, _, err := evaluation.RunVectors(ctx, queries, docs, dev, evaluation.Options{Metrics: []string{decides}})
	if err != nil {
		return false, err
	}
	return report.Metrics[decides] >= saturated, nil
}

// lossOf is the mean cross-entropy of the best answer among all documents.
func lossOf(ds *dataset.Dataset, queries, docs [][]float32) float64 {
	sum := 0.0
	for q, v := range queries {
		logits := make([]float64, len(docs))
		for d := range docs {
			for i, x := range docs[d] {
				logits[d] += float64(x) * float64(v[i]) / devTemperature
			}
		}
		highest, answer := slices.Max(logits), math.Inf(-1)
		for _, j := range ds.Judgements[q] {
			if j.Relevant() {
				answer = max(answer, logits[j.Doc])
			}
		}
		total := 0.0
		for d, l := range logits {
			if rightOf(ds, q, d) && l < answer {
				continue // another answer is no mistake
			}
			total += math.Exp(l - highest)
		}
		sum += highest + math.Log(total) - answer
	}
	return sum / float64(len(queries))
}

func rightOf(ds *dataset.Dataset, query, doc int) bool {
	return slices.ContainsFunc(ds.Judgements[query], func(j dataset.Judgement) bool { return int(j.Doc) == doc && j.Relevant() })
}
