// Package overlay lets searches see texts that an index does not hold yet: the unsaved buffers of an editor, and files that
// changed since they were indexed.
//
//	buffers, err := overlay.New(overlay.Options{Index: indexer.Options{...}}) // the settings of the index
//	err = buffers.Put(overlay.Key{Path: "main.go"}, text)                    // with every change
//	view, err := buffers.View(ctx, overlay.Index{Store: store, Trees: trees})
//	searcher, err := search.New(view, encoder, search.Options{})             // for one search
//	answer, err := searcher.Search(ctx, search.Request{Query: q, Filter: search.Filter{Trees: trees}})
//	n, err := buffers.Encode(ctx, index, encoder)                            // a little later
//
// A view is a [search.Reader]: the index with the buffers in place of the stored files. It answers as an index of the
// tree with that content would, with the exceptions below. Where nothing differs from the index the view is the index.
//
// # When a buffer counts
//
// Put costs nothing; the buffer is cut into chunks by the first view after it, with the rules of the index, so that words
// are found at once. It counts as long as its chunks differ from those that the index holds at its path: once the index
// has the same content, with all vectors that the buffer has, the buffer is passed over, and one that was released is
// forgotten. A buffer that the index would not take (data, generated, too large) hides what is stored and has no chunks.
//
// # Vectors
//
// A chunk whose text was encoded before, in the index or in an earlier state of a buffer, has its vector at once. The
// others get theirs from Encode, for every space of the index that was made by the present rules and that the encoder
// can still make; until then searches rank them by words, as they do with an index that is being filled. Dense search
// compares buffers exactly. In a language-wise index a chunk gets the vector of its language's space.
//
// # Words
//
// Of a store that tells its [search.WordStats] the numbers of BM25 (chunks, tokens, chunks that have a term) are taken,
// changed by what the buffers hide and bring, and everything that is found is scored anew. So scores are those of an
// index of the tree, but for this: of the stored chunks the best k + 50 by the old scores are scored anew.
//
// Of any other store (Qdrant) stored chunks keep their scores. What a term is worth there is computed from a chunk that it
// finds alone; a term that finds none counts as the rarest there is.
//
// # Several trees
//
// A buffer belongs to one tree. A stored file that another tree of the search has as well stays in its place there.
// Counts (chunks, coverage) take a file out even so.
package overlay
