package training

import (
	"loradex/adapters"
	"loradex/embed/train"
	"loradex/evaluation"
	"loradex/evaluation/compare"
)

// Report is what came of a training. Its JSON is the document of `train --json`.
type Report struct {
	Adapter    string             `json:"adapter"`
	Where      string             `json:"where"` // folder
	Data       string             `json:"data"`
	Language   string             `json:"language,omitempty"`
	Recipe     string             `json:"recipe"`
	Method     string             `json:"method"`
	Side       adapters.Side      `json:"side"`
	Pairs      int                `json:"pairs"`
	DevSplit   string             `json:"dev_split"`
	TestSplit  string             `json:"test_split"`
	Options    train.Options      `json:"options"`
	Training   *train.Result      `json:"training"`
	Before     *evaluation.Report `json:"before,omitempty"`
	After      *evaluation.Report `json:"after,omitempty"`
	Difference *difference        `json:"difference,omitempty"` // in the first metric
	// Differences are those in the main metrics, p corrected over them by Holm: the verdict weighs all.
	Differences []difference `json:"differences,omitempty"`
	// DevQueries is how many queries picked the state, and DevMetric by what: mrr@10, or loss where the split cannot tell states apart.
	DevQueries int    `json:"dev_queries"`
	DevMetric  string `json:"dev_metric,omitempty"`
	// TooLittle says, where it is so, that there is too little to learn from, to pick a state by, or to judge by.
	TooLittle string  `json:"too_little,omitempty"`
	Verdict   verdict `json:"verdict"`
	PeakBytes int64   `json:"peak_bytes"`
	Seconds   float64 `json:"seconds"`
}

// difference is what the result changes in the first metric, query by query.
type difference struct {
	Metric string `json:"metric"`
	compare.Difference
}

// verdict says plainly what the figures mean.
type verdict string

// The verdicts.
const (
	Better      verdict = "better"
	Worse       verdict = "worse"
	Mixed       verdict = "better by some metrics and worse by others"
	noChange    verdict = "no difference that is beyond chance"
	NotMeasured verdict = "not measured"
)

// main are the metrics that the verdict weighs.
func mainMetrics() []string { return []string{Metrics()[0], "ndcg@10", "recall@10"} }

// differences compares the values of two measurements in the main metrics.
func differences(before, after func(metric string) []float64) ([]difference, error) {
	family := compare.Families[string]{}
	list := make([]difference, len(mainMetrics()))
	for i, metric := range mainMetrics() {
		d, err := compare.Paired(before(metric), after(metric))
		if err != nil {
			return nil, err
		}
		list[i] = difference{metric, *d}
		family.Add("main", &list[i].Difference)
	}
	return list, family.Correct()
}

// verdictOf weighs the differences: what is beyond chance in one metric, after the correction for all of them, counts.
func verdictOf(list []difference) verdict {
	up, down := false, false
	for i := range list {
		d := &list[i]
		up = up || d.Mean > 0 && d.Significant()
		down = down || d.Mean < 0 && d.Significant()
	}
	switch {
	case up && down:
		return Mixed
	case up:
		return Better
	case down:
		return Worse
	}
	return noChange
}
