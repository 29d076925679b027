package evaluation_test

import (
	"context"
	"fmt"

	"loradex/evaluation"
	"loradex/internal/dataset"
)

// An evaluation with any encoder; this one counts words.
func ExampleRun() {
	ds, err := dataset.Open("testdata/tiny", "test")
	if err != nil {
		fmt.Println(err)
		return
	}
	report, result, err := evaluation.Run(context.Background(), &wordHasher{}, ds, evaluation.Options{Model: "words"})
	if err != nil {
		fmt.Println(err)
		return
	}
	ci := report.CI95["mrr@10"]
	fmt.Printf("mrr@10 %.3f, 95%% interval %.3f to %.3f\n", report.Metrics["mrr@10"], ci[0], ci[1])
	fmt.Printf("best document for %s: %s\n", ds.Queries[1].ID, ds.Docs[result.Rankings[1].Hits[0].Doc].ID)
	// Output:
	// mrr@10 0.733, 95% interval 0.483 to 0.938
	// best document for q2: read_lines.py
}
