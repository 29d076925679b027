// Package scan finds nearest vectors by a scan in three steps: Hamming distances between sign bits narrow the rows
// down, a float query against the same bits narrows them further, and exact dot products of the few that are left
// give the scores.
//
// It works on plain slices, so they may lie in a memory-mapped file:
//
//	words := scan.Words(dims)
//	scan.Signs(signs[i*words:], vector) // once for every row
//	p := scan.Plan{Parts: []scan.Part{{Signs: signs}}, Words: words, Dims: dims}
//	rows, err := p.Candidates(ctx, query, nil, 100)
//	hits, err := scan.Best(ctx, 10, len(rows), true, func(i int, top *scan.Top) error {
//		top.Push(int64(rows[i]), scan.Dot(query, vectors[rows[i]]))
//		return nil
//	})
//
// Sign bits keep 1/32 of the data and most of the order: for unit vectors the share of differing signs estimates the
// angle (Charikar 2002, "Similarity estimation techniques from rounding algorithms"). What they lose, a few hundred
// candidates win back.
package scan
