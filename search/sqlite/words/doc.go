// Package words is an inverted index of chunks that answers BM25 exactly: the best k of all chunks, by all terms.
//
// An index is a list of segments. A [Segment] is immutable: a dictionary of terms, for each the chunks that have it with the
// weighted count of it, and for each chunk its number, file, kind and length. What goes is a bitmap beside the segment
// ([Part]); what comes is a new segment; [Merge] makes one of several. A [Builder] makes one of chunks.
//
//	b := words.NewBuilder(1)
//	err := b.Add(words.Doc{Chunk: 1, File: 1, Kind: 1}, search.ChunkWords(path, chunk))
//	err = b.Write(w)
//	segment, err := words.Decode(data, true)
//	index := words.NewIndex([]words.Part{{Segment: segment}})
//	hits, err := index.Search(ctx, words.Query{Terms: []words.Term{{Text: "open", Weight: 1}}, K: 10})
//
// A segment's file is the postings of all terms, the dictionary, its index, the columns of the documents, the checksums of
// all that by pages of 64 KB, and a footer. Numbers are little-endian.
//
//	postings     of a term: 12 bytes for each full block of 128 documents, the blocks, then the rest as varints
//	dictionary   blocks of 16 terms in order, each term without what it shares with the one before
//	index        16 bytes for each block of the dictionary
//	columns      24 bytes for each document
//
// The first 12 bytes of a block say where it ends and the greatest BM25 factor of its documents, rounded up, at the average
// length that the index had when the block was written. A factor grows at most as the average does, so the bound holds at
// any other one; see bound. Numbers of documents that have a term are not in it.
//
// Columns and footer are checked when a segment is opened, the rest page by page when it is first read. Whatever is wrong
// is [ErrDamaged], and cured by making the file anew.
package words
