package train

import (
	"context"
	"errors"
	"slices"

	"loradex/adapters"
	"loradex/embed/runtime"
)

// engine computes gradients: it holds the compiled graphs of a network. Graphs are loaded when they are first needed.
type engine struct {
	*network
	env    *runtime.Environment
	hidden *hiddenCache

	// step is for batches with padding, even for those without: copying tokens into a grid and back is 5 % of a step.
	step, even                           *program
	forward, lossOf, back, frozen, plain *program
}

// sequence is a tokenized text of a batch.
type sequence struct {
	ids  []int32
	side int // 0: query, 1: document
	text int // position in the set, for what is cached by text
	row  int // of the batch's queries or documents: the dropout masks' row
}

// batch is what one gradient is computed of.
type batch struct {
	step      int // the dropout masks' step
	queries   []sequence
	documents []sequence // empty where stored is given
	stored    []float32  // [documents,H]: vectors that do not change
	relation  relation
}

// gradients is the result of a batch, valid until the next one is computed.
type gradients struct {
	loss   float64
	leaves map[string][]float32
	tokens int // of the encoded texts
}

func (e *engine) close() error {
	var errs []error
	for _, p := range []*program{e.step, e.even, e.forward, e.lossOf, e.back, e.frozen, e.plain} {
		errs = append(errs, p.close())
	}
	return errors.Join(errs...)
}

// need loads a graph once.
func (e *engine) need(p **program, build func() (*sketch, []string, error)) error {
	if *p != nil {
		return nil
	}
	var err error
	*p, err = e.compile(e.env, build)
	return err
}

// compute is the loss of a batch and its gradient. A batch of more texts than MicroBatch is computed in parts, with the
// same result.
func (e *engine) compute(ctx context.Context, b batch) (gradients, error) {
	if max(len(b.queries), len(b.documents)) > e.opts.MicroBatch {
		return e.computeCached(ctx, b)
	}
	step, full := &e.step, isEven(b.queries) && isEven(b.documents)
	if full {
		step = &e.even
	}
	if err := e.need(step, func() (*sketch, []string, error) { return e.stepGraph(full) }); err != nil {
		return gradients{}, err
	}
	feeds := e.loss.feeds(e.opts, b.relation)
	tokens, err := e.feedTower(ctx, feeds, queryTower, b.queries, b.step, true)
	if err != nil {
		return gradients{}, err
	}
	if e.opts.Side == adapters.SideQuery {
		feeds[storedVectors] = e.vectors(b.stored)
	} else {
		more, err := e.feedTower(ctx, feeds, documentTower, b.documents, b.step, true)
		if err != nil {
			return gradients{}, err
		}
		tokens += more
	}
	out, err := (*step).run(ctx, feeds)
	if err != nil {
		return gradients{}, err
	}
	g := gradients{loss: float64(out["loss"][0]), leaves: map[string][]float32{}, tokens: tokens}
	for _, l := range e.list {
		g.leaves[l.Name] = out[gradPrefix+l.Name]
	}
	return g, nil
}

// vectors is an input of vectors.
func (e *engine) vectors(v []float32) runtime.Input {
	h := e.m.Config.HiddenSize
	return runtime.Input{Shape: []int64{int64(len(v) / h), int64(h)}, Floats: v}
}

// computeCached is gradient caching: vectors without gradients, the gradient of the loss by the vectors, and then the
// gradient of each part.
func (e *engine) computeCached(ctx context.Context, b batch) (gradients, error) {
	err := errors.Join(e.need(&e.forward, func() (*sketch, []string, error) { return e.encodeGraph(true) }),
		e.need(&e.lossOf, e.lossGraph), e.need(&e.back, e.backGraph))
	if err != nil {
		return gradients{}, err
	}
	h := e.m.Config.HiddenSize
	sides := [][]sequence{b.queries, b.documents}
	vectors := [][]float32{make([]float32, len(b.queries)*h), b.stored}
	if e.opts.Side != adapters.SideQuery {
		vectors[1] = make([]float32, len(b.documents)*h)
	}
	g := gradients{leaves: map[string][]float32{}}
	for side, seqs := range sides {
		for _, part := range e.parts(seqs) {
			feeds := map[string]runtime.Input{}
			tokens, err := e.feedTower(ctx, feeds, anyTower, part, b.step, true)
			if err != nil {
				return gradients{}, err
			}
			out, err := e.forward.run(ctx, feeds)
			if err != nil {
				return gradients{}, err
			}
			g.tokens += tokens
			for i, q := range part {
				copy(vectors[side][q.row*h:][:h], out["vectors"][i*h:])
			}
		}
	}
	feeds := e.loss.feeds(e.opts, b.relation)
	feeds["q.vectors"], feeds[storedVectors] = e.vectors(vectors[0]), e.vectors(vectors[1])
	out, err := e.lossOf.run(ctx, feeds)
	if err != nil {
		return gradients{}, err
	}
	g.loss = float64(out["loss"][0])
	if v := out[gradPrefix+logScale]; v != nil {
		g.leaves[logScale] = slices.Clone(v)
	}
	byVector := [][]float32{out["grad.q"], out["grad.d"]}
	for side, seqs := range sides {
		for _, part := range e.parts(seqs) {
			if err := e.backPart(ctx, b.step, part, byVector[side], g.leaves); err != nil {
				return gradients{}, err
			}
		}
	}
	return g, nil
}

// backPart adds the gradients of one part's vectors to the leaves'.
func (e *engine) backPart(ctx context.Context, step int, part []sequence, byVector []float32, sum map[string][]float32) error {
	h := e.m.Config.HiddenSize
	feeds := map[string]runtime.Input{}
	if _, err := e.feedTower(ctx, feeds, anyTower, part, step, true); err != nil {
		return err
	}
	dv := make([]float32, len(part)*h)
	for i, q := range part {
		copy(dv[i*h:][:h], byVector[q.row*h:])
	}
	feeds["x.grad"] = e.vectors(dv)
	out, err := e.back.run(ctx, feeds)
	if err != nil {
		return err
	}
	for _, l := range e.list {
		v, ok := out[gradPrefix+l.Name]
		if !ok {
			continue // the temperature is no part of the encoder
		}
		if s := sum[l.Name]; s != nil {
			for i, x := range v {
				s[i] += x
			}
			continue
		}
		sum[l.Name] = slices.Clone(v)
	}
	return nil
}

// parts cuts texts into micro-batches, longest first, so that little is padding.
func (e *engine) parts(seqs []sequence) [][]sequence {
	sorted := byLength(seqs)
	var out [][]sequence
	for len(sorted) > 0 {
		n := min(e.opts.MicroBatch, len(sorted))
		out, sorted = append(out, sorted[:n]), sorted[n:]
	}
	return out
}

// encode gives vectors of texts with the leaves as they are, without dropout.
func (e *engine) encode(ctx context.Context, seqs []sequence) ([][]float32, error) {
	if err := e.need(&e.plain, func() (*sketch, []string, error) { return e.encodeGraph(false) }); err != nil {
		return nil, err
	}
	h := e.m.Config.HiddenSize
	vectors := make([][]float32, len(seqs))
	numbered := make([]sequence, len(seqs))
	for i, q := range seqs {
		numbered[i] = q
		numbered[i].row = i
	}
	for rest := byLength(numbered); len(rest) > 0; {
		n := min(len(rest), max(1, encodeTokens/max(1, len(rest[0].ids))))
		feeds := map[string]runtime.Input{}
		if _, err := e.feedTower(ctx, feeds, anyTower, rest[:n], 0, false); err != nil {
			return nil, err
		}
		out, err := e.plain.run(ctx, feeds)
		if err != nil {
			return nil, err
		}
		for i, q := range rest[:n] {
			vectors[q.row] = slices.Clone(out["vectors"][i*h : (i+1)*h])
		}
		rest = rest[n:]
	}
	return vectors, nil
}

// encodeTokens is how many tokens are encoded at once where nothing is differentiated: what a core's caches hold.
const encodeTokens = 1024

// adopt replaces the leaves' values.
func (n *network) adopt(values map[string][]float32) {
	for _, l := range n.list {
		copy(l.Data, values[l.Name])
	}
}

// values copies the leaves' values.
func (n *network) values() map[string][]float32 {
	out := make(map[string][]float32, len(n.list))
	for _, l := range n.list {
		out[l.Name] = slices.Clone(l.Data)
	}
	return out
}
