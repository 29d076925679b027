package overlay

import (
	"loradex/indexer"
	"loradex/search"
)

// Score is BM25 of a chunk by the numbers of a store.
func Score(stats *search.WordStats, path string, c *indexer.Chunk) (float64, bool) {
	n := numbers{stats}
	return n.score(n.count(path, c))
}
