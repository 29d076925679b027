package train

import (
	"context"
	"errors"
	"slices"

	"loradex/adapters"
	"loradex/embed/graph"
	"loradex/embed/runtime"
)

// engine computes gradients: it holds the compiled graphs of a network. Graphs are loaded when they are first needed.
type engine struct {
	*network
	env    *runtime.Environment
	hidden *hiddenCache
	scale  float64 // of gradients, with half precision

	// padded is for parts with padding, even for those without: copying tokens into a grid and back is 5 % of a step.
	padded, even          halves
	lossOf, frozen, plain *program
	exact                 *program             // plain in float32
	sums                  map[string][]float32 // the leaves' gradients, summed over the parts of a batch
	slabs                 []*slab              // what parts keep
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
	leaves map[string][]float32 // with half precision, multiplied by the engine's scale
	tokens int                  // of the encoded texts
}

func (e *engine) close() error {
	return errors.Join(e.padded.close(), e.even.close(), e.lossOf.close(), e.frozen.close(), e.plain.close(), e.exact.close())
}

// need loads a graph once.
func (e *engine) need(p **program, build func() (*sketch, error)) error {
	if *p != nil {
		return nil
	}
	s, err := build()
	if err != nil {
		return err
	}
	*p, err = e.compile(e.env, s.Model(), 0, 0)
	return err
}

// needHalves loads the graphs of a part once.
func (e *engine) needHalves(full bool) (*halves, error) {
	h := &e.padded
	if full {
		h = &e.even
	}
	if h.back != nil {
		return h, nil
	}
	forward, back, kept, err := e.network.halves(full)
	if err != nil {
		return nil, err
	}
	if h.forward, err = e.compile(e.env, forward, 0, kept); err != nil {
		return nil, err
	}
	h.back, err = e.compile(e.env, back, kept, 0)
	return h, err
}

// compute is the loss of a batch and its gradient, part by part: vectors, the loss of all of them with the vectors'
// gradients, and from those the leaves' gradients.
func (e *engine) compute(ctx context.Context, b batch) (gradients, error) {
	h := e.m.Config.HiddenSize
	vectors := [2][]float32{make([]float32, len(b.queries)*h), b.stored}
	if e.opts.Side != adapters.SideQuery {
		vectors[1] = make([]float32, len(b.documents)*h)
	}
	parts := e.parts(b)
	g := gradients{leaves: map[string][]float32{}}
	room, held := e.opts.MicroBatch, 0
	for _, p := range parts {
		v, err := e.forward(ctx, b.step, p, e.slab(held))
		if err != nil {
			return gradients{}, err
		}
		g.tokens += p.tokens
		for i, q := range p.texts {
			copy(vectors[q.side][q.row*h:][:h], v[i*h:])
		}
		if room -= len(p.texts); room >= 0 {
			held++
		} else {
			p.kept, p.feeds = nil, nil // the next part's take the place, and these are computed once more
		}
	}
	byVector, err := e.lossGradients(ctx, b, vectors, &g)
	if err != nil {
		return gradients{}, err
	}
	for i, p := range parts {
		if p.kept == nil {
			if _, err := e.forward(ctx, b.step, p, e.slab(held)); err != nil {
				return gradients{}, err
			}
		}
		if err := e.backward(ctx, p, byVector, i == 0, g.leaves); err != nil {
			return gradients{}, err
		}
	}
	return g, nil
}

// forward gives the vectors of a part and keeps, in the given memory, what its gradients need.
func (e *engine) forward(ctx context.Context, step int, p *part, keep *slab) ([]float32, error) {
	h, err := e.needHalves(isEven(p.texts))
	if err != nil {
		return nil, err
	}
	p.halves, p.feeds = h, map[string]runtime.Tensor{}
	if p.tokens, err = e.feedTower(ctx, p.feeds, p.texts, step, true); err != nil {
		return nil, err
	}
	out, kept, err := h.forward.run(ctx, p.feeds, nil, keep)
	p.kept = kept
	return out[outputVectors], err
}

// lossGradients is the loss, put into g with the gradient of its temperature, and the gradients of both sides' vectors.
func (e *engine) lossGradients(ctx context.Context, b batch, vectors [2][]float32, g *gradients) ([2][]float32, error) {
	if err := e.need(&e.lossOf, e.lossGraph); err != nil {
		return [2][]float32{}, err
	}
	feeds := e.loss.feeds(e.opts, b.relation)
	feeds[queryVectors], feeds[documentVectors] = e.vectors(vectors[0]), e.vectors(vectors[1])
	if e.opts.half() {
		feeds[lossScale] = runtime.Tensor{Shape: []int64{1}, Floats: []float32{float32(e.scale)}}
	}
	out, _, err := e.lossOf.run(ctx, feeds, nil, nil)
	if err != nil {
		return [2][]float32{}, err
	}
	g.loss = float64(out["loss"][0])
	if v, ok := out[gradPrefix+logScale]; ok {
		g.leaves[logScale] = v
	}
	return [2][]float32{out[gradPrefix+queryVectors], out[gradPrefix+documentVectors]}, nil
}

// backward adds the gradients that a part's vectors give to the leaves'.
func (e *engine) backward(ctx context.Context, p *part, byVector [2][]float32, first bool, sums map[string][]float32) error {
	h := e.m.Config.HiddenSize
	dv := make([]float32, len(p.texts)*h)
	for i, q := range p.texts {
		copy(dv[i*h:][:h], byVector[q.side][q.row*h:])
	}
	p.feeds[vectorGradients] = e.vectors(dv)
	out, _, err := p.halves.back.run(ctx, p.feeds, p.kept, nil)
	if err != nil {
		return err
	}
	if e.sums == nil {
		e.sums = map[string][]float32{}
	}
	for _, l := range e.list {
		v, ok := out[gradPrefix+l.Name]
		if !ok {
			continue // the temperature is no part of the encoder
		}
		if first {
			e.sums[l.Name] = append(e.sums[l.Name][:0], v...)
		} else {
			sum := e.sums[l.Name]
			for i, x := range v {
				sum[i] += x
			}
		}
		sums[l.Name] = e.sums[l.Name]
	}
	return nil
}

// vectors is an input of vectors.
func (e *engine) vectors(v []float32) runtime.Tensor {
	h := e.m.Config.HiddenSize
	return runtime.Tensor{Shape: []int64{int64(len(v) / h), int64(h)}, Floats: v}
}

// encode gives vectors of texts with the leaves as they are, without dropout, in the run's precision or in float32.
func (e *engine) encode(ctx context.Context, seqs []sequence, exact bool) ([][]float32, error) {
	p, products := &e.plain, e.products
	if exact && e.opts.half() {
		p, products = &e.exact, graph.InFull
	}
	if err := e.need(p, func() (*sketch, error) { return e.encodeGraph(products) }); err != nil {
		return nil, err
	}
	h := e.m.Config.HiddenSize
	vectors := make([][]float32, len(seqs))
	numbered := make([]sequence, len(seqs))
	for i, q := range seqs {
		numbered[i] = q
		numbered[i].row = i
	}
	for _, texts := range groups(numbered, e.partTokens(encodeTokens), max(1, len(numbered))) {
		feeds := map[string]runtime.Tensor{}
		if _, err := e.feedTower(ctx, feeds, texts, 0, false); err != nil {
			return nil, err
		}
		out, _, err := (*p).run(ctx, feeds, nil, nil)
		if err != nil {
			return nil, err
		}
		for i, q := range texts {
			vectors[q.row] = slices.Clone(out[outputVectors][i*h : (i+1)*h])
		}
	}
	return vectors, nil
}

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
