package main

// This file shows what came of a training.

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"loradex/evaluation/page"
	"loradex/evaluation/training"
	"loradex/indexer/mine"
	"loradex/internal/dataset"
)

// showMined tells what was found in a repository; beside --json nobody.
func showMined(a *app) func(r *mine.Report) {
	if a.json {
		return nil
	}
	return func(r *mine.Report) {
		var kinds []string
		for k, n := range r.Kinds {
			kinds = append(kinds, fmt.Sprintf("%s %s", thousands(n), k))
		}
		slices.Sort(kinds)
		a.Note("mined %s pairs from %s files: %s", thousands(r.Pairs), thousands(r.Files), strings.Join(kinds, ", "))
		for _, s := range []dataset.Split{dataset.Train, dataset.Dev, dataset.Test} {
			if d, ok := r.Splits[s]; ok {
				a.Note("  %-5s  %s queries over %s documents of %s files", s, thousands(d.Queries), thousands(d.Documents), thousands(d.Files))
			}
		}
	}
}

func (p *printer) showTrained(r *training.Report) {
	t := r.Training
	p.printf("%s: %s pairs of %s, %d of %d steps, loss %.3f to %.3f; %.0f s in all, %.0f s of them steps\n", r.Adapter, thousands(r.Pairs), r.Data,
		t.Steps, t.Planned, t.FirstLoss, t.LastLoss, r.Seconds, t.Seconds)
	p.printf("  %s numbers trained, %.2f %% of the encoder's; kept the state after step %d\n", thousands(t.Params), 100*t.Share, t.Best)
	if t.Examples < r.Pairs {
		p.printf("  %s of the pairs were in a batch of these steps\n", thousands(t.Examples))
	}
	if t.LossScale > 0 {
		p.printf("  half precision: %s steps skipped for an overflow, loss scale %s at the end\n", thousands(t.Skipped), thousands(int(t.LossScale)))
	}
	if len(t.Scores) > 0 {
		var curve []string
		for _, s := range t.Scores {
			curve = append(curve, fmt.Sprintf("%.4f", math.Abs(s.Value)))
		}
		what := "MRR@10"
		if r.DevMetric == "loss" {
			what = "loss"
		}
		p.printf("  %s on %s while training: %s\n", what, r.DevSplit, strings.Join(curve, " "))
	}
	if r.Difference != nil {
		table := page.Table{Head: []string{"", "BEFORE", "AFTER"}}
		for _, m := range []string{"mrr@10", "ndcg@10", "recall@10"} {
			table.Add(m, fmt.Sprintf("%.4f", r.Before.Metrics[m]), fmt.Sprintf("%.4f", r.After.Metrics[m]))
		}
		p.printf("\n%s split: %s queries over %s documents\n", r.TestSplit, thousands(r.Before.Queries), thousands(r.Before.Corpus))
		p.printf("%s", table.Text())
		for i := range r.Differences {
			d := &r.Differences[i]
			p.printf("%s %+.4f (95 %% interval %+.4f to %+.4f, p %.4f of three), %d queries won, %d lost\n", d.Metric, d.Mean, d.CI95[0], d.CI95[1],
				d.Holm, d.Wins, d.Losses)
		}
	}
	p.printf("%s\n", r.Sentence())
	if r.Where != "" {
		p.printf("saved %s\n", r.Where)
	}
}
