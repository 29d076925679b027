// Package sqlite is the embedded store: one SQLite database, and files derived from it that a vector search maps into
// memory. It implements search.Reader, indexer.Manifest and indexer.Sink, and passes search/storetest.
//
//	store, err := sqlite.Open(ctx, ".loradex", sqlite.Options{})
//	defer store.Close()
//	hits, err := store.Dense(ctx, space, vector, search.Filter{Languages: []string{"go"}}, 10, false)
//
// # What lies where
//
//	index.db   files, chunks, texts by digest, vectors by (space, text), the chunk-list cache, an FTS5 table.
//	           WAL; every Sink call is one transaction, synced when it returns.
//	vectors/   per space: fp32 rows and sign bits, see package vecfile. Always possible to make anew from index.db.
//
// # How a change reaches the vector search
//
// Each transaction that changes chunks, vectors or spaces takes the next generation number. A search reads that number
// (microseconds) and compares it with the one that its view of the space was made from. If they differ it loads only
// the difference: chunks of files with a newer generation, and vectors with an ID above the last one known. Indexing
// writes the difference to the files when a run ends ([Store.PutRepo], [Store.Flush]); a search does so where much is
// missing, and keeps little in memory. So readers see whole transactions, also of another process, and a process that
// is killed leaves at most derived files that are behind.
//
// # Memory
//
// For n chunks, m texts, d dimensions: mapped m·(4d + 12) bytes of rows and n·(24 + 8·⌈d/64⌉) bytes of map, which the
// system may drop and read again, and about 150 bytes for each file once a filter is used. A search adds 2n + 4d + 128·d
// bytes of working memory.
package sqlite
