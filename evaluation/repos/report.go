package repos

import (
	"encoding/json"
	"io"
	"maps"
	"slices"

	"loradex/evaluation/calibration"
	"loradex/evaluation/significance"
	"loradex/internal/fault"
	"loradex/search"
)

// Report is what was measured. Every figure is a mean over repositories of the means of their questions, as the source adds up,
// and intervals are over repositories.
type Report struct {
	Repositories int      `json:"repositories"`
	Questions    int      `json:"questions"`
	Missing      []string `json:"missing"` // could not be had
	Size         Size     `json:"size"`    // of all together
	Systems      []System `json:"systems"`
}

// System is a way of searching.
type System struct {
	Mode    search.Mode           `json:"mode"`
	Without string                `json:"without,omitempty"` // the stage of ranking that was off
	Files   Value                 `json:"files"`             // NDCG@10 in the three readings
	Dedup   Value                 `json:"dedup"`
	Chunks  Value                 `json:"chunks"`
	Recall  [len(budgets)]float64 `json:"recall"` // at 500, 2,000 and 8,000 tokens of answer
	P50     float64               `json:"p50_ms"`
	// Categories and Languages are NDCG@10 by files; of a category over the repositories that ask such questions.
	Categories map[string]Part `json:"categories"`
	Languages  map[string]Part `json:"languages"`
	// Probability is how good probabilities are that searches give the first ten files, over all questions; nil where they give none.
	Probability *calibration.Quality `json:"probability,omitempty"`
	// Against is by how much it differs from the first system by files, with a stage off from its mode with all of them, and P the randomization test's over repositories; nil of
	// the first.
	Against *Value   `json:"against_first,omitempty"`
	P       *float64 `json:"p,omitempty"`
}

// maxReport bounds a report, in bytes.
const maxReport = 16 << 20

// ReadReport reads the JSON of a report; name stands in errors, which are Invalid.
func ReadReport(in io.Reader, name string) (*Report, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxReport+1))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "cannot read %s", name)
	}
	var r Report
	if err := json.Unmarshal(text, &r); err != nil || len(text) > maxReport || r.Repositories < 1 || len(r.Systems) == 0 {
		return nil, fault.Wrap(fault.Invalid, err, "%s is no measurement over whole repositories", name).WithHint("make one with `loradex eval repos --json`")
	}
	return &r, nil
}

// Name is that of the way of searching.
func (s *System) Name() string { return Way{s.Mode, s.Without}.String() }

// Value is a mean with its 95 % interval.
type Value struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Part is a mean over some repositories.
type Part struct {
	Mean         float64 `json:"mean"`
	Repositories int     `json:"repositories"`
}

// add fills the report.
func (r *Report) add(results []*result, ways []Way) error {
	r.Repositories = len(results)
	for _, x := range results {
		r.Questions += len(x.Systems[ways[0].String()])
		r.Size.Files += x.Files
		r.Size.Chunks += x.Chunks
		r.Size.Seconds += x.Seconds
	}
	full := map[search.Mode][]float64{} // of each mode, with all stages
	for _, way := range ways {
		s := System{Mode: way.Mode, Without: way.Without, Categories: map[string]Part{}, Languages: map[string]Part{}}
		columns := [][]float64{nil, nil, nil} // files, dedup, chunks: one value for each repository
		var took []float64
		categories, languages := map[string][]float64{}, map[string][]float64{}
		for _, x := range results {
			of := x.Systems[way.String()]
			columns[0] = append(columns[0], mean(of, func(a *answer) float64 { return a.Files }))
			columns[1] = append(columns[1], mean(of, func(a *answer) float64 { return a.Dedup }))
			columns[2] = append(columns[2], mean(of, func(a *answer) float64 { return a.Chunks }))
			languages[x.Language] = append(languages[x.Language], columns[0][len(columns[0])-1])
			for i := range s.Recall {
				s.Recall[i] += mean(of, func(a *answer) float64 { return a.Recall[i] }) / float64(len(results))
			}
			byCategory := map[string][]answer{}
			for _, a := range of {
				took = append(took, a.Ms)
				byCategory[a.Category] = append(byCategory[a.Category], a)
			}
			for c, some := range byCategory {
				categories[c] = append(categories[c], mean(some, func(a *answer) float64 { return a.Files }))
			}
		}
		first, there := full[way.Mode]
		if way.Without == "" {
			first, there = full[ways[0].Mode]
			full[way.Mode] = columns[0]
		}
		if there {
			d := make([]float64, len(first))
			for i := range d {
				d[i] = columns[0][i] - first[i]
			}
			columns = append(columns, d)
		}
		intervals, err := significance.Bootstrap(columns, significance.Options{})
		if err != nil {
			return err
		}
		values := make([]Value, len(columns))
		for i, c := range columns {
			values[i] = Value{significance.Mean(c), intervals[i][0], intervals[i][1]}
		}
		s.Files, s.Dedup, s.Chunks = values[0], values[1], values[2]
		if there {
			p, err := significance.Randomization(columns[0], first, significance.Options{})
			if err != nil {
				return err
			}
			s.Against, s.P = &values[3], &p
		}
		slices.Sort(took)
		s.P50 = took[len(took)/2]
		for name, all := range map[*map[string]Part]map[string][]float64{&s.Categories: categories, &s.Languages: languages} {
			for part := range maps.Keys(all) {
				(*name)[part] = Part{significance.Mean(all[part]), len(all[part])}
			}
		}
		s.Probability = probabilityOf(results, way)
		r.Systems = append(r.Systems, s)
	}
	return nil
}

// probabilityOf measures the probabilities that files were given.
func probabilityOf(results []*result, way Way) *calibration.Quality {
	var samples []calibration.Sample
	var said []float64
	for _, x := range results {
		for _, a := range x.Systems[way.String()] {
			for _, l := range a.Likely {
				samples, said = append(samples, calibration.Sample{Right: l.Right, Weight: 1}), append(said, l.P)
			}
		}
	}
	if len(samples) == 0 {
		return nil
	}
	q := calibration.Of(samples, said)
	return &q
}

func mean(of []answer, value func(*answer) float64) float64 {
	sum := 0.0
	for i := range of {
		sum += value(&of[i])
	}
	return sum / float64(len(of))
}
