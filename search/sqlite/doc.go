// Package sqlite is the embedded store: one SQLite database, and files derived from it that searches map into memory. It is a search.Backend, and passes search/storetest.
//
//	store, err := sqlite.Open(ctx, ".loradex", sqlite.Options{})
//	defer store.Close()
//	hits, err := store.Dense(ctx, space, vector, search.Filter{Languages: []string{"go"}}, 10, false)
//
// # What lies where
//
//	index.db   files, chunks, texts by digest, vectors by (space, text), the chunk-list cache.
//	           WAL; every call that writes is one transaction, synced when it returns.
//	vectors/   per space: fp32 rows, sign bits, and what changed since; see package vecfile. Always possible to make
//	           anew from index.db.
//	words/     segments of an inverted index, which do not change, and a list of them; see package words. Likewise derived.
//
// # Trees
//
// An index holds trees: work trees, branches, revisions, of one repository or several. Table files holds versions of
// files, each a path with a content and the rules that cut it; members says which tree has which, in ranges of their numbers. So what trees have in
// common is there once, with its chunks, words and vectors. A version that one tree alone has is rewritten when the file
// changes and keeps its number; one that several have is left, and goes with the last of them (Change). A
// search of some trees becomes a filter by versions; where the index has no other trees it is no filter at all.
// RemoveTrees leaves nothing of a tree, in no table and in no free page.
//
// # How a change reaches the vector search
//
// Each transaction that changes chunks, vectors or spaces takes the next generation number. A search reads that number
// (microseconds) and compares it with the one that its view of the space was made from. If they differ it loads only
// the difference: chunks of files with a newer generation, and vectors with an ID above the last one known. Indexing
// writes the difference to the files when a run ends (Change, [Store]); a search does so where much is
// missing, and keeps little in memory. So readers see whole transactions, also of another process, and a process that
// is killed leaves at most derived files that are behind.
//
// # How a change reaches the word search
//
// In the same way: a view of the words is the segments at a generation, without the documents of files that changed or went
// (a bitmap for each segment), with a segment of what came. A search keeps a small difference in memory; a run writes
// segments to files every few thousand chunks, beside what it does, so that what is committed can be searched while it goes on, and
// merges them when it ends. The list of segments is replaced as a whole, under a lock, and that is the commit; a reader keeps what it
// has mapped. Where the files are newer than a reader's snapshot, it takes a newer snapshot. Files of words that were
// counted in another way (wordForm) are made anew.
//
// # Memory
//
// For n chunks, m texts, d dimensions: mapped m·(4d + 12) bytes of rows and n·(24 + 8·⌈d/64⌉) bytes of map, which the
// system may drop and read again, and about 150 bytes for each file once a filter is used. A search that scores c
// candidates adds at most 2n + 640·d + 64·c bytes of working memory, kept for the next one. A change of few chunks writes
// their vectors and a delta of up to a quarter of the map. Of words the files are mapped, which have about 120 to 200 bytes for each
// chunk; a search takes 32 KB and 2 KB for each term and segment, with a filter one bit for each chunk.
package sqlite
