package evaluation

import (
	"io"
	"math"
	"slices"

	"loradex/evaluation/cosine"
	"loradex/evaluation/runfile"
	"loradex/internal/dataset"
)

// Result is what a report stands on: the rankings and the values of each query.
type Result struct {
	Dataset  *dataset.Dataset
	Rankings []cosine.Result // parallel to Dataset.Queries
	Unranked int             // queries that a run file did not rank

	names  []string
	values [][]float64 // by metric, then by query
}

// Values returns the values of a metric, parallel to Dataset.Queries: what paired tests compare. nil where the
// evaluation did not compute it.
func (r *Result) Values(metric string) []float64 {
	if i := slices.Index(r.names, metric); i >= 0 {
		return r.values[i]
	}
	return nil
}

// WriteRun writes the rankings as a TREC run file; tag names the system. Readers order by score, and ties by the larger id.
// Where a search has another order, scores are lowered by the least that gives it: what is read back is what was measured.
func (r *Result) WriteRun(w io.Writer, tag string) error {
	return runfile.Write(w, tag, func(yield func(runfile.Line) bool) {
		for i, ranking := range r.Rankings {
			last, before := float32(math.Inf(1)), ""
			for rank, hit := range ranking.Hits {
				score, id := hit.Score, r.Dataset.Docs[hit.Doc].ID
				if rank > 0 && (score > last || score == last && id > before) {
					score = math.Nextafter32(last, float32(math.Inf(-1)))
				}
				if !yield(runfile.Line{Query: r.Dataset.Queries[i].ID, Hit: runfile.Hit{Doc: id, Score: score}, Rank: rank + 1}) {
					return
				}
				last, before = score, id
			}
		}
	})
}

// PerQuery returns the values of each query.
func (r *Result) PerQuery() []runfile.QueryResult {
	out := make([]runfile.QueryResult, len(r.Rankings))
	groups, _ := groupsOf(r.Dataset)
	for i, ranking := range r.Rankings {
		values := make(map[string]float64, len(r.names))
		for c, name := range r.names {
			values[name] = r.values[c][i]
		}
		out[i] = runfile.QueryResult{
			Query: r.Dataset.Queries[i].ID, Relevant: len(r.Dataset.Grades(i)), First: ranking.First, Metrics: values,
		}
		if groups != nil {
			out[i].Group = groups[i]
		}
	}
	return out
}
