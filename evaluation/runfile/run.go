// Package runfile reads and writes what an evaluation leaves behind: TREC run files, which every retrieval tool reads,
// and the values of each query as JSON lines, which comparisons start from.
//
//	lines := []runfile.Line{{Query: "q1", Hit: runfile.Hit{Doc: "d7", Score: 0.83}, Rank: 1}}
//	err := runfile.Write(f, "minilm", slices.Values(lines))
//
// A run file is one line a hit: query, "Q0", document, rank, score, tag. The rank column is for people: like trec_eval,
// the reader orders by score descending and document id descending, and keeps scores as 32-bit floats.
package runfile

import (
	"cmp"
	"slices"
	"strings"
)

// Hit is one ranked document.
type Hit struct {
	Doc   string
	Score float32
}

// Run is a run file in memory.
type Run struct {
	Tag      string           // of the first line
	Rankings map[string][]Hit // by query, best first
}

// Order sorts hits by score descending, ties by document id descending.
func Order(hits []Hit) {
	slices.SortFunc(hits, func(a, b Hit) int {
		if c := cmp.Compare(b.Score, a.Score); c != 0 {
			return c
		}
		return strings.Compare(b.Doc, a.Doc)
	})
}
