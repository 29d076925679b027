package train

import (
	"cmp"
	"context"
	"slices"

	"loradex/embed/runtime"
)

// feedTower gives the inputs of a tower for some texts, padded on the right, and returns the number of their tokens.
func (e *engine) feedTower(ctx context.Context, feeds map[string]runtime.Input, prefix string, seqs []sequence, step int, drop bool) (int, error) {
	ids, mask, tokens := layOut(seqs, int64(e.m.Config.PadID))
	feeds[prefix+inputMask] = mask
	if e.cut > 0 {
		hidden, err := e.hidden.get(ctx, e, seqs, int(ids.Shape[1]))
		if err != nil {
			return 0, err
		}
		feeds[prefix+inputHidden] = hidden
	} else {
		feeds[prefix+inputIDs] = ids
	}
	if !drop || e.opts.Dropout == 0 {
		return tokens, nil
	}
	rows, width := int(ids.Shape[0]), int(ids.Shape[1])
	for i, path := range e.order {
		in := e.sites[path].In
		bytes := make([]uint8, rows*width*in)
		for r, q := range seqs {
			key := dropoutKey{seed: e.opts.Seed, step: step, side: q.side, site: i, row: q.row}
			fillMask(bytes[r*width*in:][:len(q.ids)*in], key, e.opts.Dropout)
		}
		feeds[prefix+inputDrop+path] = runtime.Input{Shape: []int64{int64(rows), int64(width), int64(in)}, Bytes: bytes}
	}
	return tokens, nil
}

// layOut makes ids and mask [N,S], and counts the tokens.
func layOut(seqs []sequence, pad int64) (ids, mask runtime.Input, tokens int) {
	width := 1
	for _, q := range seqs {
		width = max(width, len(q.ids))
	}
	i64, m64 := make([]int64, len(seqs)*width), make([]int64, len(seqs)*width)
	for i, q := range seqs {
		row, m := i64[i*width:][:width], m64[i*width:][:width]
		for j, id := range q.ids {
			row[j], m[j] = int64(id), 1
		}
		for j := len(q.ids); j < width; j++ {
			row[j] = pad
		}
		tokens += len(q.ids)
	}
	shape := []int64{int64(len(seqs)), int64(width)}
	return runtime.Input{Shape: shape, Ints: i64}, runtime.Input{Shape: shape, Ints: m64}, tokens
}

// byLength is a copy with long texts first; equal ones stay in order.
func byLength(seqs []sequence) []sequence {
	out := slices.Clone(seqs)
	slices.SortStableFunc(out, func(a, b sequence) int { return cmp.Compare(len(b.ids), len(a.ids)) })
	return out
}
