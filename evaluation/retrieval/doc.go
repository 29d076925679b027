// Package retrieval measures search as its users get it: the documents of a data set are stored as chunks of an index, and
// its queries go through a search.Searcher, with all its stages.
//
//	docs := retrieval.Documents(ds)
//	err := retrieval.Fill(ctx, store, docs, []retrieval.Space{{Space: space, Default: true, Vectors: vectors}}, nil)
//	searcher, err := search.New(store, retrieval.NewQueries(encoder), search.Options{})
//	rankings, err := retrieval.Rank(ctx, searcher, docs, ds, retrieval.Options{Mode: search.Hybrid})
//	report, result, err := evaluation.RunRankings(ctx, rankings, ds, evaluation.Options{Depth: 100})
//
// Package evaluation by itself ranks by cosine over all vectors. This one adds what an index does beside: words, sign bits,
// fusion, folding, the spaces of languages. A document is a file of one chunk. It has no symbol and a number for a path,
// unless the caller fills in the chunk: nothing about its place can give the answer away.
package retrieval
