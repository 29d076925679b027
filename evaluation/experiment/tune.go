package experiment

// This file finds the settings of ranking that suit data sets best.

import (
	"cmp"
	"context"
	"slices"

	"loradex/adapters"
	"loradex/embed"
	"loradex/evaluation"
	"loradex/internal/config"
	"loradex/internal/fault"
	"loradex/search"
)

// tuneMetrics are the metrics that a tuning shows, and of which one decides.
func tuneMetrics() []string { return []string{"ndcg@10", "mrr@10"} }

// Candidate is a setting and what it achieved.
type Candidate struct {
	Fusion        search.Fusion      `json:"fusion"`
	LexicalWeight float64            `json:"lexical_weight"`
	RRFK          int                `json:"rrf_k,omitempty"` // of the fusion ranks
	Metrics       map[string]float64 `json:"metrics"`         // means over the data sets
	BySet         map[string]float64 `json:"by_set"`          // the deciding metric
}

// Settings are the candidate's, of the section search.
func (c *Candidate) Settings() []config.Setting {
	s := []config.Setting{{Key: "fusion", Value: string(c.Fusion)}, {Key: "lexical_weight", Value: c.LexicalWeight}}
	if c.RRFK > 0 {
		s = append(s, config.Setting{Key: "rrf_k", Value: c.RRFK})
	}
	return s
}

// Tuned is the document of `eval tune --json`.
type Tuned struct {
	Split   string      `json:"split"`
	By      string      `json:"by"`
	Best    Candidate   `json:"best"`
	Tried   []Candidate `json:"tried"` // best first
	Dense   Candidate   `json:"dense"` // for comparison: vectors alone
	Lexical Candidate   `json:"lexical"`
	Sets    []string    `json:"sets"`
	Wrote   string      `json:"wrote,omitempty"` // the file that got the best
	Queries int         `json:"queries"`
}

// candidates is the grid.
func candidates() []Candidate {
	var list []Candidate
	for _, w := range []float64{0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.6} {
		list = append(list, Candidate{Fusion: search.FuseScores, LexicalWeight: w})
	}
	for _, k := range []int{10, 60} {
		for _, w := range []float64{0.25, 0.5, 0.75, 1} {
			list = append(list, Candidate{Fusion: search.FuseRanks, LexicalWeight: w, RRFK: k})
		}
	}
	return list
}

// Tune searches every data set with each way of fusion and a grid of weights. by is the one of [tuneMetrics] that decides; its
// mean is over the sets, each counting the same.
func (l *Lab) Tune(ctx context.Context, data []string, split, by string, mix adapters.Mix) (*Tuned, error) {
	if !slices.Contains(tuneMetrics(), by) {
		return nil, fault.Usagef("ndcg@10 or mrr@10", "--by is %q", by)
	}
	o := evaluation.Options{Metrics: tuneMetrics(), Adapter: mix, Depth: 10, Progress: l.Progress}
	o.Bootstrap.Resamples = 1 // intervals are not shown
	var err error
	if o.DocAdapter, err = l.documentMix(ctx, mix); err != nil {
		return nil, err
	}
	enc, err := l.Engine(ctx, 0)
	if err != nil {
		return nil, err
	}
	if err := l.reuse(ctx, enc, &o); err != nil {
		return nil, err
	}
	doc := &Tuned{Split: split, By: by, Tried: candidates()}
	for _, dir := range data {
		if err := l.tuneOn(ctx, enc, dir, o, doc); err != nil {
			return nil, err
		}
	}
	all := []*Candidate{&doc.Dense, &doc.Lexical}
	for i := range doc.Tried {
		all = append(all, &doc.Tried[i])
	}
	for _, c := range all {
		for name := range c.Metrics {
			c.Metrics[name] /= float64(len(doc.Sets))
		}
	}
	slices.SortStableFunc(doc.Tried, func(x, y Candidate) int { return cmp.Compare(y.Metrics[by], x.Metrics[by]) })
	doc.Best = doc.Tried[0]
	return doc, nil
}

// tuneOn measures all candidates on one data set.
func (l *Lab) tuneOn(ctx context.Context, enc *embed.Encoder, dir string, o evaluation.Options, doc *Tuned) error {
	ds, err := OpenData([]string{dir}, doc.Split, nil, false)
	if err != nil {
		return err
	}
	l.noteMissing(ds)
	if slices.Contains(doc.Sets, ds.Name) {
		return fault.New(fault.Invalid, "two data sets are called %s", ds.Name).WithHint("rename the folder of one")
	}
	x := Index{Coverage: 1, Hits: o.Depth, Depth: UsualDepth}
	set, err := l.fill(ctx, enc, ds, documentsOf(ds), x, o)
	if err != nil {
		return err
	}
	defer set.close()
	measure := func(mode search.Mode, c *Candidate) error {
		x.Mode = mode
		s := l.ranking(ctx, enc)
		s.Fusion, s.LexicalWeight = c.Fusion, c.LexicalWeight
		if c.RRFK > 0 {
			s.RRFK = c.RRFK
		}
		rankings, err := set.rank(ctx, x, s, o.Progress)
		if err != nil {
			return err
		}
		report, _, err := evaluation.RunRankings(ctx, rankings, ds, o)
		if err != nil {
			return err
		}
		if c.Metrics == nil {
			c.Metrics, c.BySet = map[string]float64{}, map[string]float64{}
		}
		for _, name := range tuneMetrics() {
			c.Metrics[name] += report.Metrics[name]
		}
		c.BySet[ds.Name] = report.Metrics[doc.By]
		return nil
	}
	if err := measure(search.Dense, &doc.Dense); err != nil {
		return err
	}
	if err := measure(search.Lexical, &doc.Lexical); err != nil {
		return err
	}
	for i := range doc.Tried {
		if err := measure(search.Hybrid, &doc.Tried[i]); err != nil {
			return err
		}
	}
	doc.Sets = append(doc.Sets, ds.Name)
	doc.Queries += len(ds.Queries)
	return nil
}
