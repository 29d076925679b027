package experiment

// This file fits the probabilities of hits to data sets, and measures them on others.

import (
	"context"
	"maps"
	"slices"
	"sync"

	"loradex/adapters"
	"loradex/embed"
	"loradex/evaluation"
	"loradex/evaluation/calibration"
	"loradex/internal/fault"
	"loradex/search"
)

// Probabilities say what is fitted.
type Probabilities struct {
	Fit, Check []string // folders of data sets; each counts the same
	Split      string
	Mode       search.Mode
	Mix        adapters.Mix
	MaxTokens  int
}

// Fitted is the document of `eval probability --json`.
type Fitted struct {
	search.Fit
	On      CalibratedSets  `json:"fitted_on"`
	Checked *CalibratedSets `json:"checked_on,omitempty"` // sets that nothing was fitted to
	Wrote   string          `json:"wrote,omitempty"`
}

// CalibratedSets is how good probabilities are on some sets.
type CalibratedSets struct {
	All   calibration.Quality            `json:"all"` // each set counting the same
	BySet map[string]calibration.Quality `json:"by_set"`
}

// probableHits is how many hits of a query are fitted to and measured: what a page of an answer has.
const probableHits = 10

// Probability fits odds to the first ten hits of each query of some sets, as search finds them with the settings in force, and
// measures them on those and on others.
func (l *Lab) Probability(ctx context.Context, p Probabilities) (*Fitted, error) {
	o := evaluation.Options{Metrics: tuneMetrics(), Adapter: p.Mix, Depth: probableHits, Progress: l.Progress}
	var enc *embed.Encoder
	if p.Mode != search.Lexical {
		var err error
		if o.DocAdapter, err = l.documentMix(ctx, p.Mix); err != nil {
			return nil, err
		}
		if enc, err = l.Engine(ctx, p.MaxTokens); err != nil {
			return nil, err
		}
		if err := l.reuse(ctx, enc, &o); err != nil {
			return nil, err
		}
	}
	doc := &Fitted{}
	known := map[string]bool{}
	sets := func(folders []string) (map[string][]calibration.Sample, error) {
		out := map[string][]calibration.Sample{}
		for _, dir := range folders {
			name, samples, err := l.samples(ctx, enc, dir, p, o, &doc.Fitting)
			if err != nil {
				return nil, err
			}
			if known[name] {
				return nil, fault.New(fault.Invalid, "two data sets are called %s", name).WithHint("rename the folder of one")
			}
			known[name], out[name] = true, samples
		}
		return out, nil
	}
	fit, err := sets(p.Fit)
	if err != nil {
		return nil, err
	}
	if doc.Odds, err = calibration.Fit(joined(fit)); err != nil {
		return nil, err
	}
	doc.On = measured(fit, doc.Odds)
	if len(p.Check) > 0 {
		check, err := sets(p.Check)
		if err != nil {
			return nil, err
		}
		on := measured(check, doc.Odds)
		doc.Checked = &on
	}
	return doc, nil
}

func joined(sets map[string][]calibration.Sample) (all []calibration.Sample) {
	for _, name := range slices.Sorted(maps.Keys(sets)) {
		all = append(all, sets[name]...)
	}
	return all
}

func measured(sets map[string][]calibration.Sample, odds search.Odds) CalibratedSets {
	out := CalibratedSets{All: calibration.Measure(joined(sets), odds), BySet: map[string]calibration.Quality{}}
	for name, samples := range sets {
		out.BySet[name] = calibration.Measure(samples, odds)
	}
	return out
}

// samples are the hits of a set's queries, which weigh 1 together. what is told what odds fitted to them hold for.
func (l *Lab) samples(ctx context.Context, enc *embed.Encoder, dir string, p Probabilities, o evaluation.Options, what *search.Fitting) (string, []calibration.Sample, error) {
	ds, err := OpenData([]string{dir}, p.Split, nil, false)
	if err != nil {
		return "", nil, err
	}
	l.noteMissing(ds)
	x := Index{Mode: p.Mode, Coverage: 1, Hits: probableHits} // as deep as search is where nobody says otherwise
	set, err := l.fill(ctx, enc, ds, documentsOf(ds), x, o)
	if err != nil {
		return "", nil, err
	}
	defer set.close()
	right := make([]map[int32]bool, len(ds.Queries))
	for i, judged := range ds.Judgements {
		right[i] = map[int32]bool{}
		for _, j := range judged {
			right[i][j.Doc] = j.Relevant()
		}
	}
	byQuery := make([][]calibration.Sample, len(ds.Queries)) // sums depend on the order in the last digits
	var mu sync.Mutex                                        // guards unlike and what
	var unlike error
	err = set.ask(ctx, x, l.ranking(ctx, enc), o.Progress, func(query int, answer *search.Response, docs [][]int32) {
		mu.Lock()
		defer mu.Unlock()
		*what = answer.Fitting()
		for i := range answer.Hits {
			s := answer.Hits[i].Signs()
			if s == nil {
				unlike = fault.New(fault.Internal, "a hit of %s has no signs", ds.Queries[query].ID)
				continue
			}
			sample := calibration.Sample{Signs: *s}
			for _, doc := range docs[i] {
				sample.Right = sample.Right || right[query][doc]
			}
			byQuery[query] = append(byQuery[query], sample)
		}
	})
	if err == nil {
		err = unlike
	}
	if err != nil {
		return "", nil, err
	}
	samples := slices.Concat(byQuery...)
	for i := range samples {
		samples[i].Weight = 1 / float64(len(samples))
	}
	return ds.Name, samples, nil
}
