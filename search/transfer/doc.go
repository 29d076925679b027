// Package transfer copies an index from one store to another: from SQLite to Qdrant, where it outgrows a machine, or
// back.
//
//	report, err := transfer.Copy(ctx, sqliteStore, qdrantStore, transfer.Options{Indexer: indexerOptions})
//
// Every tree is copied. Nothing is cut or encoded: files, chunks and vectors are read from one store and written to the other in batches. A
// copy that was interrupted goes on where it stopped when it is called again: the vectors of a file are written before
// the file, so a file that is there is whole. The source is only read.
package transfer
