// Package indexertest holds what tests of indexing need: a [Source] of files given as a map, and an [Encoder] whose vectors
// are a digest of the text. [Run] is what every index must pass.
//
//	src := &indexertest.Source{Files: map[string]string{"a.go": "package a\n"}}
//	report, err := indexer.Index(ctx, src, store, &indexertest.Encoder{}, indexer.Options{Spaces: indexertest.Spaces("none")})
package indexertest
