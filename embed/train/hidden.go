package train

import (
	"context"

	"loradex/embed/runtime"
)

// hiddenCache keeps the outputs of the frozen blocks, so that they are computed once for every text and not in every
// epoch. A text takes 4·H bytes for each token; what does not fit the limit is computed anew each time.
type hiddenCache struct {
	limit int64
	used  int64
	rows  map[hiddenKey][]float32 // [tokens,H]
}

type hiddenKey struct{ side, text int }

// notCached is the side of texts that are not part of the training data.
const notCached = -1

func newHiddenCache(limit int64) *hiddenCache {
	return &hiddenCache{limit: limit, rows: map[hiddenKey][]float32{}}
}

// get lays out the frozen blocks' outputs of some texts, [N,width,H], with zeros for padding.
func (c *hiddenCache) get(ctx context.Context, e *engine, seqs []sequence, width int) (runtime.Input, error) {
	h := e.m.Config.HiddenSize
	out := make([]float32, len(seqs)*width*h)
	var missing []sequence
	var at []int
	for i, q := range seqs {
		if row, ok := c.rows[hiddenKey{q.side, q.text}]; ok && q.side != notCached {
			copy(out[i*width*h:], row)
			continue
		}
		missing, at = append(missing, q), append(at, i)
	}
	if len(missing) > 0 {
		if err := e.need(&e.frozen, e.frozenGraph); err != nil {
			return runtime.Input{}, err
		}
		ids, mask, _ := layOut(missing, int64(e.m.Config.PadID))
		r, err := e.frozen.run(ctx, map[string]runtime.Input{anyTower + inputIDs: ids, anyTower + inputMask: mask})
		if err != nil {
			return runtime.Input{}, err
		}
		stride := int(ids.Shape[1]) * h
		for i, q := range missing {
			row := r["hidden"][i*stride:][:len(q.ids)*h]
			copy(out[at[i]*width*h:], row)
			c.put(hiddenKey{q.side, q.text}, row)
		}
	}
	return runtime.Input{Shape: []int64{int64(len(seqs)), int64(width), int64(h)}, Floats: out}, nil
}

func (c *hiddenCache) put(key hiddenKey, row []float32) {
	if _, there := c.rows[key]; there || key.side == notCached { // a text may be in a batch twice
		return
	}
	size := int64(4 * len(row))
	if c.used+size > c.limit {
		return
	}
	c.used += size
	c.rows[key] = append([]float32(nil), row...)
}
