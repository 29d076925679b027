package train

import (
	"cmp"
	"context"
	"slices"

	"loradex/embed/runtime"
)

// feedTower gives the inputs of a tower for some texts and returns the number of their tokens.
func (e *engine) feedTower(ctx context.Context, feeds map[string]runtime.Tensor, seqs []sequence, step int, drop bool) (int, error) {
	tokens := e.layOut(feeds, seqs)
	if e.cut > 0 {
		hidden, err := e.hidden.get(ctx, e, seqs)
		if err != nil {
			return 0, err
		}
		feeds[inputHidden] = hidden
	}
	if !drop || e.opts.Dropout == 0 {
		return tokens, nil
	}
	for i, path := range e.order {
		in := e.sites[path].In
		bytes := make([]uint8, tokens*in)
		rest := bytes
		for _, q := range seqs {
			key := dropoutKey{seed: e.opts.Seed, step: step, side: q.side, site: i, row: q.row}
			n := len(q.ids) * in
			fillMask(rest[:n], key, e.opts.Dropout)
			rest = rest[n:]
		}
		feeds[inputDrop+path] = runtime.Tensor{Shape: []int64{int64(tokens), int64(in)}, Bytes: bytes}
	}
	return tokens, nil
}

// layOut gives ids and positions of the tokens, one text behind another, where they stand in the grid, and its mask. It
// returns the number of tokens.
func (e *engine) layOut(feeds map[string]runtime.Tensor, seqs []sequence) int {
	width, tokens := 1, 0
	for _, q := range seqs {
		width, tokens = max(width, len(q.ids)), tokens+len(q.ids)
	}
	ids, places, at := make([]int64, 0, tokens), make([]int64, 0, tokens), make([]int64, 0, tokens)
	grid, mask := make([]int64, len(seqs)*width), make([]int64, len(seqs)*width)
	c := e.m.Config
	for r, q := range seqs {
		place := int64(0)
		if c.PositionOffset > 0 {
			place = int64(c.PadID) + 1
		}
		for j, id := range q.ids {
			cell := r*width + j
			grid[cell], mask[cell] = int64(len(ids)), 1
			ids, at = append(ids, int64(id)), append(at, int64(cell))
			// RoBERTa counts the tokens that are not <pad>, and a text may spell that.
			if c.PositionOffset > 0 && int(id) == c.PadID {
				places = append(places, int64(c.PadID))
				continue
			}
			places, place = append(places, place), place+1
		}
	}
	flat, square := []int64{int64(tokens)}, []int64{int64(len(seqs)), int64(width)}
	feeds[inputIDs] = runtime.Tensor{Shape: flat, Ints: ids}
	feeds[inputPlaces] = runtime.Tensor{Shape: flat, Ints: places}
	feeds[inputTokens] = runtime.Tensor{Shape: flat, Ints: at}
	feeds[inputGrid] = runtime.Tensor{Shape: square, Ints: grid}
	feeds[inputMask] = runtime.Tensor{Shape: square, Ints: mask}
	return tokens
}

// byLength is a copy with long texts first; equal ones stay in order.
func byLength(seqs []sequence) []sequence {
	out := slices.Clone(seqs)
	slices.SortStableFunc(out, func(a, b sequence) int { return cmp.Compare(len(b.ids), len(a.ids)) })
	return out
}

// isEven tells whether all texts are equally long.
func isEven(seqs []sequence) bool {
	for _, q := range seqs {
		if len(q.ids) != len(seqs[0].ids) {
			return false
		}
	}
	return true
}
