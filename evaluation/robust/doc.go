// Package robust measures how much of a retriever's quality is left when texts change in ways that should not matter, and
// how it depends on the number of documents that are ranked.
//
//	report, err := robust.Run(ctx, encoder, ds, []robust.System{
//		{Name: "base"},
//		{Name: "go", Options: evaluation.Options{Adapter: mix, DocAdapter: mix}},
//	}, robust.Options{Perturb: []perturb.Kind{perturb.Rename}, Pools: []int{100, robust.All}, Seed: 1})
//	if err != nil {
//		return err
//	}
//	return page.WriteRobust(os.Stdout, report)
//
// Package perturb changes the texts: all documents, or all queries. A pool of n documents holds a query's relevant ones and
// others by lot, drawn anew for each query; the pool of 10 is a part of the one of 100. All systems and perturbations see
// the same pools, so that differences are paired by query.
//
// Figures of a pool compare systems on it, and show how they fall with its size; they say nothing of a search over all
// documents, and small pools can even turn an order around (Krichene and Rendle 2020, "On Sampled Metrics for Item
// Recommendation", KDD). Report those of all documents beside them.
package robust
