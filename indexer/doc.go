// Package indexer turns a state of a repository into chunks, texts and vectors in a store. It declares what it needs of
// the three parties around it: a [Source] (package gitrepo), a [Manifest] and [Sink] (the stores in package search), and
// an [Encoder].
//
//	release, err := indexer.Lock(dir) // one writer at a time
//	...
//	opts := indexer.Options{Spaces: []indexer.SpacePlan{{Space: space, Default: true}}}
//	report, err := indexer.Index(ctx, repo.Source(""), store, encoder, opts)
//
// A run has three phases. "scan" lists the files. "index" reads, classifies and cuts those that changed, and stores
// them; after it lexical search is complete. "encode" makes the vectors that are missing.
//
// A run does only what is not done yet:
//   - A file whose stat data equal the manifest's is not read; one whose blob hash does is not cut.
//   - A chunk list is keyed by blob hash, language and [Options.Chunker]; a moved file, or a branch seen before, is not
//     cut again.
//   - What another tree of the same index holds at the same path with the same content ([Sharing]) is not even read.
//   - A vector is keyed by the SHA-256 of the exact text that is encoded and by the space; a text is encoded once.
//
// Each call of the Sink is atomic and durable, and nothing else is remembered. So a run that was killed leaves an index
// that opens, and the next run goes on from there.
package indexer
