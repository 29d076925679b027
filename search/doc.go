// Package search answers questions over an index: a text or a piece of code goes in, ranked chunks come out.
//
//	s, err := search.New(store, encoder, search.Options{})
//	answer, err := s.Search(ctx, search.Request{Query: "parse the config file", K: 10})
//	for _, hit := range answer.Hits {
//		fmt.Printf("%s:%d %.3f\n", hit.Path, hit.StartLine, hit.Score)
//	}
//
// The package declares what it needs of a store ([Reader]) and of an encoder ([Encoder]), and what a store implements
// ([Backend]). Package search/sqlite is the embedded store, search/storetest the suite over all stores.
//
// A store holds several trees: work trees, branches, revisions. A searcher is for all of them; a request says in its filter
// which it is about. [In] is some trees of a store as the indexer sees an index:
//
//	report, err := indexer.Index(ctx, source, search.In(store, indexer.Tree{Branch: "main"}), encoder, options)
//
// # Spaces
//
// Vectors of one space are compared with each other and with nothing else: a query is encoded for each. A request's adapter decides:
//
//   - The index has the space that documents get with this mix: the query is encoded with the mix and searches it.
//   - Every adapter of the mix is for the query side: the query is encoded with the mix and searches the space that
//     the adapters' cards name. Nothing was indexed for it.
//   - Otherwise it is an error, which names the `loradex index` command to run.
//
// A request without an adapter searches the spaces of the languages, where the index is language-wise
// (indexer.RepoState.Languages): each chunk in the space of its language and in no other, even where several spaces
// hold a vector of it. Until these are as full as the default space, that one answers. An adapter that is missing is an
// error which names it, unless the filter leaves its languages out.
//
// Any other index is searched in its default space. While that one does not hold every chunk, the other spaces are
// searched too, each with the mix that it was made with.
//
// The query is encoded for all these spaces in one mixed batch, and rankings are fused.
//
// # Stages
//
// A search goes through these stages; [Options] set and switch off each, and Explain shows what they did:
//
//  1. Words: the words that a question is only asked with ("how", "the") weigh little.
//  2. Fusion: [FuseScores] or [FuseRanks] make one ranking of the one by vectors and the one by words.
//     What has no vector yet gets a guessed place by vectors, so that an index can be used while it is being filled.
//  3. Signals: hits move for what neither words nor vectors say, such as the name of their file.
//  4. Diversity: every better hit of the same file costs a hit something.
//  5. Reranking, if there is a [Reranker].
//  6. Folding: hits that overlap or repeat a better one are left out; repeated places are listed with it.
//
// Dense and lexical search have one ranking and need no fusion; 3 and 4 are for questions in words. What each stage brings was
// measured: docs/ranking.md.
//
// # Scores
//
// Score is what hits are sorted by, before reranking: the sum that fusion makes where several rankings were fused, else the score
// of the only one, and what signals add to it. Scores holds all of them; dense is given as well for hits that only words found.
// A score that is not known is null: dense where the chunk has no vector, lexical where the word search did not return the
// chunk.
//
// Spaces of languages have no chunk in common, so the sum over their rankings would only alternate between them.
// They are merged into one ranking first, as [Merge] says: by cosine, which was measured to be best for adapters that are
// trained alike, or by how far a hit stands out of its own ranking, or by places.
//
// # Without vectors
//
// Hybrid search over an index without vectors, or without a model, is lexical, and the answer's mode and coverage
// say so. Asking for dense search or for an adapter is an error then.
//
// # From code to code
//
// A request with Code looks for similar code. The code is encoded as documents are, without the path, symbol and
// comment that the index puts before a chunk: they would tell where it lies, not what it does. Chunks that overlap
// Span are left out.
package search
