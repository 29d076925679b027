// Command modestable prints the tables of docs/results.md, section "Ranking", from the folders that scripts/results-modes.sh
// leaves:
//
//	go run ./scripts/modestable .results/modes
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"loradex/evaluation"
	"loradex/evaluation/significance"
)

// partial are the shares of vectors of the second table.
var partial = []string{"hybrid-0", "hybrid-0.25", "hybrid-0.5", "hybrid-0.75", "hybrid"}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "give the folder of the results")
		os.Exit(2)
	}
	if err := tables(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func tables(dir string) error {
	sets, err := filepath.Glob(filepath.Join(dir, "*", "hybrid"))
	if err != nil || len(sets) == 0 {
		return fmt.Errorf("no results in %s: %w", dir, os.ErrNotExist)
	}
	for _, metric := range []string{"ndcg@10", "mrr@10"} {
		if err := modes(sets, metric); err != nil {
			return err
		}
	}
	return coverage(sets)
}

// modes prints a metric for vectors, words and both, with what is known of the differences to both.
func modes(sets []string, metric string) error {
	fmt.Printf("| set, %s | queries | vectors | words | both | both − vectors (95 %% interval) | p | both − words (95 %% interval) | p |\n|---|---|---|---|---|---|---|---|---|\n", metric)
	var mean [3]float64
	var ps []float64
	var against []evaluation.MetricComparison
	for _, set := range sets {
		dense, err := compare(set, "dense", "hybrid", metric)
		if err != nil {
			return err
		}
		words, err := compare(set, "lexical", "hybrid", metric)
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %d | %.4f | %.4f | **%.4f** | %s | %.4f | %s | %.4f |\n", name(set), dense.queries, dense.A, words.A, dense.B,
			interval(dense.MetricComparison), dense.P, interval(words.MetricComparison), words.P)
		mean[0] += dense.A / float64(len(sets))
		mean[1] += words.A / float64(len(sets))
		mean[2] += dense.B / float64(len(sets))
		ps, against = append(ps, dense.P), append(against, dense.MetricComparison)
	}
	fmt.Printf("| **mean of the sets** | | %.4f | %.4f | **%.4f** | %+.4f | | %+.4f | |\n\n", mean[0], mean[1], mean[2], mean[2]-mean[0], mean[2]-mean[1])
	adjusted, err := significance.Holm(ps)
	if err != nil {
		return err
	}
	worse := 0
	for i, p := range adjusted {
		if p < 0.05 && against[i].Difference < 0 {
			worse++
		}
	}
	fmt.Printf("Sets on which both are significantly worse than vectors (Holm over the sets): %d.\n\n", worse)
	return nil
}

// coverage prints nDCG@10 by the share of documents that have a vector, and how the worst stands beside words alone.
func coverage(sets []string) error {
	fmt.Print("| set, ndcg@10 | words | 0 % | 25 % | 50 % | 75 % | 100 % | least difference to words (95 % interval) |\n|---|---|---|---|---|---|---|---|\n")
	for _, set := range sets {
		var row string
		var least *comparison
		for _, share := range partial {
			c, err := compare(set, "lexical", share, "ndcg@10")
			if err != nil {
				return err
			}
			if row == "" {
				row = fmt.Sprintf("| %s | %.4f |", name(set), c.A)
			}
			row += fmt.Sprintf(" %.4f |", c.B)
			if least == nil || c.Difference < least.Difference {
				least = c
			}
		}
		fmt.Printf("%s %s |\n", row, interval(least.MetricComparison))
	}
	return nil
}

// comparison is one metric of two evaluations.
type comparison struct {
	evaluation.MetricComparison
	queries int
}

func compare(set, before, after, metric string) (*comparison, error) {
	dir := filepath.Dir(set)
	a, err := evaluation.OpenSaved(filepath.Join(dir, before))
	if err != nil {
		return nil, err
	}
	b, err := evaluation.OpenSaved(filepath.Join(dir, after))
	if err != nil {
		return nil, err
	}
	c, err := evaluation.Compare(a, b, significance.Options{})
	if err != nil {
		return nil, err
	}
	for _, m := range c.Metrics {
		if m.Metric == metric {
			return &comparison{m, c.A.Queries}, nil
		}
	}
	return nil, fmt.Errorf("%s has no %s", dir, metric)
}

func name(set string) string { return filepath.Base(filepath.Dir(set)) }

func interval(m evaluation.MetricComparison) string {
	return fmt.Sprintf("%+.4f (%+.4f to %+.4f)", m.Difference, m.CI95[0], m.CI95[1])
}
