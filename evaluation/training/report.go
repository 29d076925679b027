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
	Difference *difference        `json:"difference,omitempty"`
	Verdict    verdict            `json:"verdict"`
	PeakBytes  int64              `json:"peak_bytes"`
	Seconds    float64            `json:"seconds"`
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
	noChange    verdict = "no difference that is beyond chance"
	NotMeasured verdict = "not measured"
)

func (d *difference) verdict() verdict {
	switch {
	case d.CI95[0] > 0 && d.Significant():
		return Better
	case d.CI95[1] < 0 && d.Significant():
		return Worse
	}
	return noChange
}
