package indexer

// What the tests from outside this package reach of its inside.
type (
	ChunkCounts = chunkCounts
	Seconds     = seconds
)
