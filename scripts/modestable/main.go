// Command modestable prints the tables of docs/results.md, section "Ranking", from the folders that scripts/results-modes.sh
// leaves:
//
//	go run ./scripts/modestable .results/modes
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
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
	worse := 0
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
			interval(dense), dense.P, interval(words), words.P)
		mean[0] += dense.A / float64(len(sets))
		mean[1] += words.A / float64(len(sets))
		mean[2] += dense.B / float64(len(sets))
		if dense.P < 0.05 && dense.Difference < 0 {
			worse++
		}
	}
	fmt.Printf("| **mean of the sets** | | %.4f | %.4f | **%.4f** | %+.4f | | %+.4f | |\n\n", mean[0], mean[1], mean[2], mean[2]-mean[0], mean[2]-mean[1])
	fmt.Printf("Sets on which both are significantly worse than vectors (p < 0.05, not corrected): %d.\n\n", worse)
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
		fmt.Printf("%s %s |\n", row, interval(least))
	}
	return nil
}

// comparison is one metric of two evaluations.
type comparison struct {
	Metric           string
	A, B, Difference float64
	CI95             [2]float64
	P                float64
	queries          int
}

// compare reads a metric of `eval compare --json`.
func compare(set, before, after, metric string) (*comparison, error) {
	path := filepath.Join(filepath.Dir(set), after+"-against-"+before+".json")
	text, err := os.ReadFile(path) //nolint:gosec // below the folder that the user names
	if err != nil {
		return nil, err
	}
	var doc struct {
		A struct{ Queries int }
		// Named as in the document.
		Metrics []comparison
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, m := range doc.Metrics {
		if m.Metric == metric {
			m.queries = doc.A.Queries
			return &m, nil
		}
	}
	return nil, fmt.Errorf("%s has no %s", path, metric)
}

func name(set string) string { return filepath.Base(filepath.Dir(set)) }

func interval(m *comparison) string {
	return fmt.Sprintf("%+.4f (%+.4f to %+.4f)", m.Difference, m.CI95[0], m.CI95[1])
}
