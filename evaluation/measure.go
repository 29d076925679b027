package evaluation

// This file defines how rankings become a report: grades by rank, metrics by query, means and intervals.

import (
	"context"
	"slices"
	"time"

	"loradex/evaluation/cosine"
	"loradex/evaluation/metrics"
	"loradex/evaluation/significance"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// RunRankings measures rankings made elsewhere, parallel to ds.Queries: by a search engine, for example. Documents that a
// ranking does not hold count as not found, in full MRR, too.
func RunRankings(ctx context.Context, rankings []cosine.Result, ds *dataset.Dataset, o Options) (*Report, *Result, error) {
	if err := o.validateFinished(); err != nil {
		return nil, nil, err
	}
	if len(rankings) != len(ds.Queries) {
		return nil, nil, fault.New(fault.Invalid, "%d rankings for the %d queries of %s", len(rankings), len(ds.Queries), ds.Name)
	}
	o = o.withDefaults()
	start := time.Now()
	own := make([]cosine.Result, len(rankings))
	for i, r := range rankings {
		hits := withoutSelf(r.Hits, ds, i)
		own[i] = cosine.Result{Hits: hits[:min(o.Depth, len(hits))], First: firstRelevant(hits, ds.Judgements[i])}
	}
	report, result, err := measure(ctx, ds, own, o, start)
	if err != nil {
		return nil, nil, err
	}
	report.TieBreak = TieAsSearched
	return report, result, nil
}

// measure computes the metrics of rankings, parallel to ds.Queries; start is when the ranking began.
func measure(ctx context.Context, ds *dataset.Dataset, rankings []cosine.Result, o Options, start time.Time) (*Report, *Result, error) {
	wanted, err := metrics.ParseAll(o.Metrics)
	if err != nil {
		return nil, nil, err
	}
	result := &Result{Dataset: ds, Rankings: rankings, names: o.Metrics, values: make([][]float64, len(wanted))}
	for c := range wanted {
		result.values[c] = make([]float64, len(rankings))
	}
	ranked := make([]float64, 0, min(o.Depth, len(ds.Docs))) // reused: a metric does not keep its query
	for i, ranking := range rankings {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		q := judge(ranking, ds, i, ranked)
		for c, m := range wanted {
			result.values[c][i] = m.Compute(q)
		}
	}
	report := Describe(ds, o)
	if report.Metrics, report.CI95, err = means(result, o); err != nil {
		return nil, nil, err
	}
	if err := report.group(result, o); err != nil {
		return nil, nil, err
	}
	report.Seconds.Rank = time.Since(start).Seconds()
	report.Seconds.Total = report.Seconds.Rank
	return report, result, nil
}

// withoutSelf is a ranking without the document that the data set leaves out for the query.
func withoutSelf(hits []cosine.Hit, ds *dataset.Dataset, query int) []cosine.Hit {
	if len(ds.Self) == 0 || ds.Self[query] < 0 {
		return hits
	}
	return slices.DeleteFunc(slices.Clone(hits), func(h cosine.Hit) bool { return h.Doc == ds.Self[query] })
}

// means returns the mean of each metric and its interval.
func means(r *Result, o Options) (values map[string]float64, ci map[string][2]float64, err error) {
	// The key of the report says 95 %, whatever the caller's own statistics use.
	bootstrap := o.Bootstrap
	bootstrap.Confidence = 0.95
	intervals, err := significance.Bootstrap(r.values, bootstrap)
	if err != nil {
		return nil, nil, err
	}
	values, ci = make(map[string]float64, len(r.names)), make(map[string][2]float64, len(r.names))
	for c, name := range r.names {
		values[name] = significance.Mean(r.values[c])
		ci[name] = intervals[c]
	}
	return values, ci, nil
}

// judge turns a ranking into what metrics see. buffer holds the grades.
func judge(ranking cosine.Result, ds *dataset.Dataset, query int, buffer []float64) metrics.Query {
	judgements := ds.Judgements[query]
	for _, hit := range ranking.Hits {
		buffer = append(buffer, grade(judgements, hit.Doc))
	}
	q := metrics.Query{Ranked: buffer, Relevant: ds.Grades(query)}
	for _, j := range judgements {
		if j.Grade == 0 {
			q.Nonrelevant++
		}
	}
	if ranking.First > len(ranking.Hits) {
		q.First = ranking.First
	}
	return q
}

// grade looks a document up in the judgements of a query.
func grade(judgements []dataset.Judgement, doc int32) float64 {
	i, ok := slices.BinarySearchFunc(judgements, doc, func(j dataset.Judgement, doc int32) int { return int(j.Doc) - int(doc) })
	if !ok {
		return metrics.Unjudged
	}
	return judgements[i].Grade
}
