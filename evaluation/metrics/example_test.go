package metrics_test

import (
	"fmt"

	"loradex/evaluation/metrics"
)

// A ranking whose second and fourth documents are relevant, of three that are.
func ExampleParse() {
	q := metrics.Query{Ranked: []float64{0, 1, metrics.Unjudged, 1}, Relevant: []float64{1, 1, 1}}
	for _, name := range []string{"mrr@10", "recall@10", "ndcg@10", "map"} {
		m, err := metrics.Parse(name)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%-9s %.4f\n", name, m.Compute(q))
	}
	// Output:
	// mrr@10    0.5000
	// recall@10 0.6667
	// ndcg@10   0.4982
	// map       0.3333
}
