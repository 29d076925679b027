package compare

import (
	"cmp"
	"slices"

	"loradex/evaluation/metrics"
	"loradex/evaluation/repos"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// SummaryOptions set what a summary holds. The zero value has the defaults.
type SummaryOptions struct {
	Title string // The default is "Retrieval report".
	// Reference names the system that the others are compared with. The default is the only one that is the base, dense.
	Reference string
	// Metrics to show, the one that decides first. The default is mrr@10, ndcg@10 and recall@10.
	Metrics []string
	// InDomain gives, for an adapter, a model or the name of a system, the data sets that it was trained for.
	InDomain map[string][]string
	// Examples is how many of the largest losses and of the largest gains of each result are listed. The default is 3;
	// negative lists none.
	Examples int
	// Hits is how many documents an example shows of each system. The default is 3.
	Hits int

	// Data opens a set for the texts of examples; it may return nil where it has none. The default has none.
	Data func(name, split string) (*dataset.Dataset, error)
	// Language tells the language of a set's documents by its name; "" where it is not known. The default knows none.
	Language func(set string) string
	// Efficiency goes into the summary.
	Efficiency []*CostReport
	// Repositories, too: measurements over whole repositories.
	Repositories []*repos.Report
	// Progress, where not nil, is told how many evaluations are done.
	Progress func(done, total int)
}

// Validate reports settings that cannot work.
func (o SummaryOptions) Validate() error {
	if o.Hits < 0 || o.Hits > 100 || o.Examples > 1000 {
		return fault.New(fault.Invalid, "%d hits of %d examples: want up to 100 of up to 1000", o.Hits, o.Examples)
	}
	names := o.withDefaults().Metrics
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return fault.New(fault.Invalid, "metric %s is named twice", name)
		}
	}
	_, err := metrics.ParseAll(names)
	return err
}

func (o SummaryOptions) withDefaults() SummaryOptions {
	o.Title, o.Examples, o.Hits = cmp.Or(o.Title, "Retrieval report"), cmp.Or(o.Examples, 3), cmp.Or(o.Hits, 3)
	if len(o.Metrics) == 0 {
		o.Metrics = []string{"mrr@10", "ndcg@10", "recall@10"}
	}
	if o.Data == nil {
		o.Data = func(string, string) (*dataset.Dataset, error) { return nil, nil }
	}
	if o.Language == nil {
		o.Language = func(string) string { return "" }
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	return o
}
