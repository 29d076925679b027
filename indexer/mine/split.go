package mine

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"

	"loradex/internal/dataset"
)

// splits is the order in which texts that occur in several splits are given away: what is tested on must not have been
// trained on, so test comes first.
var splits = []dataset.Split{dataset.Test, dataset.Dev, dataset.Train}

// draw is a number from 0 to 1 that depends on the seed and a name alone.
func draw(seed uint64, what, name string) float64 {
	head := binary.LittleEndian.AppendUint64(nil, seed)
	sum := sha256.Sum256(append(append(append(head, what...), 0), name...))
	return float64(binary.LittleEndian.Uint64(sum[:])>>11) / (1 << 53)
}

// assignSplits gives every document the split of its file. Files go by a draw of their paths, so that the order says
// nothing; where a split ends depends on how much the files hold, because a few large ones would else be most of it.
// A file changes its split only where the sizes of others move a border over it.
func (o Options) assignSplits(docs []document) {
	weight := map[string]int{}
	total := 0
	for i := range docs {
		weight[docs[i].path]++ // so that no file is without
		total++
		if docs[i].definition {
			weight[docs[i].path] += definitionWeight
			total += definitionWeight
		}
	}
	paths := slices.SortedFunc(maps.Keys(weight), func(a, b string) int {
		return cmp.Or(cmp.Compare(draw(o.Seed, "split", a), draw(o.Seed, "split", b)), cmp.Compare(a, b))
	})
	split := map[string]dataset.Split{}
	before := 0
	for _, path := range paths {
		switch middle := (float64(before) + float64(weight[path])/2) / float64(total); {
		case middle < o.TestShare:
			split[path] = dataset.Test
		case middle < o.TestShare+o.DevShare:
			split[path] = dataset.Dev
		default:
			split[path] = dataset.Train
		}
		before += weight[path]
	}
	for i := range docs {
		docs[i].split = split[docs[i].path]
	}
}

// definitionWeight is what a definition counts for beside a chunk that no query names.
const definitionWeight = 8
