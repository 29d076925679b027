// Package repobench makes a benchmark out of a repository: questions that its authors wrote, over all of its code, in a
// folder that every evaluation and training takes. Public data sets tell little about code that nobody else has.
//
//	pairs, err := mine.Mine(ctx, repo.Source(""), repo.Log, mine.Options{Template: "body", Kinds: []mine.Kind{"doc"}})
//	if err != nil {
//		return err
//	}
//	bench, err := repobench.Build(ctx, pairs, repobench.Options{Name: "shop"})
//	if err != nil {
//		return err
//	}
//	err = bench.Write(ctx, "shop-bench", false)
//
// Package mine finds the pairs: a doc comment and the code without it, for one. This package makes them fit to measure with:
//
//   - The corpus is every code chunk of the repository, not only those that answer something. Chunks of tests are none.
//   - Documents that are nearly the same are there once, and so are queries: the Jaccard coefficient of their 5-shingles of
//     tokens is at least 0.8 ([Similar]). A query whose document was left out for it is left out, too. Test keeps its own
//     before dev, and dev before train.
//   - No query stands in a document that answers it, whatever white space and case.
//   - A file lies in one split.
//
// What was left out is counted by reason, in dataset.json beside the files.
package repobench
