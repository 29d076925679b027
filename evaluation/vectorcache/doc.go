// Package vectorcache keeps the vectors of evaluations in a folder, so that a second one over the same texts encodes
// nothing.
//
//	cache, err := vectorcache.Open(dir)
//	o := evaluation.Options{Cache: cache, DocSpace: space, QuerySpace: "query " + space}
//	report, result, err := evaluation.Run(ctx, encoder, ds, o)
//	err = cache.Close()
//
// # Format
//
// Each space has a folder, named by the digest of its name. Every process that adds vectors writes a file of its own
// there, so that several can run at once without a lock; readers look through all of them. A file is a header (magic,
// version, dimensions; 16 bytes) and records of one size: the text's SHA-256, the vector as little-endian float32, and a
// CRC-32 of both. A record that was cut short or damaged counts as absent: a cache may forget.
package vectorcache
