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

// get lays out the frozen blocks' outputs of some texts, one behind another, [T,H].
func (c *hiddenCache) get(ctx context.Context, e *engine, seqs []sequence) (runtime.Tensor, error) {
	h := e.m.Config.HiddenSize
	var missing []sequence
	known := make([][]float32, len(seqs))
	tokens := 0
	for i, q := range seqs {
		tokens += len(q.ids)
		if known[i] = c.rows[hiddenKey{q.side, q.text}]; known[i] == nil {
			missing = append(missing, q)
		}
	}
	var made []float32
	if len(missing) > 0 {
		if err := e.need(&e.frozen, e.frozenGraph); err != nil {
			return runtime.Tensor{}, err
		}
		feeds := map[string]runtime.Tensor{}
		e.layOut(feeds, missing)
		r, _, err := e.frozen.run(ctx, feeds, nil, nil)
		if err != nil {
			return runtime.Tensor{}, err
		}
		made = r["hidden"]
	}
	out := make([]float32, 0, tokens*h)
	for i, q := range seqs {
		if known[i] != nil {
			out = append(out, known[i]...)
			continue
		}
		row := made[:len(q.ids)*h]
		made = made[len(row):]
		out = append(out, row...)
		c.put(hiddenKey{q.side, q.text}, row)
	}
	return runtime.Tensor{Shape: []int64{int64(tokens), int64(h)}, Floats: out}, nil
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
