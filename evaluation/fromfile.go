package evaluation

import (
	"context"
	"maps"
	"slices"
	"time"

	"loradex/evaluation/cosine"
	"loradex/evaluation/runfile"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// RunFromFile measures the TREC run file at path, made by any system over the same corpus. No encoder takes part: the
// report's model is o.Model or else the run's tag.
//
// Queries of the split that the run does not rank count with 0 in every mean (trec_eval's -c), and Result.Unranked says
// how many there are; queries that the split does not judge are ignored. Full MRR sees as deep as the file goes.
// Invalid: a run that ranks none of the split's queries, or documents that the corpus does not hold.
func RunFromFile(ctx context.Context, path string, ds *dataset.Dataset, o Options) (*Report, *Result, error) {
	if err := o.validateFinished(); err != nil {
		return nil, nil, err
	}
	o = o.withDefaults()
	start := time.Now()
	run, err := runfile.Open(path)
	if err != nil {
		return nil, nil, err
	}
	rankings, unranked, err := match(run, ds, path, o.Depth)
	if err != nil {
		return nil, nil, err
	}
	if o.System = FromRunFile; o.Model == "" {
		o.Model = run.Tag
	}
	report, result, err := measure(ctx, ds, rankings, o, start)
	if err != nil {
		return nil, nil, err
	}
	result.Unranked = unranked
	return report, result, nil
}

// match finds the queries and documents of a run in a data set.
func match(run *runfile.Run, ds *dataset.Dataset, path string, depth int) (rankings []cosine.Result, unranked int, err error) {
	rankings = make([]cosine.Result, len(ds.Queries))
	unknown := make(map[string]bool)
	for i, q := range ds.Queries {
		hits, ok := run.Rankings[q.ID]
		if !ok {
			unranked++
			continue
		}
		ranked := make([]cosine.Hit, 0, len(hits))
		for _, hit := range hits {
			doc, ok := ds.DocIndex(hit.Doc)
			if !ok {
				unknown[hit.Doc] = true
				continue
			}
			ranked = append(ranked, cosine.Hit{Doc: doc, Score: hit.Score})
		}
		ranked = withoutSelf(ranked, ds, i)
		rankings[i].First = firstRelevant(ranked, ds.Judgements[i])
		rankings[i].Hits = ranked[:min(depth, len(ranked))]
	}
	if unranked == len(ds.Queries) {
		return nil, 0, fault.New(fault.Invalid, "%s ranks none of the %d queries of %s, split %q", path, unranked, ds.Name, ds.Split).
			WithHint("check that the run was made for this data set and split")
	}
	if len(unknown) > 0 {
		ids := slices.Sorted(maps.Keys(unknown))
		return nil, 0, fault.New(fault.Invalid, "%s ranks %d documents that %s does not hold: %s", path, len(ids), ds.Name, dataset.FirstFew(ids)).
			WithHint("check that the run was made over this corpus")
	}
	return rankings, unranked, nil
}

// firstRelevant returns the rank of the first relevant hit, 0 where there is none.
func firstRelevant(hits []cosine.Hit, judgements []dataset.Judgement) int {
	for rank, hit := range hits {
		if grade(judgements, hit.Doc) > 0 {
			return rank + 1
		}
	}
	return 0
}
