package cosine

// dot computes the scores of two queries with the four documents of a group. pair holds the queries dimension by
// dimension (q0, q1, q0, q1 …), group the documents likewise. It is the only place that multiplies: were edges computed
// by another loop, equal vectors could differ in the last bit by where they stand.
//
// Plain Go reaches 7 GFLOP/s on one AVX2-class core, where the scalar limit is about 8; encoding the texts takes a
// hundred times as long as ranking them, so there is no assembler here.
func dot(pair, group []float32, out *[2 * tile]float32) {
	var a0, a1, a2, a3, b0, b1, b2, b3 float32
	for len(pair) >= 2 && len(group) >= tile {
		x, y := pair[0], pair[1]
		a0 += x * group[0]
		a1 += x * group[1]
		a2 += x * group[2]
		a3 += x * group[3]
		b0 += y * group[0]
		b1 += y * group[1]
		b2 += y * group[2]
		b3 += y * group[3]
		pair, group = pair[2:], group[tile:]
	}
	*out = [2 * tile]float32{a0, a1, a2, a3, b0, b1, b2, b3}
}

// scoreBlock fills scores[q] with the scores of all documents for each query of a block. pairs holds the packed pairs
// of the block; a block of an odd number of queries is filled up with zeros. Documents are the outer loop, so that a
// group stays in the first-level cache while the whole block uses it.
func scoreBlock(docs *matrix, pairs [][]float32, scores [][]float32) {
	var out [2 * tile]float32
	for g := 0; g*tile < docs.n; g++ {
		group := docs.group(g)
		first := g * tile
		count := min(tile, docs.n-first)
		for p, pair := range pairs {
			dot(pair, group, &out)
			copy(scores[2*p][first:first+count], out[:tile])
			if 2*p+1 < len(scores) {
				copy(scores[2*p+1][first:first+count], out[tile:])
			}
		}
	}
}
