package page

import (
	"fmt"
	"strconv"

	"loradex/evaluation/summary"
)

// costTables show what systems cost, a table of running and one of training for each measurement that there is.
func costTables(s *summary.Summary) []cells {
	var out []cells
	for _, e := range s.Efficiency {
		name := e.Dataset
		if e.Split != "test" {
			name += " (" + e.Split + ")"
		}
		running := cells{
			Title: "Efficiency: " + name,
			Note: fmt.Sprintf("%d queries over %d documents; %s, %s, %d threads. Queries are encoded one at a time, documents in batches, all systems in turns. "+
				"The columns are those of Mundra et al. 2023, arXiv:2305.07491.", e.Queries, e.Corpus, e.Machine, e.Device, e.Threads),
			Head: []string{"system", "kind", "MRR@10 (95 % interval)", "difference to base", "query p50 ms", "query p95 ms", "documents tokens/s", "on disk"},
		}
		training := cells{
			Title: "Training: " + name,
			Note:  "What making each of them took, as its card says.",
			Head:  []string{"system", "method", "recipe", "trained parameters", "share", "steps", "pairs", "seconds", "tokens/s", "peak memory"},
		}
		for i := range e.Systems {
			x := &e.Systems[i]
			row := []string{
				x.Name, string(x.Kind), fmt.Sprintf("%.4f (%.4f to %.4f)", x.MRR, x.CI95[0], x.CI95[1]), "",
				fmt.Sprintf("%.2f", x.Latency.P50), fmt.Sprintf("%.2f", x.Latency.P95), fmt.Sprintf("%.0f", x.TokensPerS), megabytes(x.Bytes),
			}
			if d := x.Difference; d != nil {
				row[3] = fmt.Sprintf("%+.4f (%+.4f to %+.4f)", d.Mean, d.CI95[0], d.CI95[1])
			}
			running.Rows = append(running.Rows, row)
			if t := x.Training; t != nil {
				training.Rows = append(training.Rows, []string{
					x.Name, t.Method, t.Recipe, strconv.FormatInt(t.Trainable, 10), fmt.Sprintf("%.2f %%", 100*t.Share()), strconv.Itoa(t.Steps), strconv.Itoa(t.Pairs),
					fmt.Sprintf("%.1f", t.Seconds), fmt.Sprintf("%.0f", t.TokensPerS), megabytes(t.PeakBytes),
				})
			}
		}
		out = append(out, running, training)
	}
	return out
}

func megabytes(n int64) string { return fmt.Sprintf("%.2f MB", float64(n)/1e6) }
