package page

import (
	"fmt"
	"io"
	"strconv"

	"loradex/evaluation/compare"
)

// WriteEfficiency writes what systems cost and bring for a terminal.
func WriteEfficiency(w io.Writer, e *compare.CostReport) error {
	var s sheet
	s.say("%s (%s): %d queries, %d documents\n%s on %s, %d threads\n", e.Dataset, e.Split, e.Queries, e.Corpus, e.Machine, e.Device, e.Threads)
	for i, t := range costTables([]*compare.CostReport{e}) {
		t.Title, t.Note = []string{"", "TRAINING OF"}[i], ""
		s.table(t)
	}
	return s.writeTo(w)
}

// costTables show what systems cost, a table of running and one of training for each measurement that there is.
func costTables(all []*compare.CostReport) []Table {
	var out []Table
	for _, e := range all {
		name := label(e.Dataset, e.Split)
		running := Table{
			Title: "Efficiency: " + name,
			Note: fmt.Sprintf("%d queries over %d documents; %s, %s, %d threads. Queries are encoded one at a time, documents in batches, all systems in turns. "+
				"The columns are those of Mundra et al. 2023, arXiv:2305.07491.", e.Queries, e.Corpus, e.Machine, e.Device, e.Threads),
			Head: []string{"system", "kind", "MRR@10 (95 % interval)", "difference to base (95 % interval)", "p corrected", "query p50 ms", "query p95 ms", "documents tokens/s", "on disk"},
		}
		training := Table{
			Title: "Training: " + name,
			Note:  "What making each of them took, as its card says.",
			Head:  []string{"system", "method", "recipe", "trained parameters", "share", "steps", "pairs", "seconds", "tokens/s", "peak memory"},
		}
		for i := range e.Systems {
			x := &e.Systems[i]
			difference, corrected := differenceCells(x.Difference)
			running.Add(
				x.Name, string(x.Kind), meanText(x.MRR, x.CI95), difference, corrected,
				fmt.Sprintf("%.2f", x.Latency.P50), fmt.Sprintf("%.2f", x.Latency.P95), fmt.Sprintf("%.0f", x.TokensPerS), megabytes(x.Bytes),
			)
			if t := x.Training; t != nil {
				training.Add(
					x.Name, t.Method, t.Recipe, strconv.FormatInt(t.Trainable, 10), fmt.Sprintf("%.2f %%", 100*t.Share()), strconv.Itoa(t.Steps), strconv.Itoa(t.Pairs),
					fmt.Sprintf("%.1f", t.Seconds), fmt.Sprintf("%.0f", t.TokensPerS), megabytes(t.PeakBytes),
				)
			}
		}
		out = append(out, running, training)
	}
	return out
}

func megabytes(n int64) string { return fmt.Sprintf("%.2f MB", float64(n)/1e6) }
